using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>
/// A gallery that is made beside its place, and put there by one rename when it is whole: a crash at any moment leaves
/// none, or all of it.
/// </summary>
/// <remarks>
/// It is made in a folder named like the place, with <c>.making</c> behind. What a crash left there the next one that builds there deletes; files
/// that are not a gallery's are an error. Without <see cref="Finish"/> nothing stays.
/// </remarks>
public sealed class GalleryBuild : IDisposable
{
    private const string Methods = "methods";

    private readonly FileStream? _lock;
    private readonly GalleryWriter? _writer;
    private bool _finished;

    private GalleryBuild(string place, string folder, FileStream? held, GalleryWriter? writer) =>
        (Place, Folder, _lock, _writer) = (place, folder, held, writer);

    /// <summary>Where it will be.</summary>
    public string Place { get; }

    /// <summary>Where it is made.</summary>
    public string Folder { get; }

    /// <summary>Takes what the gallery will hold.</summary>
    public GalleryWriter Writer => _writer ?? throw new InvalidOperationException("This one is written file by file.");

    /// <summary>Begins an empty gallery.</summary>
    /// <param name="place">a folder that is not there, or empty.</param>
    /// <param name="root">the folder of its pictures.</param>
    /// <exception cref="CirrusException">The place is taken, cannot be written, or another program builds there.</exception>
    public static GalleryBuild Begin(string place, string root, EmbeddingSpace space)
    {
        using (GalleryBuild swept = Begin(place))
            swept._finished = true;
        string folder = BesideOf(place);
        return new(Path.TrimEndingDirectorySeparator(place), folder, null, GalleryWriter.Create(folder, root, space));
    }

    /// <summary>The same for files that somebody else writes.</summary>
    internal static GalleryBuild Begin(string place)
    {
        if (Path.Exists(place) && !(Directory.Exists(place) && !Directory.EnumerateFileSystemEntries(place).Any()))
            throw new CirrusException($"'{place}' is there already.", hint: "name a folder that is not, or move it away");
        string folder = BesideOf(place);
        FileStream held = GalleryLock.Take(folder, place, "name a place for the gallery that is yours to write");
        try
        {
            File.Delete(Path.Combine(folder, GalleryFiles.Manifest));
            if (Directory.Exists(Path.Combine(folder, Methods)))
                Directory.Delete(Path.Combine(folder, Methods), recursive: true);
            GallerySweep.Run(folder, null, null);
            if (Directory.EnumerateFileSystemEntries(folder).Any(e => Path.GetFileName(e) != GalleryLock.Name))
                throw new IOException("there are files of others in it");
            return new(Path.TrimEndingDirectorySeparator(place), folder, held, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw Unwritable(place, folder, e);
        }
    }

    /// <summary>Puts the gallery into its place; when this returns it is on the disk.</summary>
    /// <exception cref="CirrusException">The place was taken meanwhile, or cannot be written.</exception>
    public void Finish()
    {
        try
        {
            FolderFlush.Of(Folder);
            if (OperatingSystem.IsWindows())    // which moves no folder with an open file
                Release();
            if (Directory.Exists(Place))
                Directory.Delete(Place);
            Directory.Move(Folder, Place);
            _finished = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(Place, Folder, e);
        }
        string above = Path.GetDirectoryName(Path.GetFullPath(Place))!;
        FolderFlush.Of(above);
        if (Path.GetDirectoryName(above) is string top)
            FolderFlush.Of(top);
    }

    public void Dispose()
    {
        if (!_finished)
            TryDelete(Folder);
        Release();
    }

    internal static CirrusException Unwritable(string place, string folder, Exception e) =>
        new($"'{place}' cannot be written: {e.Message}", hint: $"make room, see what is in '{folder}', delete that and try again", e);

    private static string BesideOf(string place) => Path.TrimEndingDirectorySeparator(place) + ".making";

    private void Release()
    {
        _lock?.Dispose();
        _writer?.Dispose();
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)    // the next one that builds here deletes it
        {
        }
    }
}
