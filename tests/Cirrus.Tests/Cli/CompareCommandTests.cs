using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Playground.Compare;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class CompareCommandTests
{
    [Fact, Trait("Category", "Slow")]
    public async Task Methods_are_trained_once_measured_and_told_apart()
    {
        using TempFolder folder = new();
        string[] args = ["compare", "-o", folder.At("out"), "--method", "lincir", "sum", "--steps", "2", "--seeds", "1",
            "--queries", "14", "--split", "seen"];
        StringWriter output = new(), error = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke([.. args, "--sizes", "small", "full", "--json", "-"], output, error));
        using JsonDocument json = JsonDocument.Parse(output.ToString());
        JsonElement[] methods = [.. json.RootElement.GetProperty("methods").EnumerateArray()];
        Assert.Equal(["lincir", "lincir anchored", "sum"], methods.Select(m => m.GetProperty("method").GetString()));
        Assert.Equal("zero-shot", methods[0].GetProperty("kind").GetString());
        Assert.Equal("captions", methods[0].GetProperty("learnsFrom").GetString());
        Assert.True(methods[0].GetProperty("parameters").GetInt64() > 0);
        Assert.True(methods[0].GetProperty("trainSeconds").GetDouble() > 0);
        Assert.Equal(0, methods[2].GetProperty("trainSeconds").GetDouble());
        Assert.All(methods, m => Assert.True(m.GetProperty("fromPixelsMs").GetDouble() >= m.GetProperty("composeMs").GetDouble()));
        Assert.Equal(["small", "full"], json.RootElement.GetProperty("sizes").EnumerateArray().Select(s => s.GetProperty("backbone").GetString()));
        Assert.NotEmpty(json.RootElement.GetProperty("evaluation").GetProperty("rows").EnumerateArray());
        string report = File.ReadAllText(folder.At("out/report.html"));
        foreach (JsonElement sentence in json.RootElement.GetProperty("words").EnumerateArray())
            Assert.Contains(System.Net.WebUtility.HtmlEncode(sentence.GetString()!), report, StringComparison.Ordinal);
        Assert.DoesNotContain("is here already", error.ToString(), StringComparison.Ordinal);

        StringWriter text = new(), again = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke([.. args, "--sizes", "none"], text, again));
        Assert.Contains("lincir on full is here already", again.ToString(), StringComparison.Ordinal);
        Assert.Contains("costs; mAP@10", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("- The same thing, changed as asked", text.ToString(), StringComparison.Ordinal);
    }

    [Theory, InlineData("lincir"), InlineData("sum=a"), InlineData("nonsense=a"), InlineData("lincir=")]
    public async Task Weights_name_their_method(string weights)
    {
        using TempFolder folder = new();
        Assert.NotEmpty((await Assert.ThrowsAsync<CirrusException>(() =>
            Verbs.Invoke(["compare", "-o", folder.At("out"), "-w", weights], TextWriter.Null, TextWriter.Null))).Hint);
    }

    [Fact]
    public void Every_backbone_ships()
    {
        using Device device = Device.Open("cpu");
        long[] sizes = [.. Backbone.All.Select(b =>
        {
            using Cirrus.Clip.ClipModel clip = b.Load(device);
            return Comparison.ParametersOf(clip);
        })];
        Assert.Equal(3, sizes.Length);
        Assert.Equal(sizes.Order(), sizes);
    }
}
