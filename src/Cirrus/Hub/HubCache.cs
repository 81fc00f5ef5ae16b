using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>A file of a repository as a server describes it.</summary>
/// <param name="Etag">names the blob; a hash of the content where it has 40 or 64 digits.</param>
/// <param name="Size">in bytes; null when the server does not say.</param>
public sealed record HubFile(string Name, string Etag, long? Size);

/// <summary>
/// The hub's own cache, shared with its Python tools: refs/NAME holds a commit, blobs/ETAG a content,
/// snapshots/COMMIT/NAME a relative link to it.
/// </summary>
/// <remarks>
/// Without links (Windows, HF_HUB_DISABLE_SYMLINKS) the content itself lies in the snapshot. .no_exist/COMMIT/NAME says
/// that there is no such file.
/// </remarks>
public sealed class HubCache(string folder, bool symlinks = true)
{
    public const string MainBranch = "main";

    private const int LongestRef = 256;

    /// <summary>No deeper than names are taken from a server: a link to a folder above would have no end.</summary>
    private static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        MaxRecursionDepth = HubFileName.MostParts,
    };

    public string Folder { get; } = folder;

    /// <summary>Repositories of models that have a folder here.</summary>
    public IReadOnlyList<HubRepository> Repositories() => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateDirectories(Folder, "models--*").Select(d => HubRepository.OfFolder(Path.GetFileName(d)))
            .OfType<HubRepository>().OrderBy(r => r.Id, StringComparer.Ordinal)];

    public string Of(HubRepository repository) => Path.Combine(Folder, repository.Folder);

    /// <summary>The snapshot that a branch, a tag or a commit stands for; null when it is not here.</summary>
    public string? FindSnapshot(HubRepository repository, string revision = MainBranch)
    {
        if (!HubFileName.IsSafe(revision))
            return null;
        string name = Path.Combine(Of(repository), "refs", revision), commit = revision;
        if (new FileInfo(name) is { Exists: true, Length: <= LongestRef })
            commit = File.ReadAllText(name).Trim();
        string snapshot = Path.Combine(Of(repository), "snapshots", commit);
        return HubFileName.IsCommit(commit) && Directory.Exists(snapshot) ? snapshot : null;
    }

    /// <summary>As <see cref="FindSnapshot"/>, but null also when its weights are not here as a whole: a pull was broken off.</summary>
    public string? FindModel(HubRepository repository, string revision = MainBranch) =>
        FindSnapshot(repository, revision) is string snapshot && HubSelection.WeightsOf(FilesOf(snapshot)).Count > 0 ? snapshot : null;

    /// <summary>Names of the files in a snapshot whose contents are there, with forward slashes.</summary>
    public static IReadOnlyList<string> FilesOf(string snapshot) =>
        [.. Directory.EnumerateFiles(snapshot, "*", Below).Where(File.Exists)
            .Select(f => Path.GetRelativePath(snapshot, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The blob that a file of a snapshot is a link to, whose name is the etag; null for a copy.</summary>
    public static string? BlobOf(string file) =>
        File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target
            && Path.GetFileName(Path.GetDirectoryName(target.FullName)) == "blobs" ? target.FullName : null;

    internal string Snapshot(HubRepository repository, string commit) => Path.Combine(Of(repository), "snapshots", commit);

    internal string Blob(HubRepository repository, string etag) => Path.Combine(Of(repository), "blobs", etag);

    /// <summary>What was fetched of a blob so far; kept when a download fails, and gone on with.</summary>
    internal string Partial(HubRepository repository, string etag) => Blob(repository, etag) + ".incomplete";

    /// <summary>Makes the folders of a repository and marks the cache as one (backup programs leave it out).</summary>
    internal void Prepare(HubRepository repository)
    {
        foreach (string part in new[] { "blobs", "refs", "snapshots" })
            Directory.CreateDirectory(Path.Combine(Of(repository), part));
        string tag = Path.Combine(Folder, "CACHEDIR.TAG");
        if (!File.Exists(tag))
            File.WriteAllText(tag,
                "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag of the Hugging Face hub's cache.\n");
    }

    /// <summary>Where the lock of a blob lies: taken by flock, as the Python tools do, and left there.</summary>
    internal string Lock(HubRepository repository, string etag) => Path.Combine(Folder, ".locks", repository.Folder, etag + ".lock");

    /// <summary>Puts a complete blob into a snapshot.</summary>
    internal void Link(HubRepository repository, string commit, HubFile file)
    {
        string pointer = Path.Combine(Snapshot(repository, commit), HubFileName.Check(file.Name, "a file")), blob = Blob(repository, file.Etag);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        if (symlinks && TryLink(pointer, Path.Combine([.. Enumerable.Repeat("..", 2 + file.Name.Count(c => c == '/')), "blobs", file.Etag])))
            return;
        File.Move(blob, pointer, overwrite: true);
    }

    internal void WriteRef(HubRepository repository, string revision, string commit)
    {
        if (revision == commit)
            return;
        string path = Path.Combine(Of(repository), "refs", revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using AtomicFile file = AtomicFile.Create(path);
        file.Stream.Write(System.Text.Encoding.ASCII.GetBytes(commit));
        file.Keep();
    }

    internal void MarkAbsent(HubRepository repository, string commit, string name)
    {
        string path = Path.Combine(Of(repository), ".no_exist", commit, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
    }

    private static bool TryLink(string pointer, string target)
    {
        try
        {
            string made = pointer + ".tmp";
            File.Delete(made);
            File.CreateSymbolicLink(made, target);
            File.Move(made, pointer, overwrite: true);    // a reader finds the old link or this one
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
