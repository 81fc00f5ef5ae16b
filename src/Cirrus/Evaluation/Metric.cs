using System.Globalization;

namespace Cirrus.Evaluation;

/// <summary>What a metric looks at: one query's ranking and what is right.</summary>
/// <param name="Query">the query itself.</param>
/// <param name="Targets">the right candidates under the truth that is asked about.</param>
/// <param name="Ranked">places of the best candidates, best first, as many as the evaluator keeps.</param>
/// <param name="Subset">the query's subset in the order of the ranking; empty when there is none.</param>
public readonly record struct RankedQuery(BenchmarkQuery Query, int[] Targets, int[] Ranked, int[] Subset);

/// <summary>What a metric's numbers are.</summary>
public enum MetricUnit
{
    /// <summary>0 to 1, the more the better; printed in percent.</summary>
    Share,

    /// <summary>A place in the ranking, 1 is the best; printed as it is.</summary>
    Rank,
}

/// <summary>A number per query; its mean over queries is reported, or its median.</summary>
/// <param name="Key">its name in JSON.</param>
/// <param name="Name">its name for people.</param>
/// <param name="Depth">how far down the ranking it looks.</param>
/// <param name="Of">the number for one query.</param>
public sealed record Metric(string Key, string Name, int Depth, Func<RankedQuery, double> Of)
{
    public MetricUnit Unit { get; init; }

    /// <summary>True: the median over queries is reported, cut to a whole number.</summary>
    public bool Median { get; init; }

    /// <summary>What is reported of the numbers of some queries.</summary>
    public double Summary(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return !Median ? values.Average() : MedianOf([.. values.Order()]);
    }

    /// <summary>The middle of ascending numbers, of an even count the mean of the middle two; cut to a whole number.</summary>
    internal static double MedianOf(ReadOnlySpan<double> ascending) =>
        Math.Floor((ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2);

    /// <summary>A number for people: percent, or a place.</summary>
    internal string Format(double? value, string format = "0.0") =>
        value is not double v ? "" : TextTable.Number(Unit == MetricUnit.Share ? 100 * v : v, format);

    /// <summary>
    /// R@K as CIRCO defines it: 1 when the query's one target is among the first <paramref name="k"/>; other right
    /// answers do not count.
    /// </summary>
    /// <remarks>The target stands first among the right answers. Most benchmarks have no other.</remarks>
    public static Metric Recall(int k) =>
        new($"r{Text(k)}", $"R@{Text(k)}", k, q => Hit(q.Ranked, q.Targets.AsSpan(0, Math.Min(1, q.Targets.Length)), k));

    /// <summary>
    /// Hit@K: 1 when any right answer is among the first <paramref name="k"/>. With many right answers it is near 1 for
    /// every method.
    /// </summary>
    public static Metric AnyHit(int k) => new($"hit{Text(k)}", $"Hit@{Text(k)}", k, q => Hit(q.Ranked, q.Targets, k));

    /// <summary>CIRR's R_subset@K: the same among the query's subset.</summary>
    public static Metric SubsetRecall(int k) => new($"rs{Text(k)}", $"R_subset@{Text(k)}", 0, q => Hit(q.Subset, q.Targets, k));

    /// <summary>
    /// R@K as Pic2Word counts it on ImageNet-R: right ones among the first <paramref name="k"/>, divided by (all right
    /// ones + 1e-5). No right ones: 0.
    /// </summary>
    public static Metric Share(int k) => new($"r{Text(k)}", $"R@{Text(k)}", k, q => Found(q, k) / (q.Targets.Length + 1e-5));

    /// <summary>P@K: right ones among the first <paramref name="k"/>, divided by k, or by the candidates if fewer.</summary>
    public static Metric Precision(int k, int candidates) =>
        new($"p{Text(k)}", $"P@{Text(k)}", k, q => Found(q, k) / (double)Math.Min(k, candidates));

    /// <summary>Mean of the target's place in the ranking, from 1; a target that is not ranked has the last place.</summary>
    public static Metric MeanRank(int candidates) =>
        new("meanRank", "MeanRank", int.MaxValue, q => Place(q, candidates)) { Unit = MetricUnit.Rank };

    /// <summary>The median of the same, cut to a whole number.</summary>
    public static Metric MedianRank(int candidates) =>
        MeanRank(candidates) with { Key = "medianRank", Name = "MedianRank", Median = true };

    /// <summary>mAP@K as CIRCO defines it: see <see cref="AveragePrecision"/>.</summary>
    public static Metric MeanAveragePrecision(int k) =>
        new($"map{Text(k)}", $"mAP@{Text(k)}", k, q => AveragePrecision(q.Ranked, q.Targets, k));

    /// <summary>1 when the first answer is a picture of the reference's own scene, unchanged: what late fusion falls for.</summary>
    public static Metric UnchangedFirst { get; } =
        new("unchangedFirst", "unchanged first", 1, q => Hit(q.Ranked, q.Query.Unchanged ?? [], 1));

    /// <summary>1 when the first answer is the reference itself.</summary>
    public static Metric ReferenceFirst { get; } = new("referenceFirst", "reference first", 1,
        q => q.Query.Itself >= 0 && q.Ranked.Length > 0 && q.Ranked[0] == q.Query.Itself ? 1 : 0);

    /// <summary>1 when one of the first <paramref name="k"/> is right, else 0.</summary>
    public static double Hit(ReadOnlySpan<int> ranked, ReadOnlySpan<int> targets, int k)
    {
        foreach (int place in ranked[..Math.Min(k, ranked.Length)])
            if (targets.Contains(place))
                return 1;
        return 0;
    }

    /// <summary>AP@K = Σ over right places i ≤ K of (right ones among the first i) / i, divided by min(|targets|, K).</summary>
    /// <remarks>A perfect list gives 1 at every K. Source: CIRCO (Baldrati et al., ICCV 2023), section 4. No targets: 0.</remarks>
    public static double AveragePrecision(ReadOnlySpan<int> ranked, ReadOnlySpan<int> targets, int k)
    {
        if (targets.IsEmpty)
            return 0;
        double sum = 0;
        int right = 0;
        for (int i = 0; i < Math.Min(k, ranked.Length); i++)
            if (targets.Contains(ranked[i]))
                sum += ++right / (i + 1.0);
        return sum / Math.Min(targets.Length, k);
    }

    private static int Found(RankedQuery query, int k)
    {
        int found = 0;
        foreach (int place in query.Ranked.AsSpan(0, Math.Min(k, query.Ranked.Length)))
            found += query.Targets.AsSpan().Contains(place) ? 1 : 0;
        return found;
    }

    private static int Place(RankedQuery query, int candidates) =>
        query.Targets.Length > 0 && Array.IndexOf(query.Ranked, query.Targets[0]) is >= 0 and int place ? place + 1 : candidates;

    private static string Text(int k) => k.ToString(CultureInfo.InvariantCulture);
}
