using Cirrus.Evaluation;

namespace Cirrus.Tests.Evaluation;

public sealed class ScoreRowTests
{
    private static readonly Metric[] Metrics = [Metric.Recall(1)];

    [Fact]
    public void Rows_are_families_and_the_mean_of_those_that_count()
    {
        IReadOnlyList<ScoreRow> rows = ScoreRow.Of([[Outcome([1, 1, 0, 0, 1, 0])]]);
        Assert.Equal(["all", "a", "b", "size", "all, contrast", "a, contrast"], rows.Select(r => r.Family));
        Assert.Equal([0.5, 1, 0, 0, 0.5, 0.5], rows.Select(r => r.Scores["r1"].Mean));       // two, one and one queries; two as contrast
        Assert.Equal([3, 2, 1, 1, 2, 2], rows.Select(r => r.Queries));
        Assert.All(rows, r => Assert.Equal(("m", "s", "t", 7.0, 0.0), (r.Method, r.Split, r.Truth, r.TrainSeconds!.Value, r.Scores["r1"].Spread)));
    }

    [Fact]
    public void Seeds_give_the_spread_and_queries_the_interval()
    {
        IReadOnlyList<ScoreRow> rows = ScoreRow.Of([[Outcome([1, 1, 0, 0, 1, 0]), Outcome([1, 0, 0, 0, 1, 0])]]);
        Score all = rows[0].Scores["r1"], a = rows[1].Scores["r1"], size = rows[3].Scores["r1"];
        Assert.Equal(0.375, all.Mean, 1e-12);                                               // (3/4 + 0/2) / 2
        Assert.Equal(0.25 / Math.Sqrt(2), all.Spread, 1e-12);                               // means 0.5 and 0.25 (n − 1)
        Assert.True(a.Low < a.Mean && a.Mean < a.High && a.Low >= 0 && a.High <= 1);
        Assert.Equal((0.0, 0.0), (size.Low, size.High));                                    // every value the same
        Assert.Equal(rows[0].Scores["r1"], ScoreRow.Of([[Outcome([1, 1, 0, 0, 1, 0]), Outcome([1, 0, 0, 0, 1, 0])]])[0].Scores["r1"]);
    }

    [Fact]
    public void The_interval_is_that_of_the_binomial()
    {
        // 400 queries, half of them right: standard error 0.025, so ± 0.049; percentiles of 1,000 resamples waver by a twentieth of that.
        double[] values = [.. Enumerable.Range(0, 400).Select(i => i % 2.0)];
        (double low, double high) = Bootstrap.Interval(new Bootstrap().Means(values, 0));
        Assert.Equal(0.451, low, 0.005);
        Assert.Equal(0.549, high, 0.005);
    }

    [Fact]
    public void Weights_are_chosen_by_the_mean_of_plain_families() => Assert.Equal(0.5, Outcome([1, 1, 0, 1, 0, 0]).MeanOfFamilies("t", Metrics[0]));

    private static Outcome Outcome(double[] values)
    {
        string[] ids = ["0"];
        BenchmarkQuery q = new(0, 0, ["x"], [[0]], "a");
        BenchmarkQuery[] queries = [q, q, q with { Family = "b" }, q with { Family = "size" }, q with { Wording = "contrast" }, q with { Wording = "contrast" }];
        return new(new("b", "s", ids, ids, ["t"], queries, Metrics) { Apart = ["size"] }, "m", 7, [], [], [[values]]);
    }
}
