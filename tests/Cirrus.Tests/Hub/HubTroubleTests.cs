using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Tests.Hub;

/// <summary>Servers and lines that misbehave.</summary>
public sealed class HubTroubleTests : HubFixture
{
    private const string Name = "model.safetensors";

    [Fact]
    public async Task A_stream_that_breaks_off_is_gone_on_with()
    {
        Server.Misbehave = r => r.IsFetch(Name) && r.From < 200_000 ? Server.Answer(r) with { Sent = 100_000 } : null;
        AssertPulled(await PullAsync());
        Assert.Equal(3, Fetches(Name));
        Assert.Contains(Server.Requests, r => r.IsFetch(Name) && r.From > 0);
    }

    [Fact]
    public async Task A_later_run_goes_on_where_the_first_ended()
    {
        Server.Misbehave = r => r.IsFetch(Name) ? r.From == 0 ? Server.Answer(r) with { Sent = 120_000 } : new(503, []) : null;
        CirrusException e = await FailAsync();
        Assert.Contains("120,000 bytes", e.Hint, StringComparison.Ordinal);
        Assert.Equal(120_000, new FileInfo(Partial).Length);
        Assert.Null(Cache.FindSnapshot(Repository));                                   // no ref before all is here
        Server.Misbehave = _ => null;
        Server.Requests.Clear();
        AssertPulled(await PullAsync());
        Assert.Equal(120_000, Assert.Single(Server.Requests, r => r.IsFetch(Name)).From);
        Assert.Equal(0, Fetches("config.json"));
    }

    [Fact]
    public async Task The_whole_instead_of_the_rest_starts_over()
    {
        await LeavePartialAsync(Weights[..50_000]);
        Server.Misbehave = r => r.IsFetch(Name) ? Server.Answer(r with { Headers = new Dictionary<string, string>() }) : null;
        AssertPulled(await PullAsync());
        Assert.Equal(1, Fetches(Name));
    }

    [Fact]
    public async Task Another_part_than_asked_for_starts_over()
    {
        await LeavePartialAsync(Weights[..50_000]);
        Server.Misbehave = r => r.IsFetch(Name) && r.From > 0
            ? new(206, Weights[40_000..]) { Headers = { ["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes 40000-{Weights.Length - 1}/{Weights.Length}") } } : null;
        AssertPulled(await PullAsync());
    }

    [Fact]
    public async Task A_refused_range_drops_the_partial()
    {
        await LeavePartialAsync(Weights[..50_000]);
        Server.Misbehave = r => r.IsFetch(Name) && r.From > 0 ? new(416, []) : null;
        AssertPulled(await PullAsync());
    }

    [Fact]
    public async Task A_damaged_partial_is_given_up_once()
    {
        await LeavePartialAsync(new byte[50_000]);
        AssertPulled(await PullAsync());
        Assert.Equal(2, Fetches(Name));
    }

    [Fact]
    public async Task A_partial_that_is_too_long_is_dropped()
    {
        await LeavePartialAsync(new byte[Weights.Length + 1]);
        AssertPulled(await PullAsync());
    }

    [Fact]
    public async Task A_wrong_hash_is_never_linked()
    {
        byte[] other = [.. Weights];
        other[7] ^= 1;
        Server.Misbehave = r => r.IsFetch(Name) ? Server.Answer(r) with { Body = other } : null;
        Assert.Contains("hash", (await FailAsync()).Message, StringComparison.Ordinal);
        AssertNothingKept();
    }

    [Fact]
    public async Task A_wrong_git_hash_is_never_linked()
    {
        Server.Misbehave = r => r.IsFetch("vocab.json") ? Server.Answer(r) with { Body = "{\"b\":0}"u8.ToArray() } : null;
        Assert.Contains("hash", (await FailAsync()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Cache.Of(Repository), "snapshots", HubServer.Commit, "vocab.json")));
    }

    [Theory]
    [InlineData(299_999, 299_999L)]
    [InlineData(300_001, 300_001L)]
    [InlineData(300_001, -1L)]
    public async Task A_wrong_size_is_never_linked(int size, long length)
    {
        byte[] other = new byte[size];
        Server.Misbehave = r => r.IsFetch(Name) ? Server.Answer(r) with { Body = other, Length = length } : null;
        Assert.Contains("300,000 bytes", (await FailAsync()).Message, StringComparison.Ordinal);
        AssertNothingKept();
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_alone()
    {
        await using HubServer other = new();
        other.Files[Name] = Weights;
        Server.Misbehave = r => r.Path.EndsWith("/" + Name, StringComparison.Ordinal) ? new(302, [])
        {
            Headers =
            {
                ["Location"] = $"{other.Address}signed/{Name}?key=1",
                ["X-Linked-Etag"] = $"\"{HubServer.Etag(Name, Weights)}\"",
                ["X-Linked-Size"] = "300000",
                ["X-Repo-Commit"] = HubServer.Commit,
                ["ETag"] = "\"of-the-redirect\"",
            },
        } : null;
        other.Misbehave = r => new(200, Weights);
        Settings = Settings with { Token = "hf_secret" };
        AssertPulled(await PullAsync());
        HubRequest there = Assert.Single(other.Requests);
        Assert.Equal(("GET", $"/signed/{Name}?key=1", null), (there.Method, there.Path, there["Authorization"]));
        Assert.All(Server.Requests, r => Assert.Equal("Bearer hf_secret", r["Authorization"]));
        Assert.All(Server.Requests.Concat(other.Requests), r => Assert.Equal("identity", r["Accept-Encoding"]));
    }

    [Fact]
    public async Task Relative_redirects_are_followed_on_head()
    {
        Server.Misbehave = r => r.Path == $"/{HubServer.Repository}/resolve/{HubServer.Commit}/{Name}" ? new(307, []) { Headers = { ["Location"] = $"/moved/{Name}" } }
            : r.Path == $"/moved/{Name}" ? Server.Answer(r with { Path = $"/{HubServer.Repository}/resolve/{HubServer.Commit}/{Name}" }) : null;
        AssertPulled(await PullAsync());
    }

    [Fact]
    public async Task Redirects_in_a_ring_end()
    {
        Server.Misbehave = r => r.Method == "HEAD" ? new(302, []) { Headers = { ["Location"] = r.Path } } : null;
        Assert.Contains("again and again", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_location_is_asked_for_again()
    {
        await using HubServer other = new();
        int heads = 0;
        Server.Misbehave = r => r.Path.EndsWith("/" + Name, StringComparison.Ordinal) ? new(302, [])
        {
            Headers = { ["Location"] = $"{other.Address}{(++heads == 1 ? "old" : "new")}", ["X-Linked-Etag"] = HubServer.Etag(Name, Weights), ["X-Linked-Size"] = "300000", ["X-Repo-Commit"] = HubServer.Commit },
        } : null;
        other.Misbehave = r => r.Path == "/new" ? new(200, Weights) : new(403, []);
        AssertPulled(await PullAsync());
        Assert.Equal(2, heads);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(408)]
    [InlineData(503)]
    public async Task A_busy_server_is_asked_again(int status)
    {
        HashSet<string> met = [];
        Server.Misbehave = r => met.Add(r.Method + r.Path) ? new(status, []) { Headers = { ["Retry-After"] = "0" } } : null;
        AssertPulled(await PullAsync());
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up()
    {
        Server.Misbehave = _ => new(503, []);
        Assert.Contains("503", (await FailAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(1 + Settings.Retries, Server.Requests.Count);
    }

    [Fact]
    public async Task A_stream_that_stands_still_is_left_and_gone_on_with()
    {
        Settings = Settings with { ReadTimeout = TimeSpan.FromMilliseconds(500), Retries = 100 };     // on a busy machine others may be as late
        Server.Misbehave = r => r.IsFetch(Name) && r.From == 0 ? Server.Answer(r) with { Pause = TimeSpan.FromHours(1) } : null;
        AssertPulled(await PullAsync());
        Assert.InRange(Server.Requests.First(r => r.IsFetch(Name) && r.From > 0).From, 1, 150_000);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        Settings = Settings with { Endpoint = new($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"), MetadataTimeout = TimeSpan.FromMilliseconds(100) };
        CirrusException e = await FailAsync();
        Assert.Contains("no answer within 0.1 s", e.Message, StringComparison.Ordinal);
        Assert.Contains("--offline", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_at_once()
    {
        using Socket deaf = new(SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));                              // nobody else is given its port, and it does not listen
        Settings = Settings with { Endpoint = new($"http://127.0.0.1:{((IPEndPoint)deaf.LocalEndPoint!).Port}"), BackOff = TimeSpan.FromMinutes(1) };
        Assert.Contains("gives no answer", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "", "private, or does not exist", "HF_TOKEN")]
    [InlineData(401, "GatedRepo", "accepted its conditions", "HF_TOKEN")]
    [InlineData(403, "", "accepted its conditions", "HF_TOKEN")]
    [InlineData(404, "RepoNotFound", "There is no org/tiny", "org/name")]
    [InlineData(404, "RevisionNotFound", "no revision 'main'", "branch")]
    [InlineData(418, "", "answers 418", "HF_ENDPOINT")]
    public async Task Refusals_say_what_to_do(int status, string code, string message, string hint)
    {
        Server.Misbehave = _ => new(status, []) { Headers = { ["X-Error-Code"] = code } };
        CirrusException e = await FailAsync();
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>please log in</html>")]
    [InlineData("[]")]
    [InlineData("{\"sha\":\"../../x\",\"siblings\":[]}")]
    [InlineData("{\"sha\":1,\"siblings\":{}}")]
    public async Task A_page_of_a_proxy_is_no_listing(string body)
    {
        Server.Misbehave = _ => new(200, System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Contains("does not answer like a hub", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_without_end_is_refused()
    {
        Server.Misbehave = _ => new(200, new byte[17 << 20]);
        Assert.Contains("longer than 16 MiB", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_etag_is_refused()
    {
        Server.Misbehave = r => r.Method == "HEAD" ? new(200, []) : null;
        Assert.Contains("neither etag nor commit", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_etag_that_would_leave_the_cache_is_refused()
    {
        Server.Misbehave = r => r.Method == "HEAD" ? new(200, []) { Headers = { ["ETag"] = "\"../../evil\"", ["X-Repo-Commit"] = HubServer.Commit } } : null;
        Assert.Contains("neither etag nor commit", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gzip_without_length_is_undone()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Server.Files["merges.txt"]);
        Server.Misbehave = r => !r.Path.EndsWith("/merges.txt", StringComparison.Ordinal) ? null
            : r.Method == "HEAD" ? Server.Answer(r) with { Length = -1 }
            : new(200, packed.ToArray(), Length: -1) { Headers = { ["Content-Encoding"] = "gzip" } };
        HubPulled pulled = await PullAsync();
        Assert.Equal(Server.Files["merges.txt"], File.ReadAllBytes(Path.Combine(pulled.Snapshot, "merges.txt")));
        Assert.Equal(4, pulled.Verified);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_told_before()
    {
        Server.Misbehave = r => r.Method == "HEAD" && r.Path.EndsWith(Name, StringComparison.Ordinal) ? Huge(r) : null;
        CirrusException e = await FailAsync();
        Assert.Contains("1,000,000,000,000,023 bytes are to be fetched", e.Message, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_CACHE", e.Hint, StringComparison.Ordinal);
        Assert.Equal(0, Fetches(Name));

        HubAnswer Huge(HubRequest r)
        {
            HubAnswer answer = Server.Answer(r);
            answer.Headers["X-Linked-Size"] = "1000000000000000";
            return answer;
        }
    }

    [Fact]
    public async Task Stopped_it_keeps_the_partial()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Server.Misbehave = r => r.IsFetch(Name) ? Server.Answer(r) with { Pause = TimeSpan.FromHours(1) } : null;
        using HubClient client = new(Settings);
        HubPull pull = new(Settings, Said.Add);
        HubPlan plan = await pull.PlanAsync(client, Repository, "main", [], Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.RunAsync(client, plan, (done, file) =>
        {
            if (file == Name)
                stop.Cancel();
        }, stop.Token));
        Assert.InRange(new FileInfo(Partial).Length, 1, 150_000);
        Server.Misbehave = _ => null;
        AssertPulled(await PullAsync());
    }

    private async Task LeavePartialAsync(byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Partial)!);
        await File.WriteAllBytesAsync(Partial, content, Stop);
    }

    private void AssertNothingKept()
    {
        Assert.False(File.Exists(WeightsBlob));
        Assert.False(Path.Exists(Path.Combine(Cache.Of(Repository), "snapshots", HubServer.Commit, Name)));
        Assert.Null(Cache.FindSnapshot(Repository));
    }
}
