using System.Text.Json;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Rankings;

public sealed class RankingsFileTests
{
    [Theory]
    [InlineData("""{"100": ["dev-1", "dev-2", "dev-1"], "101": [], "102": []}""", "query '100': the id 'dev-1' (entry 2) is there twice")]
    [InlineData("""{"100": ["dev-1", "./dev/dev-1.png"], "101": [], "102": []}""", "query '100': the id './dev/dev-1.png' (entry 1) is there twice")]
    [InlineData("""{"100": ["dev-0", "dev-0", "dev-1"], "101": [], "102": []}""", "query '100': the id 'dev-0' (entry 1) is there twice")]      // the reference, which is removed
    [InlineData("""{"100": [], "102": []}""", "no ranking for 1 of 3 queries: '101'")]
    [InlineData("{}", "no ranking for 3 of 3 queries: '100', '101', '102'")]
    [InlineData("""{"100": [], "101": [], "102": [], "103": []}""", "has a query '103', which cirr-val has not")]
    [InlineData("""{"100": [], "101": [], "102": [], "100": []}""", "has the query '100' twice")]
    [InlineData("""{"100": ["dev-10"], "101": [], "102": []}""", "query '100': 'dev-10' (entry 0) is not in the gallery")]
    [InlineData("""{"100": ["train-1"], "101": [], "102": []}""", "'train-1' (entry 0) is not in the gallery")]
    [InlineData("""{"100": [5], "101": [], "102": []}""", "'5' (entry 0) is not in the gallery")]
    [InlineData("""{"100": [""], "101": [], "102": []}""", "'' (entry 0) is not in the gallery")]
    [InlineData("""{"100": ["dev-1", null], "101": [], "102": []}""", "query '100': entry 1 is null")]
    [InlineData("""{"100": [["dev-1", ["dev-2"]], "dev-3"], "101": [], "102": []}""", "query '100': entry 0 is a list")]
    [InlineData("""{"100": [{"dev-1": 0.9}], "101": [], "102": []}""", "query '100': entry 0 is an object")]
    [InlineData("""{"100": [true], "101": [], "102": []}""", "query '100': entry 0 is true")]
    [InlineData("""{"100": [1.5], "101": [], "102": []}""", "query '100': entry 0 is the number 1.5")]
    [InlineData("""{"100": null, "101": [], "102": []}""", "query '100': null instead of a list")]
    [InlineData("""{"100": "dev-1", "101": [], "102": []}""", "query '100': dev-1 instead of a list")]
    [InlineData("""{"100": 7, "101": [], "102": []}""", "query '100': 7 instead of a list")]
    [InlineData("""{"100": {"dev-1": 1}, "101": [], "102": []}""", "has an object '100', which is no family of cirr")]
    [InlineData("""{"100": [NaN], "101": [], "102": []}""", "is not JSON")]
    [InlineData("""{"100": ["dev-1",], "101": [], "102": []}""", "is not JSON")]
    [InlineData("""{"100": [], "101": [], "102": []} {}""", "is not JSON")]
    [InlineData("""{"100": ["dev-1" """, "is not JSON")]
    [InlineData("", "is not JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("7", "is not a JSON object")]
    [InlineData("""{"100": ["\ud800"], "101": [], "102": []}""", "a text that is not UTF-8")]
    [InlineData("""{"metric": "recall_subset", "100": []}""", "ranks groups alone")]
    public void What_is_wrong_is_refused_with_query_and_id(string json, string wanted)
    {
        using SmallCirr cirr = new();
        CirrusException e = Assert.Throws<CirrusException>(() => Read(cirr, json));
        Assert.Contains(wanted, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Hint);
    }

    [Fact]
    public void Text_of_another_encoding_is_refused()
    {
        using SmallCirr cirr = new();
        string path = cirr.At("rankings.json");
        File.WriteAllBytes(path, [.. "{\"100\": [\"dev-"u8, 0xE9, .. "\"]}"u8]);
        Assert.Contains("not UTF-8", Assert.Throws<CirrusException>(() => RankingsFile.Read(path, Open(cirr))).Message, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => RankingsFile.Read(cirr.At("absent.json"), Open(cirr)));
        Assert.Throws<CirrusException>(() => RankingsFile.Read(cirr.Data, Open(cirr)));
    }

    [Fact]
    public void Names_may_be_paths_and_keys_of_submissions_are_skipped()
    {
        using SmallCirr cirr = new();
        RankingsFile read = Read(cirr, "\uFEFF" + """{"version": "rc2", "100": ["./dev/dev-1.png", "dev/dev-2", "dev-3.PNG", "/data/cirr/dev/dev-4.png"], "101": ["dev-9"], "0102": [], "metric": "recall"}""");
        Assert.Equal([[1, 2, 3, 4], [9], []], read.Ranked);
    }

    [Fact]
    public void Subset_recall_is_read_off_the_ranking_and_what_short_lists_lack_is_told()
    {
        using SmallCirr cirr = new();
        // 100: the reference first, then strangers, then the group; 101: the target is not there; 102: all members.
        RankingsFile read = Read(cirr, """{"100": ["dev-0", "dev-8", "dev-5", "dev-1"], "101": ["dev-3"], "102": ["dev-7", "dev-6", "dev-5", "dev-4", "dev-3", "dev-2"]}""");
        using JsonDocument json = JsonDocument.Parse(RankingScores.ToJson(read));
        JsonElement metrics = json.RootElement.GetProperty("metrics");
        Assert.Equal((0, 2 / 3.0, 0, 1 / 3.0), (Value("R@1"), Value("R@5"), Value("R_subset@1"), Value("R_subset@2")));
        Assert.Equal(1 / 3.0, Value("R_subset@3"));
        Assert.Equal(("cirr", "val", "cirr-val", 3, 10), (json.RootElement.GetProperty("benchmark").GetString(), json.RootElement.GetProperty("split").GetString(),
            json.RootElement.GetProperty("protocol").GetString(), json.RootElement.GetProperty("queries").GetInt32(), json.RootElement.GetProperty("gallery").GetInt32()));
        Assert.Contains(read.Notes, n => n.StartsWith("2 of 3 lists lack members of their query's subset, 1 of them the target", StringComparison.Ordinal));

        double Value(string name) => metrics.GetProperty(name).GetDouble();
    }

    [Fact]
    public void Complete_rankings_have_no_remarks_and_the_reference_costs_no_place()
    {
        using SmallCirr cirr = new(pairs: 1);
        RankingsFile read = Read(cirr, """{"100": ["dev-0", "dev-1", "dev-2", "dev-3", "dev-4", "dev-5", "dev-6", "dev-7", "dev-8", "dev-9"]}""");
        Assert.Empty(read.Notes);
        Assert.Contains("\"R@1\": 1,", RankingScores.ToJson(read), StringComparison.Ordinal);
        Assert.Empty(Read(cirr, """{"100": ["dev-1", "dev-2", "dev-3", "dev-4", "dev-5", "dev-6", "dev-7", "dev-8", "dev-9"]}""").Notes);     // removed already
    }

    [Fact]
    public void Hidden_answers_and_unknown_families_are_told()
    {
        using SmallCirr cirr = new(split: "test1"), val = new();
        string path = cirr.Write("rankings.json", "{}");
        Assert.Contains("not public", Assert.Throws<CirrusException>(() => RankingsFile.Read(path, Open(cirr, "test1"))).Message, StringComparison.Ordinal);
        Assert.Contains("no family 'dress'", Assert.Throws<CirrusException>(() => RankingsFile.Read(path, Open(val), "dress")).Message, StringComparison.Ordinal);
    }

    private static RankingsFile Read(SmallCirr cirr, string json) => RankingsFile.Read(cirr.Write("rankings.json", json), Open(cirr));

    private static BenchmarkData Open(SmallCirr cirr, string split = "val") => BenchmarkSource.Find("cirr").Open(new(cirr.Data, split));
}
