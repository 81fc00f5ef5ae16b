using Cirrus.Evaluation;
using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

/// <summary>The sentences follow made-up numbers of a method that reads negative words and masks, and one that does not.</summary>
public sealed class SteeringWordsTests
{
    [Fact]
    public void Half_or_less_is_said_to_be_so()
    {
        Assert.Contains("Of reads's first ten 40.0 % hold what is not wanted, and 18.0 % once negative words say so: at most half (0.45) is left. "
            + "The mAP@10 of what is right goes from 30.0 % to 35.0 %.", Words(0.18, 0.05, 30), StringComparison.Ordinal);
        Assert.Contains("at most half (0.50) is left", Words(0.2, 0.05, 30), StringComparison.Ordinal);
        Assert.Contains("0.60 of it is left, where half is wanted", Words(0.24, 0.05, 30), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_methods_are_set_beside() => Assert.Contains(
        "Where half of the words' feature is taken away instead, sum does best: 0.75 is left, and its mAP@10 goes from 30.0 % to 35.0 %.",
        Words(0.2, 0.05, 30), StringComparison.Ordinal);

    [Fact]
    public void A_mask_pays_when_its_gain_is_above_zero_at_95_percent()
    {
        Assert.Contains("50.0 % with a mask over the one and 40.0 % without: the mask pays, 10.0 points more (95 %: 5.0 to 15.0).",
            Words(0.2, 0.05, 30), StringComparison.Ordinal);
        Assert.Contains("the mask cannot be told from none", Words(0.2, -0.01, 30), StringComparison.Ordinal);
        Assert.Contains("the mask does harm", Words(0.2, -0.2, 30), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_are_enough_are_named()
    {
        Assert.Contains(
            "20 are best for reads, with a mAP@10 of 31.0 % (concept, seen pairs) in 20 ms a query; 10 are enough for 30.0 % in 10 ms.",
                Words(0.2, 0.05, 30), StringComparison.Ordinal);
        Assert.Contains("fewer lose more than a twentieth of it", Words(0.2, 0.05, 20), StringComparison.Ordinal);
        Assert.Contains(
            "Of numbers of steps, 5 are best for reads, with a mAP@10 of 31.0 % (concept, seen pairs) in 5.0 ms a query; more "
                + "do not help: 20 make 31.0 % in 20 ms.",
            Words(0.2, 0.05, 30, first: 31), StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_number_of_steps_under_edit_is_named_where_it_is_another()
    {
        Assert.DoesNotContain("Under edit", Words(0.2, 0.05, 30), StringComparison.Ordinal);
        Assert.EndsWith("in 10 ms. Under edit 10 are best: 70.0 %, where 20 make 50.0 %.", Words(0.2, 0.05, 30, edit: 50), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_nothing_there_is_no_share_that_is_left()
    {
        string none = Words(0, 0.05, 30, before: 0);
        Assert.Contains("0.0 % once negative words say so. The mAP@10", none, StringComparison.Ordinal);
        Assert.DoesNotContain("is left, where", none, StringComparison.Ordinal);
    }

    /// <param name="before">the share that holds what is not wanted, before it is told.</param>
    /// <param name="after">the share that holds what is not wanted, once told.</param>
    /// <param name="low">the lower end of what a mask adds; the upper is 10 points higher.</param>
    /// <param name="ten">mAP@10 of 10 steps, in percent; 20 have 31.</param>
    /// <param name="first">mAP@10 of 5 steps.</param>
    /// <param name="edit">that of 20 steps under edit, where 5 have 60 and 10 have 70.</param>
    private static string Words(double after, double low, double ten, double first = 20, double before = 0.4, double edit = 80)
    {
        Metric map = NegativeQueries.Metrics[0], share = NegativeQueries.Metrics[1];
        ScoreRow[] negative =
        [
            .. Negative("reads", before, after), .. Negative("sum", 0.4, 0.3),
        ];
        ScoreRow[] masked = [Row("reads", "edit", "all", (map, 0.4)), Row("reads", "edit", "all, mask", (map, 0.5)),
            Row("sum", "edit", "all", (map, 0.1))];
        StepsPoint[] steps = [new("reads", 5, Of(first / 100), Of(0.6), 5), new("reads", 10, Of(ten / 100), Of(0.7), 10),
            new("reads", 20, Of(0.31), Of(edit / 100), 20)];
        return string.Join('\n', SteeringWords
            .Of(new(new("n", NegativeQueries.Metrics, negative, [], 1), new("m", MaskedQueries.Metrics, masked, [], 1), steps,
            [new("reads", new(low + 0.05, 0, low, low + 0.1))])));

        ScoreRow[] Negative(string method, double asked, double then) =>
        [
            Row(method, "concept", "all", (map, 0.3)), Row(method, "concept", "all, without", (map, 0.35)),
            Row(method, "not wanted", "all", (share, asked)), Row(method, "not wanted", "all, without", (share, then)),
        ];
    }

    private static ScoreRow Row(string method, string truth, string family, params (Metric Metric, double Value)[] scores) =>
        new(method, "seen", truth, family, 100, scores.ToDictionary(s => s.Metric.Key, s => Of(s.Value)), 0);

    private static Score Of(double mean) => new(mean, 0, mean - 0.01, mean + 0.01);
}
