using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class CustomTests
{
    private const string Good = """{"image": "shop/a.jpg", "text": "in blue", "targets": ["shop/b.jpg"]}""";

    [Fact]
    public void Lines_and_a_folder_are_enough()
    {
        using BenchmarkFolder files = Pictures(("queries.jsonl", $$"""

            {{Good}}
            {"id": "two", "image": "./asked/q.jpg", "text": ["older", "as it was"], "targets": ["shop/c.png", "shop/a.jpg"], "family": "age", "aspects": ["time", "colour"]}
            """));
        BenchmarkData data = files.Open("custom");
        Benchmark b = data.Benchmark;
        Assert.Equal(["asked/q.jpg", "shop/a.jpg", "shop/b.jpg", "shop/c.png"], b.Candidates);
        Assert.Equal(["0", "two"], b.Queries.Select(q => q.Id));
        Assert.Equal([1, 0], b.Queries.Select(q => q.Itself));
        Assert.Equal([3, 1], b.Queries[1].Targets[0]);
        Assert.Equal(["older", "as it was"], b.Queries[1].Captions);
        Assert.Equal(["other", "age"], b.Queries.Select(q => q.Family));
        Assert.Equal(["time", "colour"], b.Aspects);
        Assert.Equal((false, "r1 r5 r10 r50 map10"), (b.DropReference, string.Join(' ', b.Metrics.Select(m => m.Key))));
        Assert.All(data.Pictures, p => Assert.NotNull(p.Find()));
    }

    [Fact]
    public void A_header_and_a_list_with_ids_decide_the_gallery()
    {
        using BenchmarkFolder files = Pictures(("list.tsv", "A\tshop/a.jpg\n\nB\t./shop/b.jpg\nshop/c.png\n"), ("queries.json",
            """
            {"drop_reference": true, "gallery": "list.tsv", "queries": [
              {"id": 5, "image": "asked/q.jpg", "text": "in blue", "targets": ["B"], "subset": ["A", "shop/b.jpg"]},
              {"image": "A", "text": "in blue", "targets": ["shop/b.jpg"], "subset": ["shop/c.png", "B"]},
              {"image": "asked/q.jpg", "text": "in red", "targets": ["A"], "subset": ["A", "B"]}]}
            """));
        BenchmarkData data = files.Open("custom");
        Benchmark b = data.Benchmark;
        Assert.Equal(["A", "B", "shop/c.png"], b.Candidates);
        Assert.Equal([-1, 0, -1], b.Queries.Select(q => q.Itself));
        Assert.Equal([0, 1, 0], b.Queries.Select(q => q.Reference));
        Assert.Equal(["asked/q.jpg", "A"], b.References);
        Assert.Equal([3, 0], data.References);
        Assert.Equal(["5", "1", "2"], b.Queries.Select(q => q.Id));
        Assert.Equal([2, 1], b.Queries[1].Subset!);
        Assert.Equal((true, "rs1 rs2 rs3"), (b.DropReference, string.Join(' ', b.Metrics.Skip(5).Select(m => m.Key))));
        Assert.All(data.Pictures, p => Assert.NotNull(p.Find()));
    }

    [Fact]
    public void A_header_line_may_name_a_folder()
    {
        using BenchmarkFolder files = Pictures(("queries.jsonl", $$"""
            {"gallery": "shop"}
            {"image": "asked/q.jpg", "text": "in blue", "targets": ["shop/b.jpg"]}
            """));
        Assert.Equal(["shop/a.jpg", "shop/b.jpg", "shop/c.png"], files.Open("custom").Benchmark.Candidates);
    }

    [Fact]
    public void It_runs_on_synthetic_features()
    {
        using BenchmarkFolder files = Pictures(("queries.jsonl", Good));
        using Device device = Device.Open("cpu");
        EvaluatedBenchmark evaluated = BenchmarkEvaluation.Rehearse(files.Open("custom"), 1, device, TestContext.Current.CancellationToken);
        Assert.Equal(1, evaluated.Result.Rows[0].Scores["r5"].Mean);
    }

    [Theory]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": []}""", "line 1, targets", "empty")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": ["shop/z.jpg"]}""", "targets[0]", "shop/z.jpg")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg", "./shop/b.jpg"]}""", "targets[1]", "once more")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": "shop/b.jpg"}""", "targets", "a text")]
    [InlineData("""{"image": "shop/a.jpg", "text": " ", "targets": ["shop/b.jpg"]}""", "line 1, text", "blank")]
    [InlineData("""{"image": "shop/a.jpg", "text": [], "targets": ["shop/b.jpg"]}""", "line 1, text", "empty")]
    [InlineData("""{"image": "shop/a.jpg", "targets": ["shop/b.jpg"]}""", "line 1", "'text'")]
    [InlineData("""{"imgae": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""", "line 1", "'imgae'")]
    [InlineData("""{"image": "shop/a.jpg", "image": "shop/b.jpg", "text": "x", "targets": ["shop/b.jpg"]}""", "'image' twice")]
    [InlineData("""{"image": "../a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""", "image", "../a.jpg")]
    [InlineData("""{"image": "/etc/a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""", "image", "/etc/a.jpg")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"], "family": "all"}""", "family", "all")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"], "subset": ["shop/c.png"]}""", "subset", "none of the targets")]
    [InlineData("""{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""" + "\n" + """{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"], "subset": ["shop/b.jpg"]}""", "line 2", "subset")]
    [InlineData("""{"id": 1, "image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""" + "\n" + """{"image": "shop/a.jpg", "text": "x", "targets": ["shop/b.jpg"]}""", "line 2", "'1'")]
    [InlineData("""{"drop_reference": "yes"}""", "drop_reference", "a text")]
    [InlineData("""{"drop_reference": true}""" + "\n" + """{"image": "shop/a.jpg", "text": "x", "targets": ["shop/a.jpg"]}""", "line 2", "its own picture")]
    [InlineData("""{"gallery": "nowhere"}""", "gallery", "nowhere")]
    [InlineData("""{"gallery": "../"}""", "gallery", "../")]
    [InlineData("""[1]""", "line 1", "a list")]
    [InlineData("""{"image": """, "line 1", "not JSON")]
    [InlineData("", "no query")]
    public void Wrong_lines_are_told_by_line_and_field(string lines, params string[] parts)
    {
        using BenchmarkFolder files = Pictures(("queries.jsonl", lines));
        files.Refuses("custom", parts);
    }

    [Theory]
    [InlineData("shop/a.jpg\nshop/a.jpg", "shop/a.jpg")]
    [InlineData("A\tshop/a.jpg\nA\tshop/b.jpg", "'A'")]
    [InlineData("A\tshop/a.jpg\tx", "line 1")]
    [InlineData("shop/a.jpg\nB\t../b.jpg", "line 2")]
    [InlineData("shop/b.jpg\tshop/a.jpg\nB\tshop/b.jpg", "shop/b.jpg")]
    [InlineData("\n", "empty")]
    public void Wrong_lists_are_refused(string list, string part)
    {
        using BenchmarkFolder files = Pictures(("queries.jsonl", Good), ("gallery.txt", list));
        files.Refuses("custom", part);
    }

    [Fact]
    public void One_file_of_queries_and_no_more()
    {
        using BenchmarkFolder files = Pictures();
        files.Refuses("custom", "neither");
        files.Write("queries.json", $"[{Good}]");
        Assert.Single(files.Open("custom").Benchmark.Queries);
        files.Write("queries.jsonl", Good);
        files.Refuses("custom", "both");
    }

    private static BenchmarkFolder Pictures(params (string Path, string Text)[] files) =>
        new([("shop/a.jpg", ""), ("shop/b.jpg", ""), ("shop/c.png", ""), ("shop/notes.txt", ""), ("asked/q.jpg", ""), .. files]);
}
