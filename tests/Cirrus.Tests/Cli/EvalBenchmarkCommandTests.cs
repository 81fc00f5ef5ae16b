using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class EvalBenchmarkCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();

    public EvalBenchmarkCommandTests() => TinyCirr.Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_second_run_takes_all_features_from_the_cache_and_gives_the_same_numbers()
    {
        string[] args = ["-m", "playground", "--method", "sum", "image", "--json", "-"];
        (int code, string first) = await Eval(args);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("6 pictures are to be embedded; features are kept in", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder.At(".cirrus-features"), "*.safetensors", SearchOption.AllDirectories));
        _error.GetStringBuilder().Clear();
        (_, string second) = await Eval(args);
        Assert.Equal("", _error.ToString());
        Assert.Equal(Rows(first), Rows(second));
        Assert.Contains("\"sum\"", Rows(first), StringComparison.Ordinal);
        (_, string half) = await Eval([.. args, "--reference-half", "--cache", _folder.At("cache")]);
        Assert.Contains("rounded to half precision", half, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder.At("cache")));
    }

    [Fact]
    public async Task Missing_pictures_stop_it_or_mark_what_it_prints()
    {
        File.Delete(TinyCirr.FileOf(_folder.Path, 3));
        string[] args = ["-m", "playground", "--method", "image", "--no-cache"];
        await Assert.ThrowsAsync<CirrusException>(() => Eval(args));
        (int code, string text) = await Eval([.. args, "--allow-missing"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("INCOMPLETE: 1 of 6 pictures are missing", text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At(".cirrus-features")));
    }

    [Fact]
    public async Task Check_lists_what_is_missing_broken_or_of_another_count()
    {
        File.Delete(TinyCirr.FileOf(_folder.Path, 0));
        File.WriteAllBytes(TinyCirr.FileOf(_folder.Path, 1), []);
        File.WriteAllText(TinyCirr.FileOf(_folder.Path, 2), "<!doctype html><html>404</html>");
        byte[] torn = File.ReadAllBytes(TinyCirr.FileOf(_folder.Path, 4));
        File.WriteAllBytes(TinyCirr.FileOf(_folder.Path, 4), torn[..(torn.Length / 2)]);
        (int code, string text) = await Eval("--check", "--json", _folder.At("check.json"));
        Assert.Equal(ExitCode.UserError, code);
        Assert.Contains("WRONG: the official download has 2,297", text, StringComparison.Ordinal);
        Assert.Contains("dev-0-0-img0 (sought at ", text, StringComparison.Ordinal);
        Assert.Contains("dev-1-0-img0: ", text, StringComparison.Ordinal);
        Assert.Contains("it is empty", text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder.At("check.json")));
        JsonElement root = json.RootElement;
        Assert.False(root.GetProperty("ok").GetBoolean());
        Assert.Equal((6, 5), (root.GetProperty("pictures").GetInt32(), root.GetProperty("files").GetInt32()));
        Assert.Equal(["dev-0-0-img0"], Names(root, "missing"));
        Assert.Equal(["dev-1-0-img0", "dev-2-0-img0", "dev-4-0-img0"], Names(root, "undecodable"));
    }

    // methods: 4.7 has the words' share, 0.9; on the other benchmarks 0.8, which is its own balance.
    [Fact]
    public async Task Slerp_has_the_weight_it_is_published_with()
    {
        (_, string text) = await Eval("-m", "playground", "--method", "sum", "slerp", "--no-cache");
        Assert.Contains("image weight of slerp  0.1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("image weight of sum", text, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Names(JsonElement root, string what) =>
        root.GetProperty(what).EnumerateArray().Select(e => e.GetProperty("name").GetString());

    private static string Rows(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("rows").GetRawText();
    }

    private async Task<(int Code, string Output)> Eval(params string[] args)
    {
        StringWriter output = new();
        int code = await Verbs.Invoke(["eval", "cirr", "--data", _folder.Path, .. args], output, _error);
        return (code, output.ToString());
    }
}
