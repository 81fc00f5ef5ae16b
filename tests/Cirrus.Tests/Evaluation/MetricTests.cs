using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation;

public sealed class MetricTests
{
    // Worked out by hand from Σ P(i) over right places / min(|targets|, K).
    [Theory]
    [InlineData(new[] { 7, 1, 2, 8, 3 }, new[] { 7, 8 }, 5, 0.75)]            // (1/1 + 2/4) / 2
    [InlineData(new[] { 1, 2, 3, 4, 5 }, new[] { 1, 2, 3, 4, 5, 6, 7 }, 5, 1)] // perfect as far as it goes
    [InlineData(new[] { 9, 1, 9, 9, 2 }, new[] { 1, 2, 3 }, 5, 0.3)]          // (1/2 + 2/5) / 3
    [InlineData(new[] { 9, 1, 9, 9, 2 }, new[] { 1, 2, 3 }, 2, 0.25)]         // (1/2) / 2
    [InlineData(new[] { 4, 5 }, new[] { 5 }, 10, 0.5)]                        // a list shorter than K
    [InlineData(new[] { 4, 5 }, new[] { 6 }, 10, 0)]
    [InlineData(new[] { 4, 5 }, new int[0], 10, 0)]
    public void Average_precision_by_hand(int[] ranked, int[] targets, int k, double expected) =>
        Assert.Equal(expected, Metric.AveragePrecision(ranked, targets, k), 1e-15);

    [Theory]
    [InlineData(new[] { 4, 5, 6 }, new[] { 6, 9 }, 2, 0)]
    [InlineData(new[] { 4, 5, 6 }, new[] { 6, 9 }, 3, 1)]
    [InlineData(new[] { 4, 5, 6 }, new[] { 4, 5, 6 }, 1, 1)]
    [InlineData(new int[0], new[] { 4 }, 1, 0)]
    public void Recall_is_a_hit_among_the_first(int[] ranked, int[] targets, int k, double expected) =>
        Assert.Equal(expected, Metric.Hit(ranked, targets, k));

    [Fact]
    public void Average_precision_agrees_with_its_definition_on_random_lists()
    {
        Philox random = new(1, 0);
        ulong draw = 0;
        for (int round = 0; round < 200; round++)
        {
            int[] ranked = [.. Enumerable.Range(0, 30).OrderBy(_ => random.Uniform(draw++))];
            int[] targets = [.. Enumerable.Range(0, 40).Where(_ => random.Uniform(draw++) < 0.2f)];
            foreach (int k in new[] { 1, 5, 10, 25, 50 })
                Assert.Equal(Definition(ranked, targets, k), Metric.AveragePrecision(ranked, targets, k), 1e-12);
        }
    }

    [Fact]
    public void Metrics_look_at_their_own_list()
    {
        BenchmarkQuery query = new(0, 3, ["x"], [[5]], "f", Unchanged: [3, 4]);
        RankedQuery ranked = new(query, [5], [4, 3, 5], [5, 4]);
        Assert.Equal(0, Metric.Recall(1).Of(ranked));
        Assert.Equal(1, Metric.Recall(3).Of(ranked));
        Assert.Equal(1, Metric.SubsetRecall(1).Of(ranked));
        Assert.Equal((0, 1), (Metric.Recall(2).Of(ranked with { Targets = [5, 4] }), Metric.AnyHit(2).Of(ranked with { Targets = [5, 4] })));
        Assert.Equal((0, 0), (Metric.Recall(2).Of(ranked with { Targets = [] }), Metric.AnyHit(2).Of(ranked with { Targets = [] })));
        Assert.Equal(1, Metric.UnchangedFirst.Of(ranked));
        Assert.Equal(0, Metric.ReferenceFirst.Of(ranked));
        Assert.Equal(1, Metric.ReferenceFirst.Of(ranked with { Ranked = [3] }));
        Assert.Equal(("map10", "mAP@10", 10),
            (Metric.MeanAveragePrecision(10).Key, Metric.MeanAveragePrecision(10).Name, Metric.MeanAveragePrecision(10).Depth));
    }

    private static double Definition(int[] ranked, int[] targets, int k)
    {
        if (targets.Length == 0)
            return 0;
        double sum = 0;
        for (int i = 1; i <= k && i <= ranked.Length; i++)
            if (targets.Contains(ranked[i - 1]))
                sum += ranked.Take(i).Intersect(targets).Count() / (double)i;
        return sum / Math.Min(targets.Length, k);
    }
}
