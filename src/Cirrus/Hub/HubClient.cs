using System.Globalization;
using System.Net;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>What a repository has at a revision.</summary>
/// <param name="Commit">that the revision stands for.</param>
/// <param name="Names">of all its files, as the server says them: not to be used as paths before they are checked.</param>
public sealed record HubListing(string Commit, IReadOnlyList<string> Names);

/// <summary>Asks a hub for what it has and fetches files (the protocol of huggingface_hub; docs/formats.md).</summary>
public sealed class HubClient : IDisposable
{
    private const int LongestListing = 16 << 20, MostFiles = 100_000;
    private const long LargestFile = 1L << 50;

    private readonly HubSettings _settings;
    private readonly HubConnection _connection;

    public HubClient(HubSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Offline)
            throw new CirrusException("The network is switched off (HF_HUB_OFFLINE or --offline).", hint: "allow it to fetch what is not here");
        (_settings, _connection) = (settings, new(settings));
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>The files of a repository and the commit that <paramref name="revision"/> stands for.</summary>
    /// <exception cref="CirrusException">There is no such repository or revision, it is not for everybody, or nobody answers.</exception>
    public async Task<HubListing> ListAsync(HubRepository repository, string revision, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        Uri address = new($"{_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/api/models/{repository.Id}/revision/{Uri.EscapeDataString(revision)}");
        using HttpResponseMessage answer = await _connection.AskAsync(HttpMethod.Get, address, HubConnection.IsRelative, stop).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw Refusal(answer, repository, revision, null);
        byte[] bytes = await HubBody.ReadAllAsync(answer, LongestListing, _settings.ReadTimeout, stop).ConfigureAwait(false);
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            string? commit = json.RootElement.GetProperty("sha").GetString();
            string[] names = [.. json.RootElement.GetProperty("siblings").EnumerateArray().Take(MostFiles).Select(s =>
                s.GetProperty("rfilename").GetString() ?? "")];
            return HubFileName.IsCommit(commit) ? new(commit!, names) : throw new JsonException("its commit is none");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CirrusException($"{address.GetLeftPart(UriPartial.Authority)} does not answer like a hub: {e.Message}",
                hint: "check HF_ENDPOINT", e);
        }
    }

    /// <summary>Etag, size and place of one file.</summary>
    /// <param name="commit">of <see cref="HubListing.Commit"/>.</param>
    /// <exception cref="CirrusException">It is not there, not for everybody, or the answer is incomplete.</exception>
    internal async Task<(HubFile File, Uri Location)> FindAsync(HubRepository repository, string commit, string name, CancellationToken stop)
    {
        Uri address = new(
            $"{_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository.Id}/resolve/{commit}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}");
        using HttpResponseMessage answer = await _connection.AskAsync(HttpMethod.Head, address, HubConnection.IsRelative, stop).ConfigureAwait(false);
        bool redirect = HubConnection.IsRedirect(answer.StatusCode);
        if (!redirect && answer.StatusCode != HttpStatusCode.OK)
            throw Refusal(answer, repository, commit, name);
        Uri asked = answer.RequestMessage?.RequestUri ?? address;
        string? etag = Etag(HubConnection.Header(answer, "X-Linked-Etag") ?? HubConnection.Header(answer, "ETag"));
        if (!HubFileName.IsEtag(etag) || HubConnection.Header(answer, "X-Repo-Commit") is not string said)
            throw new CirrusException(
                $"{asked.GetLeftPart(UriPartial.Authority)} says nothing of the version of '{name}': neither etag nor commit, as a hub would.",
                hint: "check HF_ENDPOINT; a proxy may have answered");
        if (said != commit)
            throw new CirrusException(
                $"{asked.GetLeftPart(UriPartial.Authority)} answers with commit '{said.Split('\n')[0]}' for {commit}.",
                    hint: "a mirror may be behind: try again, or another HF_ENDPOINT");
        long? size = Size(HubConnection.Header(answer, "X-Linked-Size"))
            ?? (redirect || answer.Content.Headers.ContentEncoding.Count > 0 ? null : answer.Content.Headers.ContentLength);
        return (new(name, etag!, size),
            redirect && HubConnection.LocationOf(answer) is string location ? HubConnection.Resolve(asked, location) : asked);
    }

    /// <summary>Fetches a file into <paramref name="partial"/>, going on where an earlier try ended, and verifies it.</summary>
    /// <param name="partial">stays when the download breaks off; gone when its content turned out wrong.</param>
    /// <param name="progress">gets the bytes that are there.</param>
    /// <exception cref="CirrusException">It broke off for good, or its size or hash is not what was announced.</exception>
    internal Task FetchAsync(HubRepository repository, string commit, HubFile file, Uri location, string partial,
        Action<long> progress, CancellationToken stop) =>
        new HubDownload(_connection, _settings, file, partial, progress)
            .RunAsync(location, async () => (await FindAsync(repository, commit, file.Name, stop).ConfigureAwait(false)).Location,
                answer => Refusal(answer, repository, commit, file.Name), stop);

    private CirrusException Refusal(HttpResponseMessage answer, HubRepository repository, string revision, string? name)
    {
        string what = name is null ? $"{repository}" : $"{name} of {repository}";
        int status = (int)answer.StatusCode;
        return (status, HubConnection.Header(answer, "X-Error-Code")) switch
        {
            (401 or 403, "GatedRepo") or (403, _) => new($"{what} is given only to those who accepted its conditions ({status}).",
                hint: $"accept them on {_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}, then set HF_TOKEN to your token"),
            (401, _) => new(_settings.Token is null
                ? $"{what} is private, or does not exist (401)."
                : $"{what} is not for the holder of this token, or does not exist (401).",
                hint: "check the spelling; for a private repository set HF_TOKEN to a token that may read it"),
            (404, "RevisionNotFound") => new($"{repository} has no revision '{revision}'.",
                hint: "name a branch, a tag or a commit; without --revision it is main"),
            (404, _) => new($"There is no {what} on {_settings.Endpoint.Authority}.", hint: name is null
                ? "check the spelling: org/name, as in openai/clip-vit-base-patch32" : "the listing named it: try again"),
            _ => new($"{_settings.Endpoint.Authority} answers {status} for {what}.", hint: "try again later, or check HF_ENDPOINT"),
        };
    }

    private static string? Etag(string? header)
    {
        string? etag = header?.Trim();
        if (etag?.StartsWith("W/", StringComparison.Ordinal) == true)
            etag = etag[2..];
        return etag?.Trim('"');
    }

    private static long? Size(string? header) =>
        long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size <= LargestFile ? size : null;
}
