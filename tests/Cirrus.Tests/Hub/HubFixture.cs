using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Tests.Hub;

/// <summary>A server with a small repository, and an empty cache.</summary>
public abstract class HubFixture : IAsyncDisposable
{
    private protected HubFixture()
    {
        Weights = new byte[300_000];
        new Random(1).NextBytes(Weights);
        Server.Files["config.json"] = "{}"u8.ToArray();
        Server.Files["vocab.json"] = "{\"a\":0}"u8.ToArray();
        Server.Files["merges.txt"] = "#version: 0.2\n"u8.ToArray();
        Server.Files["model.safetensors"] = Weights;
        Server.Files["pytorch_model.bin"] = [1, 2, 3];
        Server.Files["README.md"] = "nothing"u8.ToArray();
        Settings = new(Folder.At("hub"), Server.Address)
        {
            MetadataTimeout = TimeSpan.FromMinutes(3),
            ReadTimeout = TimeSpan.FromMinutes(3),
            BackOff = TimeSpan.FromMilliseconds(1),
            Retries = 2,
        };
    }

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected HubServer Server { get; } = new();

    private protected TempFolder Folder { get; } = new();

    private protected HubSettings Settings { get; set; }

    private protected byte[] Weights { get; }

    private protected List<string> Said { get; } = [];

    private protected static HubRepository Repository => HubRepository.Parse(HubServer.Repository);

    private protected HubCache Cache => new(Settings.Cache, Settings.Symlinks);

    private protected string WeightsBlob => Path.Combine(Cache.Of(Repository), "blobs", HubServer.Etag("model.safetensors", Weights));

    private protected string Partial => WeightsBlob + ".incomplete";

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<HubPulled> PullAsync(string revision = "main", params string[] include)
    {
        using HubClient client = new(Settings);
        HubPull pull = new(Settings, Said.Add);
        return await pull.RunAsync(client, await pull.PlanAsync(client, Repository, revision, include, Stop), (_, _) => { }, Stop);
    }

    private protected Task<CirrusException> FailAsync(params string[] include) =>
        Assert.ThrowsAsync<CirrusException>(() => PullAsync("main", include));

    /// <summary>How often the content of a file was asked for.</summary>
    private protected int Fetches(string name) => Server.Requests.Count(r => r.IsFetch(name));

    private protected void AssertPulled(HubPulled pulled)
    {
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(pulled.Snapshot, "model.safetensors")));
        Assert.Equal(pulled.Snapshot, Cache.FindModel(Repository));
        Assert.False(File.Exists(Partial));
    }
}
