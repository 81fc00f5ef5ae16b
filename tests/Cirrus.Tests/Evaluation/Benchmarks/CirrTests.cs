using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class CirrTests
{
    private const string Split =
        """{"dev-0": "./dev/dev-0.png", "dev-1": "./dev/dev-1.png", "dev-2": "./dev/dev-2.png", "dev-3": "./dev/dev-3.png"}""";
    private const string Good =
        """{"pairid": 7, "reference": "dev-2", "target_hard": "dev-0", "target_soft": {"dev-0": -1.0}, "caption": "more dogs", "img_set": {"id": 3, "members": ["dev-0", "dev-2", "dev-3"]}}""";

    [Theory]
    [InlineData("val", 4181, 2297, 2165)]
    [InlineData("test1", 4148, 2315, 2178)]
    public void Official_files_have_the_published_counts(string split, int pairs, int pictures, int references)
    {
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(Shared.Need("data/benchmarks"), split));
        Benchmark b = data.Benchmark;
        Assert.Equal((pairs, pictures, references), (b.Queries.Count, b.Candidates.Count, b.Queries.Select(q => q.Reference).Distinct().Count()));
        BenchmarkFolder.AsPublished(data, published: 4);
        Assert.Equal(b.Queries.Count, b.Queries.Select(q => q.Id).Distinct().Count());
        Assert.All(b.Queries, q =>
        {
            Assert.Equal(6, q.Subset!.Distinct().Count());
            Assert.Contains(q.Itself, q.Subset!);
            Assert.True(split != "val" || (q.Subset!.Contains(q.Targets[0][0]) && q.Targets[0][0] != q.Itself));
        });
        Assert.True(b.DropReference);
        Assert.Equal(split == "val" ? "r1 r5 r10 r50 rs1 rs2 rs3 avg" : "", string.Join(' ', b.Metrics.Select(m => m.Key)));
    }

    [Theory]
    [InlineData("val", 6)]
    [InlineData("test1", 4)]
    public void The_same_question_twice_is_two_queries(string split, int repeated)
    {
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(Shared.Need("data/benchmarks"), split));
        Assert.Equal(repeated, data.Benchmark.Queries.GroupBy(q => (q.Reference, q.Captions[0])).Sum(g => g.Count() - 1));
    }

    [Fact]
    public void A_blank_caption_stays_a_query()
    {
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(Shared.Need("data/benchmarks"), "test1"));
        BenchmarkQuery blank = Assert.Single(data.Benchmark.Queries, q => string.IsNullOrWhiteSpace(q.Captions[0]));
        Assert.Equal(("27098", " "), (blank.Id, blank.Captions[0]));
    }

    [Theory]
    [InlineData(" ", "a photo of $ that")]
    [InlineData("more dogs", "a photo of $ that more dogs")]
    public void Blank_words_are_still_put_into_the_sentence(string caption, string sentence)
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good.Replace("more dogs", caption, StringComparison.Ordinal)}]"),
            ("image_splits/split.rc2.val.json", Split));
        using Device device = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(device);
        using LinCirComposer lincir = new(clip, MappingNetwork.Random(device, clip.Config.P, clip.Config.Text.Width, new(5, 0)));
        Assert.Equal(sentence, Assert.Single(new EvaluatedMethod("lincir", lincir, WritesSentences: true).PromptsOf(files.Open("cirr").Benchmark.Queries[0])));
    }

    [Theory]
    [InlineData("", "img_raw/dev/dev-2.png")]
    [InlineData("cirr", "dev/dev-2.png")]
    [InlineData("", "dev/dev-2.png")]
    public void Three_layouts_are_found(string folder, string picture)
    {
        using BenchmarkFolder files = new((Path.Combine(folder, "captions/cap.rc2.val.json"), $"[{Good}]"),
            (Path.Combine(folder, "image_splits/split.rc2.val.json"), Split));
        string full = files.Write(picture, "");
        BenchmarkData data = files.Open("cirr");
        Assert.Equal(full, data.Pictures[data.References[data.Benchmark.Queries[0].Reference]].Find());
        Assert.Null(data.Pictures[0].Find());
        BenchmarkData inside = BenchmarkSource.Find("cirr").Open(new(Path.Combine(files.Path, folder) + "/"));
        Assert.Equal(full, inside.Pictures[2].Find());
    }

    [Fact]
    public void Train_pictures_may_lack_their_sub_folder()
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good}]"),
            ("image_splits/split.rc2.val.json", Split.Replace("./dev/dev-1", "./train/34/dev-1", StringComparison.Ordinal)));
        string flat = files.Write("train/dev-1.png", "");
        Assert.Equal(flat, files.Open("cirr").Pictures[1].Find());
    }

    [Fact]
    public void Pic2Words_cuts_are_asked_by_its_protocol()
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good}]"), ("image_splits/split.rc2.val.json", Split));
        BenchmarkData data = BenchmarkSource.Find("cirr").Open(new(files.Path, Protocol: "pic2word"));
        Assert.Equal("r1 r5 r10 r50 r100", string.Join(' ', data.Benchmark.Metrics.Select(m => m.Key)));
        Assert.Equal(("cirr-val pic2word", 100), (data.Protocol, data.Benchmark.Depth));
        BenchmarkData usual = files.Open("cirr");
        Assert.Equal(("cirr-val", 50), (usual.Protocol, usual.Benchmark.Depth));
    }

    [Fact]
    public void A_record_becomes_a_query()
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good}]"), ("image_splits/split.rc2.val.json", Split));
        BenchmarkData data = files.Open("cirr");
        BenchmarkQuery q = Assert.Single(data.Benchmark.Queries);
        Assert.Equal(("7", 2, "more dogs"), (q.Id, q.Itself, q.Captions[0]));
        Assert.Equal([0], q.Targets[0]);
        Assert.Equal([0, 2, 3], q.Subset!);
        Assert.True(data.Benchmark.DropReference);
        Assert.Contains(data.Counts, c => c is { What: "pairs", Found: 1, Published: 4181, Differs: true });
    }

    [Theory]
    [InlineData("\"reference\": \"dev-2\"", "\"reference\": \"dev-9\"", "record 0, reference", "dev-9")]
    [InlineData("\"reference\": \"dev-2\"", "\"reference\": \"dev-0\"", "record 0", "target_hard")]
    [InlineData("\"target_hard\": \"dev-0\"", "\"target_hard\": \"dev-1\"", "members", "lacks")]
    [InlineData("\"target_hard\": \"dev-0\", ", "", "record 0", "target_hard")]
    [InlineData("\"dev-2\", \"dev-3\"]", "\"dev-2\", \"dev-2\"]", "members", "twice")]
    [InlineData("\"pairid\": 7", "\"pairid\": \"7\"", "pairid", "a text")]
    [InlineData("\"caption\": \"more dogs\"", "\"caption\": 5", "caption", "number 5")]
    [InlineData("\"more dogs\"", "\"\\ud800\"", "caption", "broken characters")]
    [InlineData("{\"pairid\"", "[{\"pairid\"", "not JSON", "cap.rc2.val.json")]
    [InlineData("\"img_set\": {\"id\": 3, ", "\"img_set\": {", "img_set", "'id'")]
    public void Wrong_records_are_told_by_file_and_field(string from, string to, params string[] parts)
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good.Replace(from, to, StringComparison.Ordinal)}]"),
            ("image_splits/split.rc2.val.json", Split));
        files.Refuses("cirr", [.. parts, "cap.rc2.val.json"]);
    }

    [Theory]
    [InlineData("./dev/dev-0.png", "../../dev-0.png", "'dev-0'")]
    [InlineData("./dev/dev-0.png", "/etc/dev-0.png", "'dev-0'")]
    [InlineData("./dev/dev-0.png", "dev/\\u0000.png", "'dev-0'")]
    [InlineData("\"dev-1\":", "\"dev-0\":", "twice")]
    [InlineData("{", "[{", "not JSON")]
    public void Wrong_lists_of_pictures_are_refused(string from, string to, string part)
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good}]"),
            ("image_splits/split.rc2.val.json", Split.Replace(from, to, StringComparison.Ordinal)));
        files.Refuses("cirr", part, "split.rc2.val.json");
    }

    [Fact]
    public void Twice_the_same_pair_and_no_pair_are_refused()
    {
        using BenchmarkFolder files = new(("captions/cap.rc2.val.json", $"[{Good}, {Good}]"), ("image_splits/split.rc2.val.json", Split));
        files.Refuses("cirr", "record 1", "7");
        files.Write("captions/cap.rc2.val.json", "[]");
        files.Refuses("cirr", "no query");
    }
}
