using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Cirrus.Cli;

namespace Cirrus.Tests.Evaluation.Rankings;

/// <summary>Scores against golden/reference_metrics.py, which shares no code with Cirrus and is written from the definitions.</summary>
public sealed class ReferenceMetricsTests
{
    /// <summary>Both sum doubles of some thousand queries in their own order.</summary>
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Cases => [.. GoldenCase.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Made_up_cases_agree(string name)
    {
        GoldenCase made = GoldenCase.Find(name);
        using TempFolder folder = new();
        made.WriteTo(folder);
        await File.WriteAllTextAsync(folder.At("rankings.json"), made.Rankings, TestContext.Current.CancellationToken);
        Agree(made.Expected, await Score(made.Benchmark, folder.Path, folder.At("rankings.json"),
            [.. made.Family is null ? [] : (string[])["--family", made.Family],
                .. made.Protocol is null ? [] : (string[])["--protocol", made.Protocol]]));
    }

    [Theory, Trait("Category", "Slow")]
    [InlineData("cirr", null)]
    [InlineData("circo", null)]
    [InlineData("fashioniq", null)]
    [InlineData("genecis", null)]
    [InlineData("imagenet-r", "toy")]
    [InlineData("coco", null)]
    public async Task Seeded_rankings_of_the_real_annotations_agree(string benchmark, string? family)
    {
        string data = Shared.Need("data/benchmarks");
        using TempFolder folder = new();
        string rankings = folder.At("rankings.json");
        Python("random", benchmark, data, "1", rankings);
        using JsonDocument expected = JsonDocument.Parse(Python("score", benchmark, data, rankings, "", family ?? ""));
        Agree(expected.RootElement, await Score(benchmark, data, rankings, family is null ? [] : ["--family", family]));
    }

    /// <summary>The values stand in docs/formats.md: rankings drawn at random, as their numbers say.</summary>
    [Fact]
    public async Task The_authors_example_for_CIRCO_val_agrees()
    {
        string data = Shared.Need("data/benchmarks"), example = Shared.Need("data/benchmarks/circo/submission_examples/submission_val.json");
        JsonElement found = await Score("circo", data, example);
        Assert.Equal(0.0048611111111111, found.GetProperty("metrics").GetProperty("mAP@5").GetDouble(), Tolerance);
        Assert.Equal(0.0060203915501633, found.GetProperty("metrics").GetProperty("mAP@50").GetDouble(), Tolerance);
        using JsonDocument expected = JsonDocument.Parse(Python("score", "circo", data, example));
        Agree(expected.RootElement, found);
    }

    private static async Task<JsonElement> Score(string benchmark, string data, string rankings, params string[] options)
    {
        StringWriter output = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["eval", benchmark, "--data", data, "--rankings", rankings, .. options],
            output, TextWriter.Null));
        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    private static void Agree(JsonElement expected, JsonElement found)
    {
        Assert.Equal(expected.GetProperty("queries").GetInt32(), found.GetProperty("queries").GetInt32());
        Metrics(expected.GetProperty("metrics"), found.GetProperty("metrics"));
        foreach (string kind in new[] { "families", "aspects" })
        {
            JsonProperty[] groups = [.. found.GetProperty(kind).EnumerateObject().Where(g =>
                g.Value.EnumerateObject().Any(m => m.Value.ValueKind == JsonValueKind.Number))];
            Assert.Equal(expected.GetProperty(kind).EnumerateObject().Select(g => g.Name), groups.Select(g => g.Name));
            foreach (JsonProperty group in groups)
                Metrics(expected.GetProperty(kind).GetProperty(group.Name), group.Value);
        }
    }

    private static void Metrics(JsonElement expected, JsonElement found)
    {
        Assert.NotEmpty(expected.EnumerateObject());
        foreach (JsonProperty metric in expected.EnumerateObject())
            Assert.Equal(metric.Value.GetDouble(), found.GetProperty(metric.Name).GetDouble(), Tolerance);
    }

    private static string Python(params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(GoldenCase.Folder, "reference_metrics.py"), .. args]) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("needs python3 for the reference values, which is not here");
            throw;
        }
    }
}
