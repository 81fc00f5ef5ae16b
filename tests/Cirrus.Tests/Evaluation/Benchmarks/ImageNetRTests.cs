using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class ImageNetRTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_official_lists_hold_what_is_published()
    {
        BenchmarkData data = BenchmarkSource.Find("imagenet-r").Open(new(Shared.Need("data/benchmarks")));
        Benchmark b = data.Benchmark;
        Assert.All(data.Counts, c => Assert.False(c.Differs, c.What));
        Assert.Equal((40000, 16983, 10000, 16983), (b.Queries.Count, b.Candidates.Count, b.References.Count, data.Pictures.Count));
        Assert.All(b.Queries, q => Assert.Equal(b.References[q.Reference], b.Candidates[q.Itself]));
        Assert.All(b.Queries.Take(50), q => Assert.StartsWith("imgnet/imagenet-r/" + b.References[q.Reference].Split('/')[2],
            b.Candidates[q.Targets[0][0]], StringComparison.Ordinal));

        // A perfect ranking: what the domains can reach at most, and how many queries nothing is right for.
        Outcome perfect = Outcome.OfRankings(b, "perfect", [.. b.Queries.Select(q => q.Targets[0])]);
        (string, int, int, int, string, string)[] found = [.. b.Queries.GroupBy(q => q.Family).Select(g =>
            (g.Key, Classes(g), g.Count(q => q.Targets[0].Length == 0), g.Max(q => q.Targets[0].Length),
            Percent(g.Key, "r10"), Percent(g.Key, "r50")))];
        Assert.Equal([("cartoon", 153, 2350, 81, "41.4", "75.5"), ("origami", 106, 4700, 33, "50.1", "53.0"),
            ("toy", 144, 2800, 45, "60.5", "72.0"), ("sculpture", 142, 2900, 55, "63.8", "71.0")], found);
        Assert.Equal(0.765, Mean("cartoon", "hit10"), 1e-12);

        static int Classes(IEnumerable<BenchmarkQuery> queries) => queries.Select(q => q.Targets[0]).Where(t => t.Length > 0).Distinct().Count();

        double Mean(string family, string metric) =>
            perfect.Mean(0, b.Metrics.Index().Single(m => m.Item.Key == metric).Index, q => q.Family == family)!.Value;

        string Percent(string family, string metric) =>
            (100 * Mean(family, metric)).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_photograph_is_asked_about_once_a_domain_and_stays_a_distractor()
    {
        Write();
        BenchmarkData data = Read();
        Benchmark b = data.Benchmark;
        Assert.Equal(["cartoon/0", "cartoon/1", "origami/0", "origami/1", "toy/0", "toy/1", "sculpture/0", "sculpture/1"],
            b.Queries.Select(q => q.Id));
        Assert.Equal([[0, 1], [], [], [], [], [2], [], []], b.Queries.Select(q => q.Targets[0]));
        Assert.Equal([3, 4], b.Queries.Take(2).Select(q => q.Itself));
        Assert.False(b.DropReference);
        Assert.Equal(("a toy of $", "a toy of"), (b.Queries[5].Prompt, b.Queries[5].Captions.Single()));
        Assert.Equal(["as a cartoon, drawing", "as an origami", "as a toy, plastic model", "as a sculpture"],
            b.Queries.Where((_, i) => i % 2 == 0).Select(q => q.Forms![CaptionForm.Annotators].Single()));
        Assert.Equal([3, 4], data.References);
    }

    [Fact]
    public void The_share_of_right_pictures_is_no_hit_rate()
    {
        Write();
        Outcome outcome = Outcome.OfRankings(Read().Benchmark, "m", [[4, 1, 3], [0], [], [], [], [2], [], []]);
        Metric[] metrics = [.. outcome.Benchmark.Metrics];
        double[] Of(string key) => outcome.Values[0][Array.FindIndex(metrics, m => m.Key == key)];
        Assert.Equal([1 / 2.00001, 0, 0, 0, 0, 1 / 1.00001, 0, 0], Of("r10"));
        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0], Of("hit10"));
        Assert.Equal([1 / 5.0, 0, 0, 0, 0, 1 / 5.0, 0, 0], Of("p50"));      // the gallery has 5
    }

    [Theory]
    [InlineData("", "imgnet")]
    [InlineData("imgnet", "")]
    [InlineData("data/imgnet", "data")]
    public void The_lists_and_pictures_are_found_in_every_layout(string lists, string pictures)
    {
        Write(lists);
        string expected = lists.Length == 0 ? _folder.At("real/n1/a.JPEG") : _folder.At(Path.Combine(pictures, "imgnet/real/n1/a.JPEG"));
        Assert.Contains(expected, Read().Pictures[3].Places);
    }

    [Theory]
    [InlineData("imgnet/real/n1/a.JPEG", "line 1: 'imgnet/real/n1/a.JPEG' is not a path and a label")]
    [InlineData("imgnet/real/n1/a.JPEG 7 8", "is not a path and a label")]
    [InlineData("imgnet/real/n1/a.JPEG -1", "is not a path and a label")]
    [InlineData("/etc/real/n1/a.JPEG 1", "is not a path and a label")]
    [InlineData("imgnet/../../a.JPEG 1", "is not a path and a label")]
    [InlineData("imgnet/real/n2/b.JPEG 1", "line 2: 'imgnet/real/n2/b.JPEG' is there twice")]
    [InlineData("imgnet/real/n1/a.JPEG 2001", "line 1: the label is 2001")]
    public void A_malformed_line_is_told_by_its_number(string line, string message)
    {
        Write(query: line);
        CirrusException error = Assert.Throws<CirrusException>(Read);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("imgnet_real_query.txt", error.Message, StringComparison.Ordinal);
    }

    private BenchmarkData Read() => BenchmarkSource.Find("imagenet-r").Open(new(_folder.Path));

    private void Write(string lists = "imgnet", string query = "imgnet/real/n1/a.JPEG 2 ") => WriteInto(_folder.At(lists), query);

    internal static void WriteInto(string folder, string query)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "imgnet_real_query.txt"), query + "\nimgnet/real/n2/b.JPEG 5 \n");
        File.WriteAllText(Path.Combine(folder, "imgnet_targets.txt"), """
            imgnet/imagenet-r/n1/cartoon_1.jpg 2 
            imgnet/imagenet-r/n1/cartoon_2.jpg 2 
            imgnet/imagenet-r/n2/toy_1.jpg 2005 
            imgnet/real/n1/a.JPEG 6002 
            imgnet/real/n2/b.JPEG 6005 

            """);
    }
}
