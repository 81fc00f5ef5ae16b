using System.Text.Json;
using System.Text.RegularExpressions;
using Cirrus.Cli;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed partial class DemoCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task It_says_what_it_did_and_a_second_run_uses_what_is_there()
    {
        (int code, string output, string error) = await Demo();
        Assert.Equal(ExitCode.Done, code);
        string golden = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Cli", "golden", "demo.txt");
        Assert.Equal(File.ReadAllText(golden).ReplaceLineEndings("\n"), Masked(output));
        Assert.Contains("indexed: 78 new", error, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", File.ReadAllText(_folder.At("demo/report.html")), StringComparison.Ordinal);

        (code, string again, error) = await Demo();
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("indexed: 0 new, 0 changed, 78 unchanged", error, StringComparison.Ordinal);
        Assert.Contains("φ is here already", error, StringComparison.Ordinal);
        Assert.Equal(Timeless(output), Timeless(again));
        await The_line_that_it_proposes_works(output);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Json_is_one_object_and_nothing_else()
    {
        (int code, string output, _) = await Demo("--json");
        Assert.Equal(ExitCode.Done, code);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["seconds", "rows"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.True(json.RootElement.GetProperty("seconds").GetDouble() > 0);
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.All(rows, r => Assert.Equal(["method", "split", "truth", "family", "queries", "map10", "r1", "r10", "trainSeconds"],
            r.EnumerateObject().Select(p => p.Name)));
        Assert.All(rows, r => Assert.All(new[] { "map10", "r1", "r10" }, key => Assert.InRange(r.GetProperty(key).GetDouble(), 0, 1)));
        Assert.All(rows, r => Assert.Equal(Text(r, "method") == "lincir", r.GetProperty("trainSeconds").GetDouble() > 0));
        foreach (string split in new[] { "seen", "unseen" })
            foreach (string truth in new[] { "concept", "edit" })
                foreach (string method in new[] { "lincir", "image", "text", "sum", "slerp" })
                {
                    JsonElement[] of = [.. rows.Where(r => Text(r, "split") == split && Text(r, "truth") == truth && Text(r, "method") == method)];
                    string[] counted = ["attribute", "domain conversion", "object composition", "scene", "replace", "two changes"];
                    double mean = counted.Average(f => of.Single(r => Text(r, "family") == f).GetProperty("map10").GetDouble());
                    Assert.Equal(mean, of.Single(r => Text(r, "family") == "all").GetProperty("map10").GetDouble(), 1e-12);
                }
    }

    [Fact]
    public async Task A_folder_that_no_demo_made_is_left_alone()
    {
        Directory.CreateDirectory(_folder.At("demo"));
        File.WriteAllText(_folder.At("demo/thesis.txt"), "years of work");
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Demo());
        Assert.Contains("was not made by this demo", e.Message, StringComparison.Ordinal);
        Assert.Contains("--output", e.Hint, StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(_folder.At("demo")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("--seeds", "0")]
    [InlineData("--pictures", "7")]
    [InlineData("--queries", "3")]
    [InlineData("--steps", "0")]
    public async Task What_is_out_of_range_is_a_usage_error(params string[] args)
    {
        (int code, _, string error) = await Demo(args);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"error: {args[0]} is from ", error, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Error)> Demo(params string[] more)
    {
        StringWriter output = new(), error = new();
        string[] small = ["--pictures", "70", "--seeds", "1", "--queries", "14", "--steps", "10"];
        string[] kept = more.Length == 2 ? [.. small.Chunk(2).Where(o => o[0] != more[0]).SelectMany(o => o)] : small;
        int code = await Verbs.Invoke(["demo", "--output", _folder.At("demo"), .. kept, .. more], output, error);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }

    private static async Task The_line_that_it_proposes_works(string output)
    {
        string line = output.Split('\n').Single(l => l.StartsWith("Try next: ", StringComparison.Ordinal));
        string[] args = [.. Argument().Matches(line[(line.IndexOf("cirrus", StringComparison.Ordinal) + 6)..]).Select(m => m.Value.Trim('"'))];
        StringWriter found = new(), error = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(args, found, error));
        Assert.Equal(10, found.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Length);
        Assert.Contains("method: lincir", error.ToString(), StringComparison.Ordinal);
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    /// <summary>What is said, without what depends on the model, the machine and the folder: numbers, hits, the order of methods.</summary>
    private string Masked(string output)
    {
        string text = output.Replace(_folder.Path, "FOLDER", StringComparison.Ordinal);
        text = Hit().Replace(text, "    RANK HIT");
        text = Verdict().Replace(text, "$1: VERDICT");
        text = Spaces().Replace(Number().Replace(text, "#"), "$1 ");
        return Table().Replace(text, m => string.Concat(m.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Order(StringComparer.Ordinal).Select(l => l + "\n")));
    }

    private static string Timeless(string output) => Seconds().Replace(output, "T s in all");

    [GeneratedRegex("""(?m)^    \d [✓= ] \S+$""")]
    private static partial Regex Hit();

    [GeneratedRegex("(?m)^(The bars are [^:]*): .*$")]
    private static partial Regex Verdict();

    [GeneratedRegex(@"\b\d[\d,]*(\.\d+)?\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"(\S) {2,}")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?m)(^(lincir|image|text|sum|slerp)\b.*#\.?.*\n){5,}")]
    private static partial Regex Table();

    [GeneratedRegex(@"(?m)^\d+ s in all")]
    private static partial Regex Seconds();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Argument();
}
