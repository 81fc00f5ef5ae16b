using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Tests;

/// <summary>Four pictures and a query a family, all from the first picture; the target of query i is picture 1 + i % 3.</summary>
internal static class SmallBenchmark
{
    public const string Words = "is <red>";

    /// <param name="folder">where the pictures a.png to d.png would lie.</param>
    public static BenchmarkData Data(string name, IReadOnlyList<Metric> metrics, IReadOnlyList<string> families,
        IReadOnlyList<string>? aspects = null, string split = "val", string folder = "")
    {
        string[] ids = ["a", "b", "c", "d"];
        BenchmarkQuery[] queries = [.. families.Select((f, i) => new BenchmarkQuery(0, 0, [Words], split == "val" ? [[1 + (i % 3)]] : [], f) { Id = $"{f}/{i}", Aspects = aspects ?? [] })];
        Benchmark benchmark = new(name, split, ids, ids, split == "val" ? ["target"] : [], queries, metrics) { Depth = 4, Aspects = aspects ?? [] };
        BenchmarkSource source = new(name, "four pictures", ["val", "test"], _ => throw new NotSupportedException()) { Terms = "only for tests" };
        int[] all = [0, 1, 2, 3];
        return new(benchmark, source, $"{name}-{split} small", [.. ids.Select(i =>
            new BenchmarkPicture(i, [Path.Combine(folder, i + ".png")]))], all, all, [new("queries", families.Count, 3)]);
    }

    /// <summary>"mine" ranks b, c, d, a for every query, "other" d, c, b, a.</summary>
    public static EvaluatedBenchmark Evaluate(BenchmarkData data, params KeyValuePair<string, string>[] provenance) =>
        BenchmarkEvaluation.Result(data,
    [
        Outcome.OfRankings(data.Benchmark, "mine", [.. data.Benchmark.Queries.Select(_ => new[] { 1, 2, 3, 0 })]),
        Outcome.OfRankings(data.Benchmark, "other", [.. data.Benchmark.Queries.Select(_ => new[] { 3, 2, 1, 0 })]),
    ], provenance, System.Diagnostics.Stopwatch.GetTimestamp());
}
