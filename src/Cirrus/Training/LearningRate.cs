using System.Text.Json.Serialization;

namespace Cirrus.Training;

/// <summary>How the learning rate goes over the steps of a run.</summary>
public enum Schedule
{
    /// <summary>The base rate at every step; a warm-up is ignored, as in the published default (methods: 2.6).</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,

    /// <summary>0 at the first step, linear to the base rate at step <c>warmup</c>, then constant.</summary>
    [JsonStringEnumMemberName("constant_with_warmup")]
    ConstantWithWarmup,

    /// <summary>Linear warm-up, then half a cosine down to zero at the last step.</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,

    /// <summary>Linear warm-up, then linear down to zero at the last step.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,
}

/// <summary>The learning rate of every step, counted from 0.</summary>
public sealed record LearningRate(Schedule Schedule, double Base, int Warmup, int Steps)
{
    /// <summary>The rate of step <paramref name="step"/>: with a warm-up of N steps it is base·step/N below N.</summary>
    public double At(int step)
    {
        if (Schedule == Schedule.Constant)
            return Base;
        if (step < Warmup)
            return Base * step / Warmup;
        double progress = Math.Clamp((step - Warmup) / (double)Math.Max(1, Steps - Warmup), 0, 1);
        return Schedule switch
        {
            Schedule.Cosine => Base * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            Schedule.Linear => Base * (1 - progress),
            _ => Base,
        };
    }
}
