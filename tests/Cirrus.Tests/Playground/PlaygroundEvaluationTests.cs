using System.Text.RegularExpressions;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class PlaygroundEvaluationTests : IDisposable
{
    private static readonly PlaygroundEvaluationOptions Small = new() { Seeds = 2, Queries = 21 };

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly List<EvaluatedMethod> _methods;

    public PlaygroundEvaluationTests()
    {
        _clip = DrawnClip.Create(_device);
        _methods = [.. new[] { "image", "text", "sum" }.Select(m => new EvaluatedMethod(m, Method.Find(m).Open(_clip, null)))];
    }

    public void Dispose()
    {
        _methods.ForEach(m => m.Composer.Dispose());
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Rows_are_all_methods_splits_truths_and_families()
    {
        List<string> said = [];
        EvaluationResult result = Run(Small, said.Add).Evaluation;
        Assert.Equal(["image", "text", "sum", "sum-tuned", "slerp-tuned"], result.Rows.Select(r => r.Method).Distinct());
        Assert.Equal(["seen", "unseen"], result.Rows.Select(r => r.Split).Distinct());
        Assert.Equal(["concept", "edit"], result.Rows.Select(r => r.Truth).Distinct());
        string[] families = ["attribute", "size", "domain conversion", "object composition", "scene", "replace", "two changes"];
        Assert.Equal(["all", .. families, "all, contrast", .. families.Select(f => f + ", contrast")], result.Rows.Select(r => r.Family).Distinct());
        Assert.Equal(5 * 2 * 2 * 16, result.Rows.Count);
        ScoreRow all = result.Find("sum", "unseen", "edit")!;
        Assert.Equal(36, all.Queries);                                                     // 2 seeds x 21 less 3 of size each
        Assert.Equal(families.Where(f => f != "size").Average(f => result.Find("sum", "unseen", "edit", f)!.Scores["map10"].Mean), all.Scores["map10"].Mean, 1e-12);
        Assert.Contains(result.Provenance, p => p.Key == "weights");
        Assert.Contains(result.Provenance, p => p.Key == "slerp-tuned image weight");
        Assert.Contains("playground-test-unseen-2", string.Join('\n', said), StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_alone_finds_itself_unless_it_is_dropped()
    {
        PlaygroundEvaluationOptions options = Small with { Seeds = 1, Splits = ["seen"], Tune = false };
        EvaluationResult kept = Run(options).Evaluation;
        EvaluationResult dropped = Run(options with { DropReference = true }).Evaluation;
        Assert.Equal(1, kept.Find("image", "seen", "concept")!.Scores["referenceFirst"].Mean);
        Assert.Equal(0, dropped.Find("image", "seen", "concept")!.Scores["referenceFirst"].Mean);
        Assert.Equal(1, kept.Find("image", "seen", "edit")!.Scores["unchangedFirst"].Mean);
        Assert.Equal(0, kept.Find("image", "seen", "concept")!.Scores["r1"].Mean);
    }

    [Fact]
    public void Weights_are_chosen_by_concept_on_val()
    {
        EvaluatedMethod sum = _methods[2];
        using Evaluator evaluator = PlaygroundEvaluation.EvaluatorOf(_clip, PlaygroundBenchmark.Make(Split.Val, Small.FirstSeed, queries: Small.Queries), "val", Small, contrasts: false,
            TestContext.Current.CancellationToken);
        double[] scores = [.. Enumerable.Range(0, 21).Select(i => evaluator.Run(sum with { ImageWeight = i / 20f }).MeanOfFamilies(PlaygroundEvaluation.Concept, PlaygroundEvaluation.Metrics[0]))];
        EvaluatedMethod tuned = Assert.Single(PlaygroundEvaluation.Tuned(_clip, [sum], Small, null, TestContext.Current.CancellationToken));
        Assert.Equal(Array.IndexOf(scores, scores.Max()) / 20f, tuned.ImageWeight);
        Assert.True(scores.Distinct().Count() > 2);
    }

    [Fact]
    public void Results_repeat_to_the_bit()
    {
        PlaygroundEvaluationOptions options = Small with { Splits = ["unseen"] };
        string[] runs = [.. Enumerable.Range(0, 2).Select(_ => (Run(options).Evaluation with { Seconds = 0 }).ToJson())];
        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public void The_report_stands_alone()
    {
        PlaygroundResult result = Run(Small with { Seeds = 1 });
        StringWriter page = new();
        PlaygroundReport.Create(result, losses: [3, 2, 1.5f, 1.2f]).Write(page);
        string html = page.ToString(), text = Regex.Replace(html, "base64,[A-Za-z0-9+/=]+", "base64");
        Assert.DoesNotMatch(new Regex("https?:|//[a-z]|<script|<link|<iframe|@import|url\\(|<base|srcset", RegexOptions.IgnoreCase), text);
        Assert.All(Regex.Matches(html, "src=\"([^\"]{0,30})"), m => Assert.StartsWith("data:image/png;base64,", m.Groups[1].Value, StringComparison.Ordinal));
        Assert.True(Regex.Count(html, "<img ") > 20);
        Assert.Contains("&lt;b&gt;&amp;", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("concept", html, StringComparison.Ordinal);
        Assert.Equal(6, Regex.Count(html, "<article>"));                                   // a query a family; size is apart
        Assert.Contains($"A question has {Right("seen")} right answers on seen pairs, {Right("unseen")} on unseen ones", html, StringComparison.Ordinal);
        Assert.Contains("edit", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        foreach (string tag in new[] { "section", "svg", "figure", "table", "article", "ol", "li", "div", "p" })
            Assert.Equal(Regex.Count(html, $"<{tag}[ >]"), Regex.Count(html, $"</{tag}>"));

        string Right(string split) => result.First[split].Queries.Average(q => q.Concept.Length).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_report_is_about_its_subject_and_what_that_learned_from()
    {
        EvaluatedMethod sum = _methods[2];
        PlaygroundResult result = PlaygroundEvaluation.Run(_clip, [.. _methods, sum with { Name = "pic2word", TrainSeconds = 12 }, sum with { Name = "pic2word anchored" }],
            Small with { Seeds = 1, Splits = ["seen"], Tune = false }, stop: TestContext.Current.CancellationToken);
        string about = Page("pic2word"), untrained = Page("sum");
        Assert.Contains("pic2word was trained in 12 seconds on pictures alone.", about, StringComparison.Ordinal);
        Assert.Contains("<strong>12 s</strong><span>of training</span><small>on pictures alone</small>", about, StringComparison.Ordinal);
        Assert.Contains("pic2word learned from pictures alone.", about, StringComparison.Ordinal);
        Assert.Contains("The paler bars are the same pic2word, asked in other ways.", about, StringComparison.Ordinal);
        Assert.Contains("of image, words or their plain sum</span>", about, StringComparison.Ordinal);
        Assert.DoesNotContain("of image, words or their plain sum</span>", untrained, StringComparison.Ordinal);      // it is one of them
        Assert.DoesNotContain("paler", untrained, StringComparison.Ordinal);
        Assert.DoesNotContain("unseen", about, StringComparison.Ordinal);

        string Page(string subject)
        {
            StringWriter page = new();
            PlaygroundReport.Create(result, subject, [3, 2, 1]).Write(page);
            return Regex.Replace(page.ToString(), "base64,[A-Za-z0-9+/=]+", "base64");
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused() =>
        Assert.Throws<CirrusException>(() => Run(Small with { Splits = ["test"] }));

    private PlaygroundResult Run(PlaygroundEvaluationOptions options, Action<string>? report = null) =>
        PlaygroundEvaluation.Run(_clip, _methods, options, [new("weights", "<b>&")], report, TestContext.Current.CancellationToken);
}
