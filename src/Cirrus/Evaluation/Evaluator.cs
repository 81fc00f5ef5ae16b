using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>A method as it is evaluated.</summary>
/// <param name="Name">as reports print it; one method may come several times with other settings.</param>
/// <param name="Composer">used, not owned.</param>
/// <param name="TrainSeconds">what training took: 0 when nothing is trained, null when it is not known.</param>
/// <param name="ImageWeight">see <see cref="Composition.ImageWeight"/>; null: the method's own balance.</param>
/// <param name="Prompt">what the method is given for a caption, with <see cref="Slot"/> for it; null: the caption, for the method's own prompt.</param>
/// <param name="Sentence">see <see cref="Composition.Sentence"/>; the mean of the gallery is put in by the evaluator.</param>
public sealed record EvaluatedMethod(string Name, Composer Composer, double? TrainSeconds = 0, float? ImageWeight = null, string? Prompt = null,
    SentenceOptions? Sentence = null)
{
    /// <summary>The caption's place in a prompt.</summary>
    public const string Slot = "{caption}";

    internal Composition Compose(float[] reference, IReadOnlyList<string> captions, Lazy<float[]> galleryMean) => new([reference], Say(captions[0]),
        ImageWeight: ImageWeight, Alternatives: captions.Count > 1 ? [.. captions.Skip(1).Select(Say)] : null,
        Sentence: Sentence is { GapShift: true } ? Sentence with { GalleryMean = galleryMean.Value } : Sentence);

    private string Say(string caption) => Prompt?.Replace(Slot, caption, StringComparison.Ordinal) ?? caption;
}

/// <summary>Rankings and numbers of one method on one benchmark.</summary>
/// <param name="Ranked">for each query the places of its best candidates, best first.</param>
/// <param name="Values">[truth][metric][query], 0 to 1.</param>
public sealed record Outcome(Benchmark Benchmark, EvaluatedMethod Method, int[][] Ranked, double[][][] Values)
{
    /// <summary>The unweighted mean over the families that count, in the plain wording: what weights are chosen by.</summary>
    public double MeanOfFamilies(string truth, Metric metric)
    {
        double[] values = Values[Benchmark.IndexOf(truth)][Benchmark.IndexOf(metric)];
        return Benchmark.Queries.Select((q, i) => (q, Value: values[i])).Where(p => p.q.Wording is null && !Benchmark.Apart.Contains(p.q.Family))
            .GroupBy(p => p.q.Family).Average(g => g.Average(p => p.Value));
    }
}

/// <summary>Runs any method on any benchmark: composes all queries, ranks by dot product of unit rows, asks every metric.</summary>
public sealed class Evaluator : IDisposable
{
    private const int Block = 64, ShownDepth = 10;
    private readonly Arena _rows;
    private readonly Tensor _candidates;
    private readonly Lazy<float[]> _mean;

    /// <param name="features">of the benchmark's pictures, not normalised.</param>
    public Evaluator(Benchmark benchmark, BenchmarkFeatures features, Device device)
    {
        features.Check(benchmark);
        (Benchmark, Features) = (benchmark, features);
        float[] unit = new float[features.Candidates.Length];
        for (int at = 0; at < unit.Length; at += features.P)
            UnitVectors.Normalize(features.Candidates.AsSpan(at, features.P)).CopyTo(unit, at);
        _rows = new(device);
        _mean = new(() => UnitVectors.MeanRow(features.Candidates, features.P));
        _candidates = _rows.From(unit, benchmark.Candidates.Count, features.P);
    }

    public Benchmark Benchmark { get; }

    public BenchmarkFeatures Features { get; }

    public void Dispose() => _rows.Dispose();

    /// <summary>Composes, ranks and scores every query.</summary>
    /// <exception cref="ArgumentException">The method's vectors have another size than the candidates'.</exception>
    public Outcome Run(EvaluatedMethod method)
    {
        IReadOnlyList<BenchmarkQuery> queries = Benchmark.Queries;
        float[] vectors = method.Composer.Compose([.. queries.Select(q => method.Compose(Features.Reference(q.Reference), q.Captions, _mean))]);
        if (vectors.Length != (long)queries.Count * Features.P)
            throw new ArgumentException($"{method.Name} gives {vectors.Length} numbers for {queries.Count} queries of {Features.P}.");
        int depth = Math.Max(ShownDepth, Benchmark.Metrics.Max(m => m.Depth));
        int[][] ranked = new int[queries.Count][], subsets = new int[queries.Count][];
        using Arena arena = new(_rows.Device);
        Graph g = new(arena);
        float[] host = new float[Block * Benchmark.Candidates.Count];
        for (int start = 0; start < queries.Count; start += Block)
        {
            int count = Math.Min(Block, queries.Count - start);
            Tensor scores = g.Linear(arena.From(vectors.AsSpan(start * Features.P, count * Features.P), count, Features.P), _candidates);  // [count, N]
            _rows.Device.Download(host.AsSpan(0, (int)scores.Count), scores);
            int first = start, n = scores.Columns;
            Parallel.For(0, count, i => Rank(queries[first + i], host.AsSpan(i * n, n), depth, out ranked[first + i], out subsets[first + i]));
            g.Reset();
        }
        return new(Benchmark, method, ranked, Score(ranked, subsets));
    }

    private void Rank(BenchmarkQuery query, ReadOnlySpan<float> scores, int depth, out int[] ranked, out int[] subset)
    {
        int without = Benchmark.DropReference ? query.Itself : -1;
        ranked = query.Among is int[] among ? Ranking.Order(scores, among, without) : Ranking.Top(scores, depth, without);
        subset = query.Subset is int[] members ? Ranking.Order(scores, members, without) : [];
    }

    private double[][][] Score(int[][] ranked, int[][] subsets) =>
    [
        .. Enumerable.Range(0, Benchmark.Truths.Count).Select(t => Benchmark.Metrics.Select(m => ranked
            .Select((r, q) => m.Of(new(Benchmark.Queries[q], Benchmark.Queries[q].Targets[t], r, subsets[q]))).ToArray()).ToArray()),
    ];
}
