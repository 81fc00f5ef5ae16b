using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>What a pull is going to do.</summary>
/// <param name="Files">all that are wanted.</param>
/// <param name="Locations">where each is fetched.</param>
/// <param name="Absent">names that were looked for and that the repository has not.</param>
/// <param name="Missing">bytes that are not here yet.</param>
public sealed record HubPlan(HubRepository Repository, string Revision, string Commit, IReadOnlyList<HubFile> Files, IReadOnlyList<Uri> Locations,
    IReadOnlyList<string> Absent, long Missing)
{
    /// <summary>Bytes of all files, as far as the server says.</summary>
    public long Size => Files.Sum(f => f.Size ?? 0);
}

/// <summary>How a pull went.</summary>
/// <param name="Snapshot">the folder with the files.</param>
/// <param name="Verified">files whose hash was right; the others' etags are no hashes, and only their sizes were looked at.</param>
public sealed record HubPulled(string Snapshot, int Files, int Verified);

/// <summary>Brings a repository's files into the cache.</summary>
/// <param name="say">gets what is worth a line: a file that another process fetches, a damaged one that is fetched again.</param>
public sealed class HubPull(HubSettings settings, Action<string> say)
{
    private readonly HubCache _cache = new(settings.Cache, settings.Symlinks);

    /// <summary>Asks the hub what is wanted and how much of it is missing here.</summary>
    /// <param name="patterns">names to fetch; empty: what <see cref="HubSelection.Needed"/> says.</param>
    /// <exception cref="CirrusException">There is nothing of the kind, a name is no plain path, or the disk is too small.</exception>
    public async Task<HubPlan> PlanAsync(HubClient client, HubRepository repository, string revision,
        IReadOnlyList<string> patterns, CancellationToken stop)
    {
        if (!HubFileName.IsSafe(revision))
            throw new CirrusException($"'{revision}' is no revision.", hint: "name a branch, a tag or a commit");
        HubListing listing = await client.ListAsync(repository, revision, stop).ConfigureAwait(false);
        IReadOnlyList<string> wanted = patterns.Count > 0 ? HubSelection.Matching(listing.Names, patterns) : HubSelection.Needed(listing.Names);
        if (wanted.Count == 0 || (patterns.Count == 0 && HubSelection.WeightsOf(listing.Names).Count == 0))
            throw new CirrusException(patterns.Count > 0
                ? $"No file of {repository} matches {string.Join(", ", patterns)}."
                : $"{repository} has no weights that Cirrus knows by name.",
                hint: patterns.Count > 0 ? "patterns are names in which * stands for anything" : "name the files yourself: --include 'name*'");
        List<HubFile> files = [];
        List<Uri> locations = [];
        long missing = 0;
        foreach (string name in wanted)
        {
            HubFileName.Check(name, "a file");
            (HubFile file, Uri location) = await client.FindAsync(repository, listing.Commit, name, stop).ConfigureAwait(false);
            files.Add(file);
            locations.Add(location);
            missing += Math.Max(0, (file.Size ?? 0) - Here(repository, listing.Commit, file));
        }
        CheckRoom(missing);
        return new(repository, revision, listing.Commit, files, locations,
            patterns.Count > 0 ? [] : [.. HubSelection.Absent(listing.Names)], missing);
    }

    /// <summary>Fetches what is missing, verifies everything, and only then names the revision.</summary>
    /// <param name="progress">bytes that are here and the file in work.</param>
    /// <exception cref="CirrusException">A file did not come, or came damaged; what came is kept, and the next pull goes on there.</exception>
    public async Task<HubPulled> RunAsync(HubClient client, HubPlan plan, Action<long, string> progress, CancellationToken stop)
    {
        try
        {
            _cache.Prepare(plan.Repository);
            long done = 0;
            int verified = 0;
            for (int i = 0; i < plan.Files.Count; i++)
            {
                HubFile file = plan.Files[i];
                if (!await IsWholeAsync(Pointer(plan, file), file, stop).ConfigureAwait(false))
                    await BringAsync(client, plan, i, at => progress(done + at, file.Name), stop).ConfigureAwait(false);
                verified += HubHash.IsHash(file.Etag) ? 1 : 0;
                done += Length(Pointer(plan, file));
                progress(done, file.Name);
            }
            foreach (string name in plan.Absent)
                _cache.MarkAbsent(plan.Repository, plan.Commit, name);
            _cache.WriteRef(plan.Repository, plan.Revision, plan.Commit);
            return new(_cache.Snapshot(plan.Repository, plan.Commit), plan.Files.Count, verified);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The cache '{settings.Cache}' cannot be written: {e.Message}",
                hint: "set HF_HUB_CACHE to a place that is yours", e);
        }
    }

    private async Task BringAsync(HubClient client, HubPlan plan, int i, Action<long> progress, CancellationToken stop)
    {
        HubFile file = plan.Files[i];
        string blob = _cache.Blob(plan.Repository, file.Etag), partial = _cache.Partial(plan.Repository, file.Etag);
        using (await HubLock.TakeAsync(_cache.Lock(plan.Repository, file.Etag),
            () => say($"{file.Name}: another program fetches it; waiting"), stop).ConfigureAwait(false))
        {
            if (!await IsWholeAsync(blob, file, stop).ConfigureAwait(false))
            {
                await client.FetchAsync(plan.Repository, plan.Commit, file, plan.Locations[i], partial, progress, stop).ConfigureAwait(false);
                File.Move(partial, blob, overwrite: true);
            }
            _cache.Link(plan.Repository, plan.Commit, file);
        }
    }

    /// <summary>True for a file whose size and hash are the announced; a damaged one is told, and fetched again.</summary>
    private async Task<bool> IsWholeAsync(string path, HubFile file, CancellationToken stop)
    {
        if (!File.Exists(path))
            return false;
        bool size = file.Size is null || Length(path) == file.Size;
        if (size && (!HubHash.IsHash(file.Etag) || (await HubHash.OfFileAsync(path, file.Etag, stop).ConfigureAwait(false))
            .Equals(file.Etag, StringComparison.OrdinalIgnoreCase)))
            return true;
        if (Path.GetFileName(Path.GetDirectoryName(path)) == "blobs")
            say($"{file.Name}: the copy here is damaged; it is fetched again");
        return false;
    }

    private string Pointer(HubPlan plan, HubFile file) => Path.Combine(_cache.Snapshot(plan.Repository, plan.Commit), file.Name);

    /// <summary>Bytes of a file that need not be fetched.</summary>
    private long Here(HubRepository repository, string commit, HubFile file)
    {
        string[] places =
            [Path.Combine(_cache.Snapshot(repository, commit), file.Name), _cache.Blob(repository, file.Etag), _cache.Partial(repository, file.Etag)];
        return places.Where(File.Exists).Select(Length).FirstOrDefault();
    }

    private static long Length(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        return file.Length;                                                        // of what a link leads to
    }

    private void CheckRoom(long missing)
    {
        string place = settings.Cache;
        while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { Length: > 0 } parent)
            place = parent;
        long free;
        try
        {
            free = new DriveInfo(place).AvailableFreeSpace;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return;                                                                // a network's share: writing will tell
        }
        if (missing > free)
            throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                $"{missing:N0} bytes are to be fetched, and '{place}' has room for {free:N0}."),
                hint: "make room, or name another place with HF_HUB_CACHE");
    }
}
