using Cirrus.Evaluation;
using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class PlaygroundVerdictTests
{
    [Fact]
    public void Ratios_are_to_the_best_of_each_metric()
    {
        PlaygroundVerdict verdict = PlaygroundVerdict.Of(Result(lincirMap: 0.32, lincirRecall: 0.75))!;
        SplitVerdict seen = Assert.Single(verdict.Splits);
        Assert.Equal(1.6, seen.Map, 1e-12);          // sum has 0.20
        Assert.Equal(1.25, seen.Recall, 1e-12);       // text has 0.60
        Assert.Equal(0.8, seen.Slerp!.Value, 1e-12);
        Assert.Equal(0.5, seen.EditMap, 1e-12);
        Assert.False(verdict.Holds);
        Assert.Equal(["mAP@10 beside slerp is 0.80 on seen pairs where 0.95 is wanted"], seen.Missed);
        Assert.Contains("not all hold, mAP@10 beside slerp is 0.80", string.Join('\n', verdict.Describe()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_bars_hold_only_when_all_do()
    {
        PlaygroundVerdict verdict = PlaygroundVerdict.Of(Result(lincirMap: 0.40, lincirRecall: 0.73))!;
        Assert.True(verdict.Holds);
        Assert.Contains("they hold", string.Join('\n', verdict.Describe()), StringComparison.Ordinal);
        Assert.False(PlaygroundVerdict.Of(Result(lincirMap: 0.40, lincirRecall: 0.71))!.Holds);
        Assert.False(PlaygroundVerdict.Of(Result(lincirMap: double.NaN, lincirRecall: 0.73))!.Holds);
    }

    [Fact]
    public void What_is_just_below_its_bar_does_not_read_as_if_it_were_not()
    {
        PlaygroundVerdict verdict = PlaygroundVerdict.Of(Result(lincirMap: 0.3799, lincirRecall: 0.73))!;
        Assert.Equal(["mAP@10 beside slerp is 0.9498 on seen pairs where 0.95 is wanted"], verdict.Splits[0].Missed);
    }

    [Fact]
    public void Bars_that_nothing_is_held_against_are_not_said_to_hold()
    {
        EvaluationResult all = Result(0.4, 0.8);
        Assert.Contains("The bars are 1.5, 1.2 and 0.95: they hold.", PlaygroundVerdict.Of(all)!.Describe());
        Assert.Contains("The bars are 1.5 and 1.2: they hold.", PlaygroundVerdict.Of(all with { Rows = [.. all.Rows.Where(r => r.Method != "slerp-tuned")] })!.Describe());
    }

    [Fact]
    public void Without_the_others_there_is_nothing_to_say()
    {
        EvaluationResult all = Result(0.4, 0.8);
        Assert.Null(PlaygroundVerdict.Of(all with { Rows = [.. all.Rows.Where(r => r.Method != "text")] }));
        Assert.Null(PlaygroundVerdict.Of(all, "pic2word"));
        Assert.Null(PlaygroundVerdict.Of(all with { Rows = [] }));
        Assert.Null(PlaygroundVerdict.Of(all with { Rows = [.. all.Rows.Where(r => r.Method != "slerp-tuned")] })!.Splits[0].Slerp);
    }

    private static EvaluationResult Result(double lincirMap, double lincirRecall)
    {
        ScoreRow[] rows = [.. Both("lincir", lincirMap, lincirRecall, 0.2), .. Both("image", 0.05, 0.5, 0.1),
            .. Both("text", 0.1, 0.6, 0.05), .. Both("sum", 0.2, 0.4, 0.4),
            .. Both("slerp-tuned", 0.4, 0.9, 0.5)];
        return new("playground", PlaygroundEvaluation.Metrics, rows, [], 1);
    }

    private static ScoreRow[] Both(string method, double map, double recall, double edit) =>
        [Row(method, PlaygroundEvaluation.Concept, map, recall), Row(method, PlaygroundEvaluation.Edit, edit, recall)];

    private static ScoreRow Row(string method, string truth, double map, double recall) => new(method, "seen", truth, ScoreRow.All, 100,
        PlaygroundEvaluation.Metrics.ToDictionary(m => m.Key, m => new Score(m == PlaygroundEvaluation.Metrics[0] ? map : recall, 0, 0, 1)), null);
}
