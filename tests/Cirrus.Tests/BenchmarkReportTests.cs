using System.Text.RegularExpressions;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;

namespace Cirrus.Tests;

public sealed class BenchmarkReportTests
{
    private static readonly Metric[] Recalls = [Metric.Recall(1), Metric.Recall(10)];
    private static readonly KeyValuePair<string, string> Large = new("backbone", "ViT-L/14");

    [Fact]
    public void The_table_has_our_numbers_and_published_ones_of_the_same_backbone_with_their_source()
    {
        string html = Page(SmallBenchmark.Evaluate(SmallBenchmark.Data("fashioniq", Recalls, ["dress", "shirt", "toptee"]), Large));
        Assert.Contains("<th scope=\"colgroup\" colspan=\"2\" class=\"group\">toptee</th>", html, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"strong\"><th scope=\"row\">mine</th><td class=\"best edge\">100.00</td><td class=\"best\">100.00</td>",
            html, StringComparison.Ordinal);
        Assert.Contains("published, ViT-L/14, val as here", html, StringComparison.Ordinal);
        Assert.Matches(
            "<tr class=\"quiet\"><th scope=\"row\">LinCIR<small>file, Gu et al\\. \\(CVPR 2024\\)</small></th><td "
                + "class=\"edge\"></td><td>20\\.92</td>.*<td>26\\.28</td></tr>", html);
        Assert.DoesNotContain("36.26", html, StringComparison.Ordinal);               // LinCIR on H/14
        Assert.Equal(4, Regex.Count(html, "<figcaption>(mean of families|dress|shirt|toptee)</figcaption>"));
        Assert.Contains(
            "aria-label=\"right answers found, in percent, by K: mine from 33.3 % at 1 to 100.0 % at 4; other from 33.3 % at 1 to 100.0 % at 4\"",
                html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_results_give_the_same_bytes()
    {
        BenchmarkData data = SmallBenchmark.Data("cirr", Recalls, ["cirr"]);
        string first = Page(SmallBenchmark.Evaluate(data, Large));
        Assert.Equal(first, Page(SmallBenchmark.Evaluate(data, Large)));
        Assert.Contains("of test1, while ours are of val", first, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_pictures_ids_stand_in_their_place_and_words_stay_text()
    {
        string html = Page(SmallBenchmark.Evaluate(SmallBenchmark.Data("b", Recalls, ["x", "y"])));
        Assert.Contains("NOT the official data", html.Split("</header>")[0], StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains(
            "<div class=\"query\"><span class=\"id\">a</span><p><small>x/0: first right answer at place 1</small>is &lt;red&gt;</p></div>",
                html, StringComparison.Ordinal);
        Assert.Contains("<li class=\"right\"><span class=\"id\">b</span><b>✓</b></li>", html, StringComparison.Ordinal);
        Assert.Contains("<li class=\"unchanged\"><span class=\"id\">a</span><b>=</b></li>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_are_there_are_shown_small_and_broken_ones_are_not()
    {
        using TempFolder folder = new();
        byte[] grey = new byte[400 * 200 * 3];
        Array.Fill(grey, (byte)128);
        File.WriteAllBytes(folder.At("a.png"), ImageFile.EncodeJpeg(new(400, 200, PictureMode.Rgb, grey)));
        File.WriteAllText(folder.At("b.png"), "<html>gone</html>");
        string html = Page(SmallBenchmark.Evaluate(SmallBenchmark.Data("b", Recalls, ["x"], folder: folder.Path)));
        byte[] shown = Convert.FromBase64String(Regex.Match(html, "src=\"data:image/jpeg;base64,([^\"]+)\" alt=\"a\"").Groups[1].Value);
        Picture small = ImageFile.Decode(shown, "a");
        Assert.Equal((160, 80), (small.Width, small.Height));
        Assert.Contains("<span class=\"id\">b</span>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_benchmarks_are_one_page_with_common_facts_once()
    {
        StringWriter html = new();
        BenchmarkReport.Create([SmallBenchmark.Evaluate(SmallBenchmark.Data("b", Recalls, ["x"])),
            SmallBenchmark.Evaluate(SmallBenchmark.Data("circo", [], ["x"], split: "test"))],
            ["genecis: not found"]).Write(html);
        string page = html.ToString();
        Assert.Contains("<h2>b-val small: all numbers</h2>", page, StringComparison.Ordinal);
        Assert.Contains("<h2>circo-test small: answers are elsewhere</h2>", page, StringComparison.Ordinal);
        Assert.Contains("<li>genecis: not found</li>", page, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(page, "<dt>cirrus</dt>"));
        Assert.Contains("<dt>circo: protocol</dt><dd>circo-test small</dd>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Best_and_worst_are_those_where_others_differ()
    {
        BenchmarkQuery[] queries = [.. Enumerable.Range(0, 4).Select(i => new BenchmarkQuery(i, i, ["x"], [i == 3 ? [] : [1]], "f"))];
        Benchmark benchmark = new("b", "val", ["a", "b", "c", "d"], ["a", "b", "c", "d"], ["target"], queries, []);
        Outcome mine = Outcome.OfRankings(benchmark, "mine", [[1, 0], [1, 0], [0, 2], [0, 1]]),
            other = Outcome.OfRankings(benchmark, "other", [[1, 0], [0, 1], [1, 0], [0, 1]]);
        (int[] best, int[] worst) = Standouts.Of(mine, [other], 0, 1);
        Assert.Equal([1], best);                                                      // right at once, and late with the other
        Assert.Equal([2], worst);                                                     // never found, and at once by the other; 3 has no answer
    }

    [Fact]
    public void Curves_are_shares_of_the_right_answers_in_the_mean_of_families()
    {
        BenchmarkQuery[] queries = [new(0, -1, ["x"], [[1, 2]], "f"), new(0, -1, ["x"], [[3]], "f"), new(0, -1, ["x"], [[0]], "g")];
        Outcome outcome = Outcome.OfRankings(new("b", "val", ["a", "b", "c", "d"], ["a"], ["target"], queries, []), "m", [[1, 0, 2], [0, 3], []]);
        Assert.Equal([0.125, 0.375, 0.5], RankCurve.Of(outcome, 0, 3));               // f: (1/2 + 0)/2, then (1/2 + 1)/2, then 1; g: 0
    }

    private static string Page(EvaluatedBenchmark evaluated)
    {
        StringWriter html = new();
        BenchmarkReport.Create(evaluated).Write(html);
        return html.ToString();
    }
}
