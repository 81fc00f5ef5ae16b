using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class EvalAllCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();

    public EvalAllCommandTests() => TinyCirr.Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_there_is_evaluated_with_pictures_and_the_rest_is_told()
    {
        (int code, string text) = await Eval("-m", "playground", "--method", "sum", "image", "--no-cache", "--json",
            _folder.At("all.json"), "--report", _folder.At("report.html"));
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"\nsummary, in % +sum +image\ncirr-val +R@1 +[0-9.]+ +[0-9.]+\ncirco: not found\nfashioniq: not found\n", text);
        Assert.Contains("prompt of sum", text, StringComparison.Ordinal);
        Assert.Contains("backbone", text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder.At("all.json")));
        JsonElement cirr = json.RootElement.GetProperty("benchmarks").GetProperty("cirr");
        Assert.NotEmpty(cirr.GetProperty("rows").EnumerateArray());
        Assert.Equal("float32", cirr.GetProperty("provenance").GetProperty("precision").GetString());
        Assert.StartsWith("cirrus eval all --data ", cirr.GetProperty("provenance").GetProperty("command").GetString(), StringComparison.Ordinal);
        Assert.Contains("circo", json.RootElement.GetProperty("notFound").EnumerateArray().Select(e => e.GetString()));
        string report = File.ReadAllText(_folder.At("report.html"));
        Assert.Contains("<li>circo: not found</li>", report, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/jpeg;base64,", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_fails_is_told_and_the_others_go_on()
    {
        Directory.CreateDirectory(_folder.At("circo/annotations"));
        File.WriteAllText(_folder.At("circo/annotations/val.json"), "[{}]");
        (int code, string text) = await Eval("--synthetic-features", "1", "--json", "-");
        Assert.Equal(ExitCode.UserError, code);
        using JsonDocument json = JsonDocument.Parse(text);
        Assert.True(json.RootElement.GetProperty("benchmarks").TryGetProperty("cirr", out _));
        Assert.Contains("record 0", json.RootElement.GetProperty("failed").GetProperty("circo").GetString(), StringComparison.Ordinal);
        Assert.Contains("error: circo: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_benchmarks_is_an_error()
    {
        Directory.CreateDirectory(_folder.At("empty"));
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(
            ["eval", "all", "--data", _folder.At("empty"), "--synthetic-features", "1"], TextWriter.Null, TextWriter.Null));
        Assert.Contains("cirr, circo", e.Hint, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Text)> Eval(params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" };
        int code = await Verbs.Invoke(["eval", "all", "--data", _folder.Path, .. args], output, _error);
        return (code, output.ToString());
    }
}
