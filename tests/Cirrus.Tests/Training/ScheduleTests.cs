using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class ScheduleTests
{
    // Values of transformers' get_scheduler for base 1e-4 (shared/golden/lincir/step.json).
    [Fact]
    public void Warmup_rises_from_zero_and_the_plain_constant_ignores_it()
    {
        LearningRate warm = new(Schedule.ConstantWithWarmup, 1e-4, 4, 100), none = warm with { Warmup = 0 };
        Assert.Equal([0.0, 2.5e-05, 5e-05, 7.5e-05, 0.0001, 0.0001], Enumerable.Range(0, 6).Select(s => Math.Round(warm.At(s), 15)));
        Assert.Equal(1e-4, none.At(0));
        Assert.Equal(1e-4, new LearningRate(Schedule.Constant, 1e-4, 500, 100).At(0));
    }

    [Fact]
    public void Cosine_and_linear_end_at_zero()
    {
        LearningRate cosine = new(Schedule.Cosine, 2, 10, 110), linear = cosine with { Schedule = Schedule.Linear };
        Assert.Equal([1, 2, 1, 0], new[] { 5, 10, 60, 110 }.Select(s => Math.Round(cosine.At(s), 12)));
        Assert.Equal([1, 2, 1.5, 0], new[] { 5, 10, 35, 110 }.Select(s => Math.Round(linear.At(s), 12)));
    }

    [Fact]
    public void An_epoch_is_a_permutation_and_depends_on_seed_and_step_alone()
    {
        EpochOrder order = new(103, 10, new(7, 0)), again = new(103, 10, new(7, 0));
        Assert.Equal(10, order.StepsPerEpoch);
        int[] first = [.. Enumerable.Range(0, 10).SelectMany(s => order.Of(s).ToArray())];
        Assert.Equal(100, first.Distinct().Count());
        Assert.All(first, i => Assert.InRange(i, 0, 102));
        int[] second = [.. Enumerable.Range(10, 10).SelectMany(s => order.Of(s).ToArray())];
        Assert.NotEqual(first, second);
        Assert.Equal(order.Of(17).ToArray(), again.Of(17).ToArray());
        Assert.Throws<ArgumentException>(() => new EpochOrder(9, 10, new(7, 0)));
    }

    [Fact]
    public void A_loss_curve_goes_from_first_to_last()
    {
        Assert.Equal("4 █▆▃▁ 1", LossCurve.Draw([4f, 3f, 2f, 1f]));
        Assert.Equal("", LossCurve.Draw([]));
        Assert.Equal(60 + "1 ".Length + " 1".Length, LossCurve.Draw([.. Enumerable.Repeat(1f, 1000)]).Length);
        Assert.Contains('?', LossCurve.Draw([1f, float.NaN]));
    }
}
