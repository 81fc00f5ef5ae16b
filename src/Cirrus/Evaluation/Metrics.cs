namespace Cirrus.Evaluation;

/// <summary>What a ranking is worth. Rankings are candidate numbers, best first; truths are sets of candidate numbers.</summary>
public static class Metrics
{
    /// <summary>1 when one of the first k is right, else 0.</summary>
    public static double RecallAt(ReadOnlySpan<int> ranking, IReadOnlySet<int> right, int k)
    {
        foreach (int candidate in ranking[..Math.Min(k, ranking.Length)])
            if (right.Contains(candidate))
                return 1;
        return 0;
    }

    /// <summary>Average precision of the first k as CIRCO defines it: Σ precision at each right one / min(|right|, k).</summary>
    /// <remarks>Baldrati et al., ICCV 2023. The divisor is not the number of hits: an answer that is missed costs.</remarks>
    public static double AveragePrecisionAt(ReadOnlySpan<int> ranking, IReadOnlySet<int> right, int k)
    {
        double sum = 0;
        int hits = 0;
        for (int i = 0; i < Math.Min(k, ranking.Length); i++)
            if (right.Contains(ranking[i]))
                sum += ++hits / (i + 1.0);
        return right.Count == 0 ? 0 : sum / Math.Min(right.Count, k);
    }

    /// <summary>A 95 % interval of the mean by the bootstrap: <paramref name="draws"/> resamples, from a seed.</summary>
    public static (double Low, double High) Interval(IReadOnlyList<double> values, ulong seed = 1, int draws = 1000)
    {
        if (values.Count == 0)
            return (0, 0);
        Tensors.Philox random = new(seed, (ulong)values.Count);
        double[] means = new double[draws];
        for (int d = 0; d < draws; d++)
        {
            Tensors.Philox own = random.Fork((ulong)d);
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
                sum += values[own.Integer((ulong)i, values.Count)];
            means[d] = sum / values.Count;
        }
        Array.Sort(means);
        return (means[(int)(0.025 * draws)], means[(int)(0.975 * draws)]);
    }

    /// <summary>Mean and sample standard deviation.</summary>
    public static (double Mean, double Deviation) Spread(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return (mean, values.Count < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)));
    }
}
