using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class FashionIqTests
{
    private const string Good = """{"target": "B2", "candidate": "B1", "captions": ["is red. ", " longer"]}""";

    [Fact]
    public void Official_files_have_the_published_counts()
    {
        BenchmarkData data = BenchmarkSource.Find("fashioniq").Open(new(Shared.Need("data/benchmarks")));
        Benchmark b = data.Benchmark;
        BenchmarkFolder.AsPublished(data, published: 6);
        Assert.Equal(("fashioniq-val original", false), (data.Protocol, b.DropReference));
        Assert.Equal((3817 + 6346 + 5373, 6016, 6016), (b.Candidates.Count, b.Queries.Count, b.Queries.Select(q => q.Id).Distinct().Count()));
        Assert.Equal(b.Candidates.Distinct().Count(), data.Pictures.Count);
        Assert.Equal([3817, 6346, 5373], b.Queries.Select(q => q.Among!).Distinct().Select(a => a.Length));
        Assert.Equal(121, b.Queries.First(q => q.Family == "shirt").Among!.Select(i => b.Candidates[i])
            .Intersect(b.Queries.First(q => q.Family == "toptee").Among!.Select(i => b.Candidates[i])).Count());
        Assert.All(b.Queries, q =>
        {
            Assert.True(q.Among.AsSpan().Contains(q.Itself) && q.Among.AsSpan().Contains(q.Targets[0][0]));
            Assert.All(q.Captions, c => Assert.False(string.IsNullOrWhiteSpace(c)));
        });
        Assert.Equal(9, b.Queries.GroupBy(q => (q.Itself, string.Join('\n', q.Forms![CaptionForm.Annotators]))).Count(g => g.Count() > 1));
        Assert.Equal("r10 r50 avg", string.Join(' ', b.Metrics.Select(m => m.Key)));
    }

    [Fact]
    public void The_union_protocol_leaves_out_what_no_query_names()
    {
        BenchmarkData data = BenchmarkSource.Find("fashioniq").Open(new(Shared.Need("data/benchmarks"), Protocol: "union"));
        BenchmarkFolder.AsPublished(data, published: 6);
        Assert.Equal(("fashioniq-val union", false), (data.Protocol, data.Comparable));
        Assert.Equal([2628, 3089, 2902], data.Benchmark.Queries.Select(q => q.Among!).Distinct().Select(a => a.Length));
    }

    [Theory]
    [InlineData("shirt/1928", " and is grey with a design on the back", "is grey with a design on the back and ")]
    [InlineData("toptee/676", null, null)]
    [InlineData("toptee/1076", null, null)]
    public void An_empty_caption_is_joined_all_the_same(string id, string? first, string? second)
    {
        BenchmarkData data = BenchmarkSource.Find("fashioniq").Open(new(Shared.Need("data/benchmarks")));
        BenchmarkQuery q = Assert.Single(data.Benchmark.Queries, q => q.Id == id);
        Assert.Contains("", q.Forms![CaptionForm.Annotators]);
        Assert.Equal(2, q.Captions.Count);
        Assert.Single(q.Captions, c => c.StartsWith(" and ", StringComparison.Ordinal));
        if (first is not null)
            Assert.Equal([first, second!], q.Captions);
    }

    [Fact]
    public void Captions_have_the_forms_of_published_code()
    {
        using BenchmarkFolder files = Files($"[{Good}]");
        BenchmarkQuery q = files.Open("fashioniq").Benchmark.Queries[0];
        Assert.Equal(["is red and longer", "longer and is red"], q.Captions);
        Assert.Equal([" longer and is red. "], q.Forms![CaptionForm.Pic2Word]);
        Assert.Equal(["is red. ", " longer"], q.Forms[CaptionForm.Annotators]);
        Assert.Equal("dress/0", q.Id);
    }

    [Fact]
    public void Full_stops_question_marks_commas_and_blanks_are_trimmed_and_nothing_else()
    {
        using BenchmarkFolder files = Files("""[{"target": "B2", "candidate": "B1", "captions": [" ,?. is red!. ", "(\tlonger;?"]}]""");
        Assert.Equal(["is red! and (\tlonger;", "(\tlonger; and is red!"], files.Open("fashioniq").Benchmark.Queries[0].Captions);
    }

    [Fact]
    public void Two_blank_captions_still_are_a_text()
    {
        using BenchmarkFolder files = Files("""[{"target": "B2", "candidate": "B1", "captions": [" ", "."]}]""");
        Assert.Equal([" and ", " and "], files.Open("fashioniq").Benchmark.Queries[0].Captions);
    }

    [Fact]
    public void A_product_of_two_categories_is_one_picture_and_two_candidates()
    {
        using BenchmarkFolder files = Files($"[{Good}]");
        BenchmarkData data = files.Open("fashioniq");
        Assert.Equal(["B3", "B1", "B2", "B1", "S1", "T1", "T2"], data.Benchmark.Candidates);
        Assert.Equal(["B3", "B1", "B2", "S1", "T1", "T2"], data.Pictures.Select(p => p.Name));
        Assert.Equal([0, 1, 2, 1, 3, 4, 5], data.Candidates);
        Assert.Equal([1, 3, 5], data.Benchmark.Queries.Select(q => q.Itself));
        Assert.Equal([[0, 1, 2], [3, 4], [5, 6]], data.Benchmark.Queries.Select(q => q.Among!));
        Assert.Equal(["B1", "B2", "B1", "S1", "T1", "T2"], files.Open("fashioniq", protocol: "union").Benchmark.Candidates);
    }

    [Theory]
    [InlineData("captions", "images/B1.jpg")]
    [InlineData("json", "images/B1.png")]
    [InlineData("captions", "images/dress/B1.jpeg")]
    [InlineData("captions", "shirt/B1.jpg")]
    public void Folders_and_endings_vary(string captions, string picture)
    {
        using BenchmarkFolder files = Files($"[{Good}]", captions, "fashionIQ/");
        string full = files.Write($"fashionIQ/{picture}", "");
        Assert.Equal(full, files.Open("fashioniq").Pictures[1].Find());
    }

    [Theory]
    [InlineData("\"candidate\": \"B1\"", "\"candidate\": \"S1\"", "record 0, candidate", "S1")]
    [InlineData("\"target\": \"B2\", ", "", "record 0", "'target'")]
    [InlineData(", \" longer\"", "", "captions", "1 texts")]
    [InlineData("\" longer\"", "null", "captions[1]", "null")]
    public void Wrong_records_are_told_by_file_and_field(string from, string to, params string[] parts)
    {
        using BenchmarkFolder files = Files($"[{Good.Replace(from, to, StringComparison.Ordinal)}]");
        files.Refuses("fashioniq", [.. parts, "cap.dress.val.json"]);
    }

    [Theory]
    [InlineData("""["B1", "B2", "B1"]""", "record 2")]
    [InlineData("""["B1", "../B2"]""", "record 1")]
    [InlineData("""["B1", "B2", 3]""", "record 2")]
    [InlineData("""{"B1": "B2"}""", "an object")]
    public void Wrong_lists_of_products_are_refused(string list, string part)
    {
        using BenchmarkFolder files = Files($"[{Good}]");
        files.Write("image_splits/split.dress.val.json", list);
        files.Refuses("fashioniq", part, "split.dress.val.json");
    }

    [Fact]
    public void A_missing_category_is_named()
    {
        using BenchmarkFolder files = Files($"[{Good}]");
        File.Delete(Path.Combine(files.Path, "captions/cap.toptee.val.json"));
        files.Refuses("fashioniq", "cap.toptee.val.json");
    }

    private static BenchmarkFolder Files(string dress, string captions = "captions", string folder = "") => new(
        ($"{folder}{captions}/cap.dress.val.json", dress),
        ($"{folder}{captions}/cap.shirt.val.json", """[{"target": "S1", "candidate": "B1", "captions": ["a", "b"]}]"""),
        ($"{folder}{captions}/cap.toptee.val.json", """[{"target": "T2", "candidate": "T1", "captions": ["a", "b"]}]"""),
        ($"{folder}image_splits/split.dress.val.json", """["B3", "B1", "B2"]"""),
        ($"{folder}image_splits/split.shirt.val.json", """["B1", "S1"]"""),
        ($"{folder}image_splits/split.toptee.val.json", """["T1", "T2"]"""));
}
