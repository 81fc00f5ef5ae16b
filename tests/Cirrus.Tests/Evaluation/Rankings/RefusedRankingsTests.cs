using System.Text.Json.Nodes;
using Cirrus.Cli;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Rankings;

/// <summary>What each benchmark refuses, each on its made-up download: rankings that are right but for one list.</summary>
public sealed class RefusedRankingsTests
{
    private const string Circo = "circo: a perfect list is 1 at every K", FashionIq = "fashioniq: nested by category",
    Union = "fashioniq: union protocol",
        Genecis = "genecis: one task", ImageNet = "imagenet-r: one domain, empty lists", Coco = "coco: ids with and without zeros";

    [Theory]
    [InlineData(Circo, "1", "[101, \"000000000101.jpg\"]", "query '1': the id '000000000101.jpg' (entry 1) is there twice")]
    [InlineData(Circo, "1", "[999999, 101, 999999]", "query '1': the id '999999' (entry 2) is there twice")]
    [InlineData(Circo, "1", "[999999, \"0999999\"]", "query '1': the id '0999999' (entry 1) is there twice")]
    [InlineData(Circo, "1", "[-5]", "query '1': '-5' (entry 0) is not in the gallery")]
    [InlineData(Circo, "1", "[\"a cat\"]", "query '1': 'a cat' (entry 0) is not in the gallery")]
    [InlineData(Circo, "1", "[5.0]", "query '1': entry 0 is the number 5.0")]
    [InlineData(Circo, "2", "[5]", "has a query '2', which circo-val has not")]
    [InlineData(Circo, "1.0", "[5]", "has a query '1.0'")]
    [InlineData(Circo, "1", null, "no ranking for 1 of 2 queries: '1'")]
    [InlineData(FashionIq, "shirt/0", "[\"B0000000D0\"]", "query 'shirt/0': 'B0000000D0' (entry 0) is not in the gallery; it belongs to another query's")]
    [InlineData(FashionIq, "shirt/0", "[\"B0000000X0\"]", "query 'shirt/0': 'B0000000X0' (entry 0) is not in the gallery.")]
    [InlineData(FashionIq, "shirt/1", "[]", "has a query 'shirt/1'")]
    [InlineData(FashionIq, "0", "[]", "has a query '0'")]
    [InlineData(FashionIq, "skirt/0", "[]", "has a query 'skirt/0'")]
    [InlineData(FashionIq, "dress/1", null, "no ranking for 1 of 6 queries: 'dress/1'")]
    [InlineData(FashionIq, "dress", "{\"0\": [], \"1\": [[]]}", "query 'dress/1': entry 0 is a list")]
    [InlineData(FashionIq, "dress", "{\"0\": {\"1\": []}}", "query 'dress/0': an object instead of a list")]
    [InlineData(FashionIq, "skirt", "{\"0\": []}", "an object 'skirt', which is no family of fashioniq")]
    [InlineData(FashionIq, "dress", "{\"shirt/0\": []}", "has a query 'dress/shirt/0'")]
    [InlineData(Union, "dress/0", "[\"B0000000D5\"]", "query 'dress/0': 'B0000000D5' (entry 0) is not in the gallery")]
    [InlineData(Genecis, "0", "[3, 3]", "query 'change_object/0': the id '3' (entry 1) is there twice")]
    [InlineData(Genecis, "0", "[0, 15]", "query 'change_object/0': '0' (entry 0) is not in the gallery")]
    [InlineData(Genecis, "0", "[-1]", "'-1' (entry 0) is not in the gallery")]
    [InlineData(ImageNet, "0", "[\"imgnet/imagenet-r/n99/toy_0.jpg\"]", "query 'toy/0': 'imgnet/imagenet-r/n99/toy_0.jpg' (entry 0) is not in the gallery")]
    [InlineData(ImageNet, "0", "[\"cartoon_0.jpg\"]", "query 'toy/0': 'cartoon_0.jpg' (entry 0) names several candidates")]
    [InlineData(ImageNet, "3", "[]", "has a query '3'")]
    [InlineData(Coco, "632", "[285]", "query '000000000632.jpg': '285' (entry 0) is not in the gallery")]
    [InlineData(Coco, "000000000632.jpg", "[]", "has the query '000000000632.jpg' twice")]
    public void One_wrong_list_is_named(string name, string query, string? list, string wanted)
    {
        GoldenCase made = GoldenCase.Find(name);
        JsonObject rankings = JsonNode.Parse(made.Rankings)!.AsObject();
        foreach (JsonObject nested in rankings.Select(r => r.Value).OfType<JsonObject>().ToArray())
            foreach ((string inner, JsonNode? value) in nested.ToArray())
                rankings[$"{rankings.First(r => r.Value == nested).Key}/{inner}"] = value!.DeepClone();
        foreach (string nested in rankings.Where(r => r.Value is JsonObject).Select(r => r.Key).ToArray())
            rankings.Remove(nested);
        rankings.Remove(query);
        if (list is not null)
            rankings[query] = JsonNode.Parse(list);
        if (rankings[query] is JsonObject family)
            foreach (string flat in rankings.Select(r => r.Key).Where(k => k.StartsWith(query + "/", StringComparison.Ordinal)).ToArray())
                rankings.Remove(flat);
        CirrusException e = Assert.Throws<CirrusException>(() => Read(made, rankings.ToJsonString()));
        Assert.Contains(wanted, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Hint);
    }

    [Fact]
    public void Queries_twice_in_two_forms_are_refused() =>
        Assert.Contains("has the query 'dress/0' twice", Assert.Throws<CirrusException>(() =>
            Read(GoldenCase.Find(FashionIq), """{"dress": {"0": []}, "dress/0": []}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_the_list_of_COCO_the_numbers_are_those_of_CIRCO_all_the_same()
    {
        RankingsFile read = Read(GoldenCase.Find(Circo), """{"0": [123456789, 5], "1": []}""");
        Assert.Equal(("circo-val", -1), (read.Data.Protocol, read.Ranked[0][0]));
        Assert.Contains(read.Notes, n => n.StartsWith("the list of the gallery is missing", StringComparison.Ordinal));
        Assert.Contains("\"gallery\": null", RankingScores.ToJson(read), StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_list_of_COCO_only_its_pictures_are_candidates()
    {
        using TempFolder folder = new();
        GoldenCase made = GoldenCase.Find(Circo);
        made.WriteTo(folder);
        Directory.CreateDirectory(folder.At("circo/COCO2017_unlabeled/annotations"));
        File.WriteAllText(folder.At("circo/COCO2017_unlabeled/annotations/image_info_unlabeled2017.json"),
            $"{{\"images\": [{string.Join(", ", Enumerable.Range(5, 120).Select(i => $"{{\"id\": {i}, \"file_name\": \"{i:D12}.jpg\"}}"))}]}}");
        File.WriteAllText(folder.At("rankings.json"), """{"0": [5, "000000000124.jpg"], "1": []}""");
        BenchmarkData data = BenchmarkSource.Find("circo").Open(new(folder.Path));
        Assert.Equal([[0, 119], []], RankingsFile.Read(folder.At("rankings.json"), data).Ranked);
        File.WriteAllText(folder.At("rankings.json"), """{"0": [5, 4], "1": []}""");
        Assert.Contains("query '0': '4' (entry 1) is not in the gallery", Assert.Throws<CirrusException>(
            () => RankingsFile.Read(folder.At("rankings.json"), data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_stand_for_positions_of_GeneCIS_where_only_one_is_meant()
    {
        GoldenCase made = GoldenCase.Find(Genecis);
        int[][] ranked = Read(made, """{"0": [113, "2"], "1": ["000000000006.jpg", 5, 200]}""".Replace("5, ", "", StringComparison.Ordinal)).Ranked;
        Assert.Equal((14, 0, 0), (ranked[0][0] - ranked[0][1],
            ranked[1][0] - Read(made, """{"0": [0], "1": [0]}""").Ranked[1][0], ranked[1][1] - ranked[1][0] - 1));
        GoldenCase crops = made with { Family = "focus_attribute" };
        Assert.Contains("names several candidates", Assert.Throws<CirrusException>(
            () => Read(crops, """{"0": [], "1": ["103", "100"]}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_of_methods_do_not_go_with_rankings()
    {
        using SmallCirr cirr = new();
        string path = cirr.Write("rankings.json", """{"100": [], "101": [], "102": []}""");
        string[] args = ["eval", "cirr", "--data", cirr.Data];
        Assert.Contains("--synthetic-features", (await Refused([.. args, "--rankings", path, "--synthetic-features", "1"]))
            .Message, StringComparison.Ordinal);
        Assert.Contains("--family belongs to --rankings",
            (await Refused([.. args, "--family", "cirr", "--synthetic-features", "1"])).Message, StringComparison.Ordinal);
        StringWriter output = new(), error = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke([.. args, "--rankings", path, "--json", cirr.At("scores.json")], output, error));
        Assert.Equal(output.ToString(), await File.ReadAllTextAsync(cirr.At("scores.json"), TestContext.Current.CancellationToken));
        Assert.Contains("3 of 3 lists are empty", error.ToString(), StringComparison.Ordinal);

        static async Task<CirrusException> Refused(string[] args) =>
            await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(args, TextWriter.Null, TextWriter.Null));
    }

    private static RankingsFile Read(GoldenCase made, string rankings)
    {
        using TempFolder folder = new();
        made.WriteTo(folder);
        File.WriteAllText(folder.At("rankings.json"), rankings);
        return RankingsFile.Read(folder.At("rankings.json"), BenchmarkSource.Find(made.Benchmark)
            .Open(new(folder.Path, Protocol: made.Protocol, NeedsPictures: false)), made.Family);
    }
}
