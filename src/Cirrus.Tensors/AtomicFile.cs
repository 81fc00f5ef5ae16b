namespace Cirrus.Tensors;

/// <summary>
/// A file that appears whole or not at all: written as <c>NAME.tmp</c>, flushed, and renamed by <see cref="Keep"/>.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private bool _kept;

    private AtomicFile(string path, FileStream stream) => (_path, Stream) = (path, stream);

    public FileStream Stream { get; }

    private string Temporary => _path + ".tmp";

    /// <exception cref="CirrusException">The file cannot be made.</exception>
    public static AtomicFile Create(string path)
    {
        try
        {
            return new(path, new(path + ".tmp", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be written: {e.Message}",
                hint: "name a place that exists and is yours", e);
        }
    }

    /// <summary>The file is complete and, on return, on the disk: a crash leaves the old one or this one.</summary>
    public void Keep()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        Rename();
        _kept = true;
        FolderFlush.Of(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>On Windows whoever has the old file open, as virus scanners do, is in the way, mostly for a moment.</summary>
    private void Rename()
    {
        for (int tries = OperatingSystem.IsWindows() ? 50 : 1; ; tries--)
            try
            {
                File.Move(Temporary, _path, overwrite: true);
                return;
            }
            catch (Exception e) when (tries > 1 && e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(20);
            }
    }

    /// <summary>Without <see cref="Keep"/> nothing is left behind.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!_kept)    // of a full disk, which whoever wrote has been told
        {
        }
        if (!_kept)
            File.Delete(Temporary);
    }
}
