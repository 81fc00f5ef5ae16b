namespace Cirrus.Evaluation;

/// <summary>How far down a method's right answers are.</summary>
internal static class RankCurve
{
    /// <summary>
    /// For K = 1 to <paramref name="depth"/> the share of a query's right answers that are among the first K, as the
    /// mean over families of the mean over queries.
    /// </summary>
    /// <remarks>With one right answer a query it is R@K. A query without any counts as 0.</remarks>
    public static double[] Of(Outcome outcome, int truth, int depth)
    {
        Benchmark benchmark = outcome.Benchmark;
        double[] curve = new double[depth];
        IGrouping<string, int>[] families = [.. Enumerable.Range(0, benchmark.Queries.Count)
            .Where(q => benchmark.Queries[q].Wording is null && !benchmark.Apart.Contains(benchmark.Queries[q].Family))
            .GroupBy(q => benchmark.Queries[q].Family)];
        foreach (IGrouping<string, int> family in families)
        {
            double each = 1.0 / families.Length / family.Count();
            foreach (int q in family)
            {
                int[] targets = benchmark.Queries[q].Targets[truth], ranked = outcome.Ranked[q];
                for (int i = 0; i < Math.Min(depth, ranked.Length); i++)
                    if (targets.AsSpan().Contains(ranked[i]))
                        curve[i] += each / targets.Length;
            }
        }
        for (int i = 1; i < depth; i++)
            curve[i] += curve[i - 1];
        return curve;
    }
}
