namespace Cirrus.Evaluation;

/// <summary>The queries that a method answers best and worst.</summary>
internal static class Standouts
{
    /// <summary>
    /// Best and worst by average precision; among equals first those that other methods do worst (or best) on, then in
    /// the benchmark's order.
    /// </summary>
    /// <returns>numbers of queries, no reference picture twice; queries without right answers are left out.</returns>
    public static (int[] Best, int[] Worst) Of(Outcome subject, IReadOnlyList<Outcome> others, int truth, int count)
    {
        IReadOnlyList<BenchmarkQuery> queries = subject.Benchmark.Queries;
        (int Query, double Own, double Others)[] all =
        [
            .. Enumerable.Range(0, queries.Count).Where(q => queries[q].Targets[truth].Length > 0)
                .Select(q => (q, Quality(subject, q), others.Select(o => Quality(o, q)).DefaultIfEmpty().Average())),
        ];
        int[] best = Some(all.OrderByDescending(a => a.Own).ThenBy(a => a.Others).Select(a => a.Query));
        IEnumerable<int> worst = all.OrderBy(a => a.Own).ThenByDescending(a => a.Others).Select(a => a.Query);
        return (best, Some(worst.Where(q => !best.Contains(q))));

        double Quality(Outcome o, int q) => Metric.AveragePrecision(o.Ranked[q], queries[q].Targets[truth], o.Ranked[q].Length);
        int[] Some(IEnumerable<int> order) => [.. order.DistinctBy(q => queries[q].Reference).Take(count)];
    }
}
