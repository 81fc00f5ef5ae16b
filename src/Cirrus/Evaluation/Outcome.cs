namespace Cirrus.Evaluation;

/// <summary>Rankings and numbers of one method on one benchmark.</summary>
/// <param name="Method">its name, as reports print it.</param>
/// <param name="TrainSeconds">what training took: 0 when nothing is trained, null when it is not known.</param>
/// <param name="Ranked">for each query the places of its best candidates, best first.</param>
/// <param name="Subsets">for each query its subset in the order of the ranking; empty where it has none.</param>
/// <param name="Values">[truth][metric][query], in the metric's unit.</param>
public sealed record Outcome(
    Benchmark Benchmark, string Method, double? TrainSeconds, int[][] Ranked, int[][] Subsets, double[][][] Values)
{
    /// <summary>Asks every metric about finished rankings.</summary>
    public static Outcome Of(Benchmark benchmark, string method, double? trainSeconds, int[][] ranked, int[][] subsets)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        double Value(Metric metric, int truth, int q) =>
            metric.Of(new(benchmark.Queries[q], benchmark.Queries[q].Targets[truth], ranked[q], subsets[q]));
        double[] Values(Metric metric, int truth) => [.. Enumerable.Range(0, ranked.Length).Select(q => Value(metric, truth, q))];
        double[][][] values =
            [.. benchmark.Truths.Select((_, truth) => benchmark.Metrics.Select(m => Values(m, truth)).ToArray())];
        return new(benchmark, method, trainSeconds, ranked, subsets, values);
    }

    /// <summary>
    /// Rankings that someone else made: the reference is taken out where the benchmark says so, and subsets are read
    /// off the ranking.
    /// </summary>
    /// <param name="ranked">for each query all places it has, best first; -1 for what is no candidate and never right.</param>
    public static Outcome OfRankings(Benchmark benchmark, string method, int[][] ranked)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        int[][] without = [.. ranked.Select((r, q) => benchmark.DropReference
            && benchmark.Queries[q].Itself is >= 0 and int itself ? r.Where(place => place != itself).ToArray() : r)];
        int[][] subsets = [.. without.Select((r, q) =>
            benchmark.Queries[q].Subset is int[] members ? r.Where(members.Contains).ToArray() : [])];
        return Of(benchmark, method, null, without, subsets);
    }

    /// <summary>The mean (or median) of a metric over some queries; null when there are none.</summary>
    public double? Mean(int truth, int metric, Func<BenchmarkQuery, bool> of)
    {
        double[] values = [.. Values[truth][metric].Where((_, q) => of(Benchmark.Queries[q]))];
        return values.Length == 0 ? null : Benchmark.Metrics[metric].Summary(values);
    }

    /// <summary>The unweighted mean over the families that count, in the plain wording: what weights are chosen by.</summary>
    public double MeanOfFamilies(string truth, Metric metric)
    {
        double[] values = Values[Benchmark.IndexOf(truth)][Benchmark.IndexOf(metric)];
        return Benchmark.Queries.Select((q, i) => (q, Value: values[i]))
            .Where(p => p.q.Wording is null && !Benchmark.Apart.Contains(p.q.Family))
            .GroupBy(p => p.q.Family).Average(g => metric.Summary([.. g.Select(p => p.Value)]));
    }
}
