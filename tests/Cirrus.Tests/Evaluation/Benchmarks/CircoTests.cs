using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class CircoTests
{
    private const string Info = "COCO2017_unlabeled/annotations/image_info_unlabeled2017.json";
    private const string Images =
        """{"images": [{"id": 30, "file_name": "000000000030.jpg"}, {"id": 4, "file_name": "000000000004.jpg"}, {"id": 5, "file_name": "000000000005.jpg"}]}""";
    private const string Good =
        """{"reference_img_id": 5, "target_img_id": 4, "relative_caption": "has more cats", "shared_concept": "a cat", "gt_img_ids": [30, 4], "id": 0, "semantic_aspects": ["negation", "addition"]}""";

    [Fact]
    public void Official_val_has_the_published_counts()
    {
        BenchmarkData data = BenchmarkSource.Find("circo").Open(new(Shared.Need("data/benchmarks"), NeedsPictures: false));
        Benchmark b = data.Benchmark;
        Assert.Equal((220, 123403, false), (b.Queries.Count, b.Candidates.Count, b.DropReference));
        BenchmarkFolder.AsPublished(data, published: 3);
        Assert.Equal(Enumerable.Range(0, 220).Select(i => $"{i}"), b.Queries.Select(q => q.Id));
        Assert.All(b.Queries, q => Assert.DoesNotContain(q.Itself, q.Targets[0]));
        int[] howMany = [.. Enumerable.Range(1, 14).Select(n => b.Queries.Count(q => q.Targets[0].Length == n))];
        Assert.Equal([29, 45, 46, 28, 15, 11, 11, 15, 7, 4, 4, 4, 0, 1], howMany);
        Assert.Equal([37, 80, 21, 119, 86, 50, 164, 100, 54], b.Aspects.Select(a => b.Queries.Count(q => q.Aspects.Contains(a))));
        Assert.Equal("map5 map10 map25 map50 r5 r10 r25 r50", string.Join(' ', b.Metrics.Select(m => m.Key)));
    }

    [Fact]
    public void Official_test_asks_800_and_answers_none()
    {
        BenchmarkData data = BenchmarkSource.Find("circo").Open(new(Shared.Need("data/benchmarks"), "test", NeedsPictures: false));
        Benchmark b = data.Benchmark;
        Assert.Equal((800, 0, 0, 50), (b.Queries.Count, b.Truths.Count, b.Metrics.Count, b.Depth));
        BenchmarkFolder.AsPublished(data, published: 2);
        Assert.Equal(b.Queries[251].Captions, b.Queries[631].Captions);
        Assert.Equal(b.Queries[251].Reference, b.Queries[631].Reference);
    }

    [Fact]
    public void Cocos_list_is_the_gallery_in_its_order()
    {
        using BenchmarkFolder files = new(("CIRCO/annotations/val.json", $"[{Good}]"), ($"CIRCO/{Info}", Images));
        string picture = files.Write("CIRCO/COCO2017_unlabeled/unlabeled2017/000000000004.jpg", "");
        BenchmarkData data = files.Open("circo");
        Assert.Equal(["30", "4", "5"], data.Benchmark.Candidates);
        BenchmarkQuery q = Assert.Single(data.Benchmark.Queries);
        Assert.Equal((2, 2, "0", "has more cats"), (q.Reference, q.Itself, q.Id, q.Captions[0]));
        Assert.Equal([1, 0], q.Targets[0]);
        Assert.Equal(["negation", "addition"], q.Aspects);
        Assert.Equal((picture, true, 0), (data.Pictures[1].Find(), data.GalleryKnown, data.Notes.Count));
        Assert.Contains(data.Counts, c => c is { What: "pictures", Found: 3, Published: 123403 });
    }

    [Theory]
    [InlineData("annotations/image_info_unlabeled2017.json", "unlabeled2017")]
    [InlineData("image_info_unlabeled2017.json", "unlabeled2017")]
    public void Cocos_list_is_found_elsewhere_too(string list, string pictures)
    {
        using BenchmarkFolder files = new(("annotations/val.json", $"[{Good}]"), (list, Images));
        string picture = files.Write($"{pictures}/000000000030.jpg", "");
        Assert.Equal(picture, files.Open("circo").Pictures[0].Find());
    }

    [Fact]
    public void Without_cocos_list_a_stand_in_serves_rehearsals_alone()
    {
        using BenchmarkFolder files = new(("annotations/val.json", $"[{Good}]"));
        CirrusException e = files.Refuses("circo", "image_info_unlabeled2017.json");
        Assert.Contains("cocodataset.org", e.Hint, StringComparison.Ordinal);
        BenchmarkData data = files.Open("circo", needsPictures: false);
        Assert.False(data.GalleryKnown || data.Comparable);
        Assert.Contains("stand-in", Assert.Single(data.Notes), StringComparison.Ordinal);
        Assert.Contains("stand-in", data.Protocol, StringComparison.Ordinal);
        Assert.Equal(["4", "5", "30", "1000000"], data.Benchmark.Candidates.Take(4));
        Assert.Equal(123403, data.Benchmark.Candidates.Distinct().Count());
    }

    [Fact]
    public void A_drawn_playground_is_read_as_circo()
    {
        using TempFolder folder = new();
        PlaygroundBenchmark drawn = PlaygroundBenchmark.Make(Split.Val, 4, queries: 7);
        PlaygroundFiles.Write(folder.Path, drawn, Split.Val, side: 32);
        BenchmarkData data = BenchmarkSource.Find("circo").Open(new(folder.Path));
        Assert.Equal(drawn.Scenes.Count, data.Benchmark.Candidates.Count);
        Assert.Equal(drawn.Queries.Select(q => q.Concept), data.Benchmark.Queries.Select(q => q.Targets[0]));
        Assert.All(data.Pictures, p => Assert.NotNull(p.Find()));
    }

    [Theory]
    [InlineData("\"reference_img_id\": 5", "\"reference_img_id\": 6", "record 0, reference_img_id", "6")]
    [InlineData("\"reference_img_id\": 5", "\"reference_img_id\": \"5\"", "reference_img_id", "a text")]
    [InlineData("\"reference_img_id\": 5", "\"reference_img_id\": 5.5", "reference_img_id", "5.5")]
    [InlineData("[30, 4]", "[30]", "gt_img_ids", "target_img_id")]
    [InlineData("[30, 4]", "[30, 4, 30]", "gt_img_ids", "twice")]
    [InlineData("[30, 4]", "[]", "gt_img_ids", "target_img_id")]
    [InlineData("[30, 4]", "4", "gt_img_ids", "number 4")]
    [InlineData("\"id\": 0, ", "", "record 0", "'id'")]
    [InlineData("\"negation\"", "\"doubt\"", "semantic_aspects[0]", "doubt")]
    public void Wrong_records_are_told_by_file_and_field(string from, string to, params string[] parts)
    {
        using BenchmarkFolder files = new(("annotations/val.json", $"[{Good.Replace(from, to, StringComparison.Ordinal)}]"), (Info, Images));
        files.Refuses("circo", [.. parts, "val.json"]);
    }

    [Theory]
    [InlineData("\"id\": 30", "\"id\": 4", "has the id 4 of an earlier one")]
    [InlineData("000000000030.jpg", "../x.jpg", "file_name")]
    [InlineData("\"images\"", "\"pictures\"", "'images'")]
    public void Wrong_lists_of_pictures_are_refused(string from, string to, string part)
    {
        using BenchmarkFolder files = new(("annotations/val.json", $"[{Good}]"), (Info, Images.Replace(from, to, StringComparison.Ordinal)));
        files.Refuses("circo", part, "image_info_unlabeled2017.json");
    }

    [Fact]
    public void A_query_id_comes_once_and_aspects_may_be_missing()
    {
        using BenchmarkFolder files = new(("annotations/val.json", $"[{Good}, {Good}]"), (Info, Images));
        files.Refuses("circo", "record 1", "the id 0");
        files.Write("annotations/val.json", $"[{Good.Replace(""", "semantic_aspects": ["negation", "addition"]""", "", StringComparison.Ordinal)}]");
        Assert.Empty(files.Open("circo").Benchmark.Queries[0].Aspects);
    }
}
