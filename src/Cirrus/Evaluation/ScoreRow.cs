namespace Cirrus.Evaluation;

/// <summary>What one method reached in one family of queries, or in the mean of families.</summary>
/// <param name="Family">a family, "all" for the mean of families; ", wording" stands behind where it is not plain.</param>
/// <param name="Queries">how many, over all seeds.</param>
/// <param name="Scores">by <see cref="Metric.Key"/>, in the metric's unit.</param>
/// <param name="TrainSeconds">null when it is not known.</param>
public sealed record ScoreRow(string Method, string Split, string Truth, string Family, int Queries,
    IReadOnlyDictionary<string, Score> Scores, double? TrainSeconds)
{
    public const string All = "all";

    /// <summary>Before the name of an aspect (<see cref="BenchmarkQuery.Aspects"/>) in <see cref="Family"/>.</summary>
    public const string AspectOf = "aspect ";

    /// <summary>Rows of methods on one split: every family of every truth, and the unweighted means over families.</summary>
    /// <param name="methods">for each method its outcomes on benchmarks that differ in seed alone.</param>
    public static IReadOnlyList<ScoreRow> Of(IReadOnlyList<IReadOnlyList<Outcome>> methods)
    {
        Bootstrap bootstrap = new();
        return [.. methods.SelectMany(seeds => Of(seeds, bootstrap))];
    }

    private static List<ScoreRow> Of(IReadOnlyList<Outcome> seeds, Bootstrap bootstrap)
    {
        Benchmark benchmark = seeds[0].Benchmark;
        (string Family, string? Wording)[] groups = [.. benchmark.Queries.Select(q => (q.Family, q.Wording)).Distinct()
            .OrderBy(g => g.Wording is not null)];
        string[] aspects = [.. benchmark.Aspects.Where(a => benchmark.Queries.Any(q => q.Aspects.Contains(a)))];
        List<ScoreRow> rows = [];
        for (int truth = 0; truth < benchmark.Truths.Count; truth++)
        {
            Group[] each = [.. groups.Select((g, number) => new Group(g.Family, g.Wording,
                q => q.Family == g.Family && q.Wording == g.Wording, number, seeds, truth, bootstrap))];
            foreach (IGrouping<string?, Group> wording in each.GroupBy(g => g.Wording))
            {
                Group[] counted = [.. wording.Where(g => !benchmark.Apart.Contains(g.Family))];
                if (counted.Length > 0)
                    rows.Add(Row(Label(All, wording.Key), truth, counted));
                if (groups.Length > 1)
                    rows.AddRange(wording.Select(g => Row(Label(g.Family, g.Wording), truth, [g])));
            }
            rows.AddRange(aspects.Select((a, number) => Row(AspectOf + a, truth,
                [new(a, null, q => q.Aspects.Contains(a), groups.Length + number, seeds, truth, bootstrap)])));
        }
        return rows;

        ScoreRow Row(string family, int truth, Group[] of)
        {
            Dictionary<string, Score> scores = benchmark.Metrics.Select((m, i) => (m.Key, Score: Mean(of, i)))
                .ToDictionary(p => p.Key, p => p.Score);
            return new(seeds[0].Method, benchmark.Split, benchmark.Truths[truth], family, of.Sum(g => g.Queries),
                scores, seeds[0].TrainSeconds);
        }
    }

    private static string Label(string family, string? wording) => wording is null ? family : $"{family}, {wording}";

    private static Score Mean(Group[] groups, int metric)
    {
        double[] resampled = new double[Bootstrap.Resamples];
        foreach (Group g in groups)
            for (int b = 0; b < resampled.Length; b++)
                resampled[b] += g.Resampled[metric][b] / groups.Length;
        (double low, double high) = Bootstrap.Interval(resampled);
        int seeds = groups[0].BySeed[metric].Length;
        double[] bySeed = [.. Enumerable.Range(0, seeds).Select(s => groups.Average(g => g.BySeed[metric][s]))];
        return new(groups.Average(g => g.Means[metric]), Bootstrap.Deviation(bySeed), low, high);
    }

    /// <summary>The numbers of one family in one wording under one truth.</summary>
    private sealed class Group
    {
        public Group(string family, string? wording, Func<BenchmarkQuery, bool> holds, int number, IReadOnlyList<Outcome> seeds,
            int truth, Bootstrap bootstrap)
        {
            (Family, Wording) = (family, wording);
            IReadOnlyList<Metric> asked = seeds[0].Benchmark.Metrics;
            int metrics = asked.Count;
            (Means, BySeed, Resampled) = (new double[metrics], new double[metrics][], new double[metrics][]);
            for (int m = 0; m < metrics; m++)
            {
                double[][] values = [.. seeds.Select(s => Values(s, holds, truth, m))];
                double[] pooled = [.. values.SelectMany(v => v)];
                Queries = pooled.Length;
                Means[m] = asked[m].Summary(pooled);
                BySeed[m] = [.. values.Select(v => v.Length == 0 ? 0 : asked[m].Summary(v))];
                Resampled[m] = asked[m].Median ? bootstrap.Medians(pooled, number) : bootstrap.Means(pooled, number);
            }
        }

        public string Family { get; }

        public string? Wording { get; }

        public int Queries { get; }

        public double[] Means { get; }

        public double[][] BySeed { get; }

        public double[][] Resampled { get; }

        private static double[] Values(Outcome outcome, Func<BenchmarkQuery, bool> holds, int truth, int metric) =>
        [
            .. outcome.Benchmark.Queries.Select((q, i) => (q, i))
                .Where(p => holds(p.q)).Select(p => outcome.Values[truth][metric][p.i]),
        ];
    }
}
