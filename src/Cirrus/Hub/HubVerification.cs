namespace Cirrus.Hub;

/// <summary>What was found of a file in the cache.</summary>
/// <param name="Right">null when nothing says what its content should be: a copy without its blob, or an etag that is no hash.</param>
public sealed record HubVerdict(string Name, long Size, bool? Right);

/// <summary>Holds the files of a snapshot against the hashes that their blobs are named by: no network is needed.</summary>
public static class HubVerification
{
    public static async IAsyncEnumerable<HubVerdict> RunAsync(string snapshot,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        foreach (string name in HubCache.FilesOf(snapshot))
        {
            string file = Path.Combine(snapshot, name), content = HubCache.BlobOf(file) ?? file, etag = Path.GetFileName(content);
            bool? right = content == file || !HubHash.IsHash(etag) ? null
                : (await HubHash.OfFileAsync(content, etag, stop).ConfigureAwait(false)).Equals(etag, StringComparison.OrdinalIgnoreCase);
            yield return new(name, new FileInfo(content).Length, right);
        }
    }
}
