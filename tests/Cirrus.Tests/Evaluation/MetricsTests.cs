using Cirrus.Evaluation;

namespace Cirrus.Tests.Evaluation;

public sealed class MetricsTests
{
    // methods 11: two right answers at ranks 1 and 4, AP@5 = (1/1 + 2/4) / min(2, 5).
    [Fact]
    public void Average_precision_divides_by_the_smaller_of_truths_and_k()
    {
        Assert.Equal(0.75, Metrics.AveragePrecisionAt([7, 1, 2, 9, 3], new HashSet<int> { 7, 9 }, 5), 12);
        Assert.Equal(0.5, Metrics.AveragePrecisionAt([7, 1], new HashSet<int> { 7, 8, 9 }, 2), 12);
        Assert.Equal(0, Metrics.AveragePrecisionAt([1, 2], new HashSet<int>(), 5), 12);
    }

    [Fact]
    public void Recall_is_a_hit_among_the_first_k()
    {
        Assert.Equal(1, Metrics.RecallAt([5, 6, 7], new HashSet<int> { 7 }, 3), 12);
        Assert.Equal(0, Metrics.RecallAt([5, 6, 7], new HashSet<int> { 7 }, 2), 12);
    }

    [Fact]
    public void Equal_scores_keep_the_candidates_order_and_the_reference_can_be_left_out()
    {
        Assert.Equal([1, 3, 0, 2], Evaluator.First([0.5f, 0.9f, 0.5f, 0.9f, float.NaN], without: -1, depth: 4).Candidates);
        Assert.Equal([3, 0, 2, 4], Evaluator.First([0.5f, 0.9f, 0.5f, 0.9f, float.NaN], without: 1, depth: 9).Candidates);
    }

    [Fact]
    public void An_interval_holds_the_mean_and_repeats()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 1.0 : 0.0)];
        (double low, double high) = Metrics.Interval(values);
        Assert.InRange(0.5, low, high);
        Assert.InRange(high - low, 0.05, 0.25);
        Assert.Equal((low, high), Metrics.Interval(values));
    }
}
