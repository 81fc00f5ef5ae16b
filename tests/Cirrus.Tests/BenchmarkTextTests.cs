using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Tests;

public sealed class BenchmarkTextTests
{
    private static readonly Metric[] Recalls = [Metric.Recall(1), Metric.Recall(2)];

    [Fact]
    public void What_was_done_stands_above_the_numbers_and_families_side_by_side()
    {
        string text = Text(SmallBenchmark.Data("fashioniq", Recalls, ["dress", "shirt"]));
        Assert.StartsWith("fashioniq: four pictures\n  protocol   fashioniq-val small\n  split      val\n  queries    2\n  gallery    4 pictures\n"
            + "  counts     queries 2 (published: 3): NOT the official data, do not compare\n  reference  the reference stays in the ranking\n  terms      only for tests\n  cirrus     ",
            text, StringComparison.Ordinal);
        Assert.Matches(@"\n +dress +shirt +mean\nin % +R@1 +R@2 +R@1 +R@2 +R@1 +R@2\nmine +100\.00 +100\.00 +0\.00 +100\.00 +50\.00 +100\.00\nother +(0\.00 +){3}100\.00 +0\.00 +50\.00\n", text);
    }

    [Fact]
    public void Published_numbers_of_the_same_backbone_stand_below_with_split_and_source()
    {
        string text = Text(SmallBenchmark.Data("cirr", [Metric.Recall(1), Metric.SubsetRecall(2)], ["cirr"]), new KeyValuePair<string, string>("backbone", "ViT-L/14"));
        Assert.Contains("\npublished, ViT-L/14, of test1, while ours are of val:\n", text, StringComparison.Ordinal);
        Assert.Matches(@"\nPic2Word +23\.90 +74\.46\*  file, mem, Saito et al\. \(CVPR 2023\)\n", text);
        Assert.DoesNotContain("33.83", text, StringComparison.Ordinal);               // LinCIR on H/14
        Assert.Contains("mem, with *: remembered, not read again", text, StringComparison.Ordinal);
        Assert.Contains("No published number is of this model's size; the report has ", Text(SmallBenchmark.Data("cirr", [Metric.Recall(1)], ["cirr"])), StringComparison.Ordinal);
    }

    [Fact]
    public void Aspects_and_many_families_are_rows()
    {
        string text = Text(SmallBenchmark.Data("b", [Metric.MeanAveragePrecision(10)], ["f0", "f1", "f2", "f3", "f4", "f5"], ["negation", "addition"]));
        Assert.Matches(@"\nmAP@10 by family +queries +mine +other\nf0 +1 +100\.00 +33\.33\nf1 +1 +50\.00 +50\.00\n", text);
        Assert.Matches(@"\nmAP@10 by aspect +queries +mine +other\nnegation +6 +61\.11 +61\.11\n", text);
        Assert.DoesNotContain("published", text.Split("reference")[1], StringComparison.Ordinal);
        Assert.Contains("\nmAP@10 by aspect ", Text(SmallBenchmark.Data("b", [Metric.MeanAveragePrecision(5), Metric.MeanAveragePrecision(10)], ["f"], ["negation"])), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_wide_a_table_is_cut_by_kinds_of_metrics()
    {
        string text = Text(SmallBenchmark.Data("b", [.. new[] { 1, 2 }.Select(Metric.Recall), .. new[] { 1, 2 }.Select(Metric.AnyHit)], ["f0", "f1", "f2", "f3"]));
        Assert.Matches(@"\nin %( +R@1 +R@2){5}\n", text);
        Assert.Matches(@"\nin %( +Hit@1 +Hit@2){5}\n", text);
    }

    [Fact]
    public void A_split_without_answers_says_where_they_are() =>
        Assert.Matches(@"\nThe answers of test are not public: the authors' server has them, https?://[a-z./]+\. Write the files to upload with --submission DIR\.\n$",
            Text(SmallBenchmark.Data("circo", [], ["f0"], split: "test")));

    [Fact]
    public void Json_has_the_published_numbers_too()
    {
        using JsonDocument json = JsonDocument.Parse(SmallBenchmark.Evaluate(SmallBenchmark.Data("circo", [Metric.MeanAveragePrecision(5)], ["circo"]),
            new KeyValuePair<string, string>("backbone", "ViT-L/14")).Result.ToJson());
        JsonElement lincir = json.RootElement.GetProperty("published").EnumerateArray().First(p => p.GetProperty("method").GetString() == "LinCIR");
        JsonElement value = lincir.GetProperty("percent").GetProperty("all").GetProperty("map5");
        Assert.Equal(12.59, value.GetProperty("value").GetDouble());
        Assert.Equal("file", value.GetProperty("source").GetString());
        Assert.Equal("lincir", lincir.GetProperty("ours").GetString());
        Assert.Equal("4 pictures", json.RootElement.GetProperty("provenance").GetProperty("gallery").GetString());
    }

    private static string Text(BenchmarkData data, params KeyValuePair<string, string>[] provenance)
    {
        StringWriter text = new() { NewLine = "\n" };
        SmallBenchmark.Evaluate(data, provenance).WriteText(text);
        return text.ToString();
    }
}
