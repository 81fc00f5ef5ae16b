using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation;

public sealed class RankingTests
{
    private static readonly Predicate<int> All = _ => true;

    [Fact]
    public void Equal_scores_keep_the_order_of_the_gallery()
    {
        Assert.Equal([1, 3, 0, 2, 4], Ranking.Top([0.5f, 0.9f, 0.5f, 0.9f, 0.5f], 5, All));
        Assert.Equal([0, 1, 2], Ranking.Top([0f, -0f, 0f, -1f], 3, All));
    }

    [Fact]
    public void Candidates_can_be_left_out()
    {
        Assert.Equal([3, 0], Ranking.Top([0.5f, 0.9f, 0.4f, 0.8f], 2, i => i != 1));
        Assert.Equal([0, 2], Ranking.Top([0.5f, 0.9f, 0.4f], 10, i => i != 1));
        Assert.Empty(Ranking.Top([1f], 5, i => i != 0));
    }

    [Fact]
    public void A_subset_is_ordered_by_the_same_scores() =>
        Assert.Equal([4, 0, 2], Ranking.Order([0.5f, 0.9f, 0.5f, 0.1f, 0.8f], [2, 0, 4, 1], i => i != 1));

    [Theory, InlineData(1), InlineData(7), InlineData(50), InlineData(1000)]
    public void The_best_are_those_of_a_full_sort(int depth)
    {
        Philox random = new(3, (ulong)depth);
        for (int round = 0; round < 20; round++)
        {
            float[] scores = [.. Enumerable.Range(0, 700).Select(i => (random.Integer((ulong)((round * 700) + i), 90) - 45) / 45f)];   // many ties
            int without = round % 3 == 0 ? -1 : round;
            int[] sorted = [.. Enumerable.Range(0, 700).Where(i => i != without).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(depth)];
            Assert.Equal(sorted, Ranking.Top(scores, depth, i => i != without));
        }
    }
}
