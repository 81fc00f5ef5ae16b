using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Clip;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class EvalPlaygroundCommandTests
{
    [Fact]
    public async Task Json_goes_to_the_output_and_the_report_to_its_file()
    {
        using TempFolder folder = new();
        using Device device = Device.Open("cpu");
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        using (ClipModel clip = ClipModel.Random(new("tiny", 16, new(32, 1, 2, 64, tokenizer.Count, 77, Activation.QuickGelu),
            new(32, 1, 2, 64, 16, Drawing.ClipSide, Activation.QuickGelu)), tokenizer, device, seed: 1))
            clip.Save(folder.At("model"), StoredType.F32, new Dictionary<string, string>());
        StringWriter output = new(), error = new();
        string[] args = ["eval", "playground", "--model", folder.At("model"), "--seeds", "1", "--queries", "14", "--split", "seen"];
        Assert.Equal(ExitCode.Done, await Verbs.Invoke([.. args, "--json", "-", "--report", folder.At("out/report.html")], output, error));
        using JsonDocument json = JsonDocument.Parse(output.ToString());
        Assert.Contains("slerp", json.RootElement.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("method").GetString()));
        Assert.StartsWith("<!doctype html>", File.ReadAllText(folder.At("out/report.html")), StringComparison.Ordinal);
        Assert.Contains("report: ", error.ToString(), StringComparison.Ordinal);

        await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke([.. args, "--method", "nonsense"], TextWriter.Null, TextWriter.Null));
        await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke([.. args, "--method", "lincir"], TextWriter.Null, TextWriter.Null));
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(["eval", "playground", "--split", "nonsense"], TextWriter.Null, TextWriter.Null));
    }
}
