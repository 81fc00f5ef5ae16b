using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>A mean (or median: <see cref="Metric.Median"/>) with how far it can be trusted.</summary>
/// <param name="Spread">standard deviation over seeds (n − 1); 0 with one seed.</param>
/// <param name="Low">lower end of the 95 % bootstrap interval over queries.</param>
/// <param name="High">its upper end.</param>
public sealed record Score(double Mean, double Spread, double Low, double High);

/// <summary>Resamples queries within their family, so that means of families have intervals too.</summary>
/// <remarks>
/// Percentile bootstrap (Efron 1979). The draws depend on (family's number, count of queries) alone: methods are resampled
/// alike, and results repeat. Not thread-safe.
/// </remarks>
internal sealed class Bootstrap
{
    public const int Resamples = 1000;
    private readonly Dictionary<(int Stratum, int Count), int[]> _draws = [];

    /// <summary>Means of <see cref="Resamples"/> resamples of some values.</summary>
    public double[] Means(double[] values, int stratum)
    {
        int n = values.Length;
        double[] means = new double[Resamples];
        if (n == 0)
            return means;
        int[] draws = Draws(stratum, n);
        for (int b = 0, at = 0; b < Resamples; b++)
        {
            double sum = 0;
            for (int i = 0; i < n; i++)
                sum += values[draws[at++]];
            means[b] = sum / n;
        }
        return means;
    }

    /// <summary>Medians of the same resamples, cut to whole numbers.</summary>
    public double[] Medians(double[] values, int stratum)
    {
        double[] medians = new double[Resamples];
        if (values.Length == 0)
            return medians;
        int[] draws = Draws(stratum, values.Length);
        Parallel.For(0, Resamples, b =>
        {
            double[] drawn = [.. draws.AsSpan(b * values.Length, values.Length).ToArray().Select(d => values[d])];
            Array.Sort(drawn);
            medians[b] = Metric.MedianOf(drawn);
        });
        return medians;
    }

    /// <summary>The 2.5th and the 97.5th percentile.</summary>
    public static (double Low, double High) Interval(double[] means)
    {
        double[] sorted = [.. means];
        Array.Sort(sorted);
        return (Percentile(sorted, 0.025), Percentile(sorted, 0.975));
    }

    public static double Deviation(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return 0;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    private static double Percentile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }

    private int[] Draws(int stratum, int n)
    {
        if (_draws.TryGetValue((stratum, n), out int[]? known))
            return known;
        int[] draws = new int[Resamples * n];
        Philox random = new Philox((ulong)n, 0xB007).Fork((ulong)stratum);
        for (int i = 0; i < draws.Length; i++)
            draws[i] = random.Integer((ulong)i, n);
        return _draws[(stratum, n)] = draws;
    }
}
