using System.Text;
using Cirrus.Hub;
using Cirrus.Tests.Hub;

namespace Cirrus.Tests.Fuzz;

/// <summary>
/// Answers of hubs: listings, heads, redirects, parts of files. What comes through has the hash that was announced, and
/// nothing is written outside the cache.
/// </summary>
internal static class HubSubjects
{
    private const int Had = 7;

    private static readonly string[] Parts = ["blobs", "refs", "snapshots", ".no_exist"];
    private static readonly byte[] Config = "{\"a\": 1}"u8.ToArray(), Weights = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("hub answers", f => Answers(f, hashes: true), Pull) { Share = 2 },
        new("hub answers without hashes", f => Answers(f, hashes: false), Pull) { Share = 1 },
    ];

    /// <summary>A file is the whole answer to one question, head and body.</summary>
    private static void Answers(string folder, bool hashes)
    {
        string config = hashes ? HubServer.Etag("config.json", Config) : "v1-config", weights = hashes
            ? HubServer.Etag("model.safetensors", Weights) : "v1-weights";
        Write("list", "200 OK", [], "{\"sha\":\"" + HubServer.Commit
            + "\",\"siblings\":[{\"rfilename\":\"config.json\"},{\"rfilename\":\"model.safetensors\"}]}");
        Write("head-config", "200 OK", [$"ETag: W/\"{config}\"", $"X-Repo-Commit: {HubServer.Commit}"], Encoding.ASCII.GetString(Config));
        Write("head-weights", "302 Found", ["Location: http://HUB/cdn/weights?sign=1", $"X-Linked-Etag: \"{weights}\"",
            $"X-Linked-Size: {Weights.Length}", $"X-Repo-Commit: {HubServer.Commit}"], "");
        Write("config", "200 OK", [$"ETag: \"{config}\"", "Content-Type: application/json"], Encoding.ASCII.GetString(Config));
        Write("weights", "206 Partial Content", [$"Content-Range: bytes {Had}-{Weights.Length - 1}/{Weights.Length}"],
            Encoding.Latin1.GetString(Weights.AsSpan(Had)));
        Write("weights-whole", "200 OK", ["Accept-Ranges: bytes"], Encoding.Latin1.GetString(Weights));

        void Write(string name, string status, string[] headers, string body) => File.WriteAllBytes(Path.Combine(folder, name + ".http"),
            Encoding.Latin1.GetBytes(string.Join("\r\n",
                [$"HTTP/1.1 {status}", "Connection: close", $"Content-Length: {body.Length}", .. headers, "", body])));
    }

    private static void Pull(string folder) => PullAsync(folder).GetAwaiter().GetResult();

    private static async Task PullAsync(string folder)
    {
        using TempFolder place = new();
        await using HubServer server = new();
        server.Misbehave = request => new(0, []) { Raw = Answer(Path.Combine(folder, FileOf(request) + ".http"), server.Address.Authority) };
        HubSettings settings = new(place.At("hub"), server.Address)
        {
            MetadataTimeout = TimeSpan.FromMinutes(1),
            ReadTimeout = TimeSpan.FromMinutes(1),
            BackOff = TimeSpan.Zero,
            Retries = 1,
        };
        HubRepository repository = HubRepository.Parse(HubServer.Repository);
        using HubClient client = new(settings);
        HubPull pull = new(settings, _ => { });
        HubPlan plan = await pull.PlanAsync(client, repository, "main", [], CancellationToken.None);
        HubCache cache = new(settings.Cache);
        string blobs = Path.Combine(cache.Of(repository), "blobs");
        Directory.CreateDirectory(blobs);
        if (plan.Files.FirstOrDefault(f => f.Name == "model.safetensors") is { } weights)
            File.WriteAllBytes(Path.Combine(blobs, weights.Etag + ".incomplete"), Weights[..Had]);
        try
        {
            HubPulled pulled = await pull.RunAsync(client, plan, (_, _) => { }, CancellationToken.None);
            foreach (HubFile file in plan.Files)
            {
                FileInfo written = new(Path.Combine(pulled.Snapshot, file.Name));
                Assert.True(written.Exists);
                if (file.Size is long size)
                    Assert.Equal(size, File.ReadAllBytes(written.FullName).Length);
                if (HubHash.IsHash(file.Etag))
                    Assert.Equal(file.Etag, await HubHash.OfFileAsync(written.FullName, file.Etag, CancellationToken.None), ignoreCase: true);
            }
        }
        finally
        {
            Assert.Equal(["hub"], Directory.GetFileSystemEntries(place.Path).Select(Path.GetFileName));
            Assert.All(Directory.GetFileSystemEntries(cache.Of(repository)), e => Assert.Contains(Path.GetFileName(e), Parts));
        }
    }

    private static byte[] Answer(string file, string host) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(File.ReadAllBytes(file)).Replace("//HUB/", $"//{host}/", StringComparison.Ordinal));

    private static string FileOf(HubRequest request) => request.Path.StartsWith("/api/", StringComparison.Ordinal) ? "list"
        : request.Method == "HEAD" ? request.Path.Contains("config", StringComparison.Ordinal) ? "head-config" : "head-weights"
        : request.Path.Contains("config", StringComparison.Ordinal) ? "config" : request["Range"] is not null ? "weights" : "weights-whole";
}
