using Cirrus.Gallery;

namespace Cirrus;

/// <summary>Says when a folder of pictures should be looked through again.</summary>
/// <remarks>
/// Events say only that something has changed, not what: looking through a folder costs no reading of pictures, and it is right
/// however many events were lost. So nothing is queued. It waits until changes have paused, and looks through everything now and then
/// for file systems that report nothing.
/// </remarks>
public sealed class FolderWatch : IDisposable
{
    /// <summary>Without any event everything is looked through so often.</summary>
    public static readonly TimeSpan Rescan = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(15);

    private readonly ManualResetEventSlim _changed = new();
    private readonly FileSystemWatcher _watcher;
    private readonly string _root, _own;
    private readonly bool _hidden;
    private string? _trouble;

    /// <param name="own">the gallery's folder, whose changes are ours.</param>
    /// <param name="hidden">names that begin with a dot count as well.</param>
    public FolderWatch(string root, string own, bool hidden)
    {
        (_root, _own, _hidden) = (Path.GetFullPath(root), Path.GetFullPath(own), hidden);
        _watcher = new(_root)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            InternalBufferSize = 64 << 10,
        };
        _watcher.Changed += (_, e) => Notice(e.FullPath);
        _watcher.Created += (_, e) => Notice(e.FullPath);
        _watcher.Deleted += (_, e) => Notice(e.FullPath);
        _watcher.Renamed += (_, e) =>
        {
            Notice(e.OldFullPath);
            Notice(e.FullPath);
        };
        _watcher.Error += (_, e) =>    // too many events, or no more watches to be had
        {
            if (e.GetException() is not InternalBufferOverflowException)
                _trouble = e.GetException().Message;
            _changed.Set();
        };
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Waits until something has changed and changes have paused, or it is time. False when asked to stop.</summary>
    public bool Wait(CancellationToken stop)
    {
        try
        {
            _changed.Wait(Rescan, stop);
            long first = Environment.TickCount64;
            do
            {
                _changed.Reset();
            }
            while (_changed.Wait(Pause, stop) && Environment.TickCount64 - first < LongestWait.TotalMilliseconds);
            _changed.Reset();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Why the system's events may be missing, told once; null: they are not.</summary>
    public string? TakeTrouble() => Interlocked.Exchange(ref _trouble, null);

    public void Dispose()
    {
        _watcher.Dispose();
        _changed.Dispose();
    }

    private void Notice(string path)
    {
        if (path == _own || path.StartsWith(_own + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return;
        string[] names = Path.GetRelativePath(_root, path).Split(Path.DirectorySeparatorChar);
        if (!names.Contains(GalleryFolder.Name) && (_hidden || names[^1] == ".cirrusignore" || !names.Any(n => n.StartsWith('.') && n != ".")))
            _changed.Set();
    }
}
