using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Playground.Compare;
using Cirrus.Tests.Evaluation;

namespace Cirrus.Tests.Playground.Compare;

/// <summary>The sentences follow the numbers: made-up rows of a zero-shot, a supervised and two untrained methods.</summary>
public sealed class ComparisonWordsTests
{
    private const string Attribute = "attribute", Object = "object composition";

    [Fact]
    public void The_winner_is_the_one_with_the_highest_mean()
    {
        string all = Words(0.4, 0.3, 0.3);
        Assert.Contains("concept, seen pairs): lincir leads with a mAP@10 of 40.0 % (95 %: 39.0 to 41.0); taught follows with 30.0 %.", all, StringComparison.Ordinal);
        Assert.Contains("Training without right answers pays: lincir makes 2.00 times the mAP@10 of the best untrained method, slerp.", all, StringComparison.Ordinal);
        Assert.Contains("slerp answers 60.0 % of the questions with a picture of the unchanged scene first", all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_supervised_winner_is_told_from_those_that_saw_no_answer()
    {
        string all = Words(0.4, 0.6, 0.3);
        Assert.Contains("taught leads with a mAP@10 of 60.0 %", all, StringComparison.Ordinal);
        Assert.Contains("of those that have not, lincir is best with 40.0 %", all, StringComparison.Ordinal);
        Assert.Contains("makes 1.50 times the mAP@10 of the best zero-shot method, lincir on seen pairs and 0.75 times on unseen ones: a part of what it learned are the pairs", all, StringComparison.Ordinal);
        Assert.Contains("lincir leads in place of taught", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_within_the_interval_cannot_be_told_apart() =>
        Assert.Contains("lincir leads with a mAP@10 of 40.0 % (95 %: 39.0 to 41.0); taught cannot be told from it.", Words(0.4, 0.395, 0.3), StringComparison.Ordinal);

    [Fact]
    public void Where_training_does_not_pay_it_is_said()
    {
        string all = Words(0.1, 0.05, 0.1);
        Assert.Contains("Training without right answers does not pay: lincir makes 0.50 times", all, StringComparison.Ordinal);
        Assert.Contains("loses in ", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_are_weighed_against_methods()
    {
        string all = string.Join('\n', ComparisonWords.Of(Result(0.4, 0.3, 0.3) with
        {
            Sizes = [new("small", 100, "lincir", 5, Around(0.1)), new("small", 100, "other", 5, Around(0.15)), new("full", 1000, "lincir", 60, Around(0.4)), new("full", 1000, "other", 60, Around(0.35))],
        }));
        Assert.Contains("Across 2 sizes of CLIP the backbone matters more than the method: 25.0 points lie between sizes, 5.0 between methods. lincir goes from 10.0 % in 5.0 s on the smallest to 40.0 % in 60 s", all, StringComparison.Ordinal);
    }

    private static string Words(double zeroShot, double supervised, double supervisedUnseen) => string.Join('\n', ComparisonWords.Of(Result(zeroShot, supervised, supervisedUnseen)));

    private static ComparisonResult Result(double zeroShot, double supervised, double supervisedUnseen)
    {
        Method taught = new("taught", "", "", NeedsWeights: true, (_, _) => throw new NotSupportedException(),
            Method.Find("lincir").Training! with { Data = TrainingDataKind.Triplets });
        (Method Method, double Seen, double Unseen, double Unchanged)[] methods =
            [(Method.Find("lincir"), zeroShot, 0.4, 0.01), (taught, supervised, supervisedUnseen, 0.02), (Method.Find("slerp"), 0.2, 0.2, 0.6), (Method.Find("image"), 0.02, 0.02, 1)];
        ScoreRow[] rows = [.. methods.SelectMany(m => new[] { "seen", "unseen" }.SelectMany(split => new[] { PlaygroundEvaluation.Concept, PlaygroundEvaluation.Edit }
            .SelectMany(truth => new[] { ScoreRow.All, Attribute, Object }.Select(family => Row(m.Method.Name, split, truth, family, split == "seen" ? m.Seen : m.Unseen, m.Unchanged)))))];
        PlaygroundResult evaluation = new(new("playground", PlaygroundEvaluation.Metrics, rows, [], 1), new Dictionary<string, PlaygroundBenchmark>(),
            new Dictionary<string, IReadOnlyList<Outcome>>());
        return new(evaluation, [.. methods.Select(m => new ComparedMethod(m.Method, new(m.Method.Name, new FixedComposer([]), m.Method.NeedsWeights ? 30 : 0), null, 10))],
            [.. methods.Select(_ => new QueryTime(2, 8))], []);
    }

    private static ScoreRow Row(string method, string split, string truth, string family, double map, double unchanged) => new(method, split, truth, family, 100,
        PlaygroundEvaluation.Metrics.ToDictionary(m => m.Key, m => m == Metric.UnchangedFirst ? Around(unchanged) : Around(map)), 0);

    private static Score Around(double mean) => new(mean, 0, mean - 0.01, mean + 0.01);
}
