using Cirrus.Cli;
using Cirrus.Hub;
using Cirrus.Tensors;
using Cirrus.Tests.Hub;

namespace Cirrus.Tests.Cli;

/// <summary>Which CLIP a new gallery gets when its owner has not said, or has named one that is not here.</summary>
public sealed class FirstModelTests : IAsyncDisposable
{
    private const string Smallest = "openai/clip-vit-base-patch32", Large = "openai/clip-vit-large-patch14";

    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();
    private readonly HubServer _server = new(Smallest);
    private readonly List<string> _questions = [];

    public FirstModelTests()
    {
        _server.Files["config.json"] = "{}"u8.ToArray();
        _server.Files["model.safetensors"] = new byte[100];
    }

    private HubSettings Settings => new(_folder.At("hub"), _server.Address) { Retries = 0, MetadataTimeout = TimeSpan.FromMinutes(3), ReadTimeout = TimeSpan.FromMinutes(3) };

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Where_nobody_can_answer_the_commands_are_told()
    {
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => FindAsync(null, answer: null));
        Assert.StartsWith("fetch one: cirrus models pull vit-b-32 (605 MB", e.Hint, StringComparison.Ordinal);
        Assert.Contains("--model playground", e.Hint, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<CirrusException>(() => FindAsync("ViT-L/14", answer: null));
        Assert.Contains("cirrus models pull ViT-L/14", e.Hint, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task It_is_fetched_when_a_person_agrees_and_only_then()
    {
        await Assert.ThrowsAsync<CirrusException>(() => FindAsync(null, answer: false));
        Assert.Empty(_server.Requests);
        Assert.Equal("vit-b-32", await FindAsync(null, answer: true));
        Assert.Equal(["vit-b-32 is not here. Fetch it now (605 MB, licence MIT)?"], _questions.Distinct());
        Assert.True(Directory.Exists(ModelPlace.InCache("vit-b-32", Settings)));
        Assert.Equal("vit-b-32", await FindAsync("vit-b-32", answer: null));
    }

    [Fact]
    public async Task Offline_nothing_is_asked() =>
        await Assert.ThrowsAsync<CirrusException>(() => new FirstModel(Settings with { Offline = true }, _error,
            _ => throw new InvalidOperationException()).FindAsync(null, TestContext.Current.CancellationToken));

    [Fact]
    public async Task The_one_that_is_here_is_taken_and_of_several_one_must_be_named()
    {
        Have(Large);
        Assert.Equal("vit-l-14", await FindAsync(null, answer: null));
        Assert.Equal("with vit-l-14, which was fetched; --model names another one\n", _error.ToString().ReplaceLineEndings("\n"));
        Have(Smallest);
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => FindAsync(null, answer: null));
        Assert.Equal(("Several CLIPs are here: vit-b-32, vit-l-14.", "say which: --model vit-b-32"), (e.Message, e.Hint));
        Assert.Equal("vit-l-14", await FindAsync("vit-l-14", answer: null));
    }

    [Theory]
    [InlineData("playground")]
    [InlineData("some/where")]
    public async Task Another_name_or_path_stays_as_it_is(string asked) => Assert.Equal(asked, await FindAsync(asked, answer: null));

    [Theory]
    [InlineData("fetch it: cirrus models pull x", "fetch it: ./cirrus models pull x")]
    [InlineData("cirrus index FOLDER; cirrus serve FOLDER", "./cirrus index FOLDER; ./cirrus serve FOLDER")]
    [InlineData("/home/cirrus is full; .cirrus is not", "/home/cirrus is full; .cirrus is not")]
    public void Hints_name_the_program_as_it_was_typed(string hint, string typed)
    {
        Assert.Equal(typed, CommandName.In(hint, "./cirrus"));
        Assert.Equal(hint, CommandName.In(hint, "cirrus"));
    }

    private Task<string> FindAsync(string? asked, bool? answer) => new FirstModel(Settings, _error, answer is bool yes ? question =>
    {
        _questions.Add(question);
        return yes;
    }
    : null).FindAsync(asked, TestContext.Current.CancellationToken);

    private void Have(string repository)
    {
        string folder = new HubCache(Settings.Cache).Of(HubRepository.Parse(repository)),
            snapshot = Path.Combine(folder, "snapshots", HubServer.Commit);
        Directory.CreateDirectory(Path.Combine(folder, "refs"));
        Directory.CreateDirectory(snapshot);
        File.WriteAllText(Path.Combine(folder, "refs", "main"), HubServer.Commit);
        File.WriteAllBytes(Path.Combine(snapshot, "model.safetensors"), [0]);
    }
}
