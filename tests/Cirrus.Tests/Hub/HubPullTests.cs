using Cirrus.Hub;

namespace Cirrus.Tests.Hub;

/// <summary>The cache as the hub's Python tools lay it out, written from a server that behaves.</summary>
public sealed class HubPullTests : HubFixture
{
    [Fact]
    public async Task The_layout_is_the_hubs()
    {
        HubPulled pulled = await PullAsync();
        AssertPulled(pulled);
        Assert.Equal((4, 4), (pulled.Files, pulled.Verified));
        string root = Cache.Of(Repository);
        Assert.Equal(Path.Combine(Settings.Cache, "models--org--tiny"), root);
        Assert.Equal(Path.Combine(root, "snapshots", HubServer.Commit), pulled.Snapshot);
        Assert.Equal(HubServer.Commit, File.ReadAllText(Path.Combine(root, "refs", "main")));
        Assert.Equal(["config.json", "merges.txt", "model.safetensors", "vocab.json"], HubCache.FilesOf(pulled.Snapshot));
        Assert.Equal($"../../blobs/{HubServer.Etag("model.safetensors", Weights)}",
            new FileInfo(Path.Combine(pulled.Snapshot, "model.safetensors")).LinkTarget);
        Assert.Equal("9e26dfeeb6e641a33dae4961196235bdb965b21b", Path.GetFileName(HubCache.BlobOf(Path.Combine(pulled.Snapshot, "config.json"))));   // git hash-object of {}
        Assert.True(File.Exists(Path.Combine(root, ".no_exist", HubServer.Commit, "preprocessor_config.json")));
        Assert.StartsWith("Signature: 8a477f597d28d172789f06886806bc55",
            File.ReadAllText(Path.Combine(Settings.Cache, "CACHEDIR.TAG")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Settings.Cache, ".locks", "models--org--tiny", HubServer.Etag("model.safetensors", Weights) + ".lock")));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(root, "blobs")).Length);
    }

    [Fact]
    public async Task Progress_counts_every_byte_once()
    {
        using HubClient client = new(Settings);
        HubPull pull = new(Settings, Said.Add);
        HubPlan plan = await pull.PlanAsync(client, Repository, "main", [], Stop);
        Assert.Equal(plan.Size, plan.Missing);
        List<long> seen = [];
        await pull.RunAsync(client, plan, (done, _) => seen.Add(done), Stop);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(plan.Size, seen[^1]);
        Assert.Equal(0, (await pull.PlanAsync(client, Repository, "main", [], Stop)).Missing);
    }

    [Fact]
    public async Task What_is_here_is_not_fetched_again()
    {
        await PullAsync();
        await PullAsync();
        Assert.Equal(1, Fetches("model.safetensors"));
    }

    [Fact]
    public async Task Another_revision_shares_the_blobs()
    {
        await PullAsync();
        await PullAsync("v1/x");
        Assert.Equal(1, Fetches("model.safetensors"));
        Assert.Equal(Cache.FindModel(Repository), Cache.FindModel(Repository, "v1/x"));
        Assert.Equal(Cache.FindModel(Repository), Cache.FindModel(Repository, HubServer.Commit));
        Assert.Contains(Server.Requests, r => r.Path.EndsWith("/revision/v1%2Fx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_links_the_contents_lie_in_the_snapshot()
    {
        Settings = Settings with { Symlinks = false };
        HubPulled pulled = await PullAsync();
        AssertPulled(pulled);
        Assert.Null(new FileInfo(Path.Combine(pulled.Snapshot, "model.safetensors")).LinkTarget);
        Assert.Empty(Directory.GetFiles(Path.Combine(Cache.Of(Repository), "blobs")));
        await PullAsync();
        Assert.Equal(1, Fetches("model.safetensors"));
    }

    [Fact]
    public async Task Patterns_choose_the_files()
    {
        Server.Files["sub/other.txt"] = [7];
        HubPulled pulled = await PullAsync("main", "*.txt", "READ?E.md");
        Assert.Equal(["README.md", "merges.txt", "sub/other.txt"], HubCache.FilesOf(pulled.Snapshot));
        Assert.Equal("../../../blobs/" + HubServer.Etag("sub/other.txt", [7]),
            new FileInfo(Path.Combine(pulled.Snapshot, "sub/other.txt")).LinkTarget);
        Assert.Null(Cache.FindModel(Repository));                                      // no weights
        Assert.Contains("nothing*", (await FailAsync("nothing*")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_blob_is_found_and_fetched_again()
    {
        HubPulled pulled = await PullAsync();
        byte[] damaged = [.. Weights];
        damaged[1000] ^= 1;
        File.WriteAllBytes(WeightsBlob, damaged);
        Dictionary<string, bool?> verdicts = [];
        await foreach (HubVerdict verdict in HubVerification.RunAsync(pulled.Snapshot, Stop))
            verdicts.Add(verdict.Name, verdict.Right);
        Assert.Equal(new Dictionary<string, bool?> { ["config.json"] = true, ["merges.txt"] = true, ["model.safetensors"] = false, ["vocab.json"] = true }, verdicts);
        AssertPulled(await PullAsync());
        Assert.Contains("damaged", Assert.Single(Said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_fetch_a_file_once()
    {
        Server.Misbehave = r => r.IsFetch("model.safetensors") ? Server.Answer(r) with { Pause = TimeSpan.FromMilliseconds(400) } : null;
        foreach (HubPulled pulled in await Task.WhenAll(PullAsync(), PullAsync()))
            AssertPulled(pulled);
        Assert.Equal(1, Fetches("model.safetensors"));
    }

    [Fact]
    public async Task Etags_that_are_no_hashes_are_taken_and_told()
    {
        Server.Misbehave = r =>
        {
            HubAnswer answer = Server.Answer(r);
            if (answer.Headers.ContainsKey("ETag"))
                answer.Headers["ETag"] = $"\"v-{Path.GetFileName(r.Path)}\"";
            return answer;
        };
        Assert.Equal(0, (await PullAsync()).Verified);
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("a/../../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData("..\\evil.txt")]
    [InlineData("C:evil.txt")]
    [InlineData("a//evil.txt")]
    [InlineData("./evil.txt")]
    [InlineData("aux.txt")]
    [InlineData("sub/COM1.txt")]
    [InlineData("evil.txt ")]
    [InlineData("evil\n.txt")]
    public async Task Hostile_names_are_not_written(string name)
    {
        Server.AlsoListed.Add(name);
        Assert.Contains("no plain relative path", (await FailAsync("*evil*", "*.txt")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Settings.Cache));
        await PullAsync();                                                             // what is not wanted does no harm
    }

    [Theory]
    [InlineData("model.safetensors", "vit,model.safetensors,pytorch_model.bin")]
    [InlineData("model.safetensors.index.json,model-00001-of-00002.safetensors,model-00002-of-00002.safetensors",
        "model-00002-of-00002.safetensors,pytorch_model.bin,model.safetensors.index.json,model-00001-of-00002.safetensors")]
    [InlineData("pytorch_model.bin", "model.safetensors.index.json,model-00001-of-00002.safetensors,pytorch_model.bin")]        // a shard is missing
    [InlineData("only.safetensors", "only.safetensors,a.pt,b.pt")]
    [InlineData("a.pt", "a.pt")]
    [InlineData("", "a.pt,b.pt,sub/model.safetensors")]
    public void One_set_of_weights_is_chosen(string wanted, string names) =>
        Assert.Equal(wanted, string.Join(',', HubSelection.WeightsOf(names.Split(','))));

    [Theory]
    [InlineData("org/name", "models--org--name")]
    [InlineData("gpt2", "models--gpt2")]
    [InlineData("a--b/c", null)]
    [InlineData("../x", null)]
    [InlineData("a/b/c", null)]
    [InlineData("a/..", null)]
    [InlineData("", null)]
    [InlineData("a b/c", null)]
    public void Names_of_repositories(string id, string? folder)
    {
        Assert.Equal(folder, HubRepository.TryParse(id, out HubRepository? found) ? found.Folder : null);
        if (folder is not null)
            Assert.Equal(id, HubRepository.OfFolder(folder)?.Id);
    }
}
