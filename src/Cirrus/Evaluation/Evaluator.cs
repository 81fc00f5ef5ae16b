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

    internal Composition Compose(float[] reference, IReadOnlyList<string> captions, Lazy<float[]> galleryMean, float[]? patches) => new([reference], Say(captions[0]),
        ImageWeight: ImageWeight, Alternatives: captions.Count > 1 ? [.. captions.Skip(1).Select(Say)] : null,
        Sentence: Sentence is { GapShift: true } ? Sentence with { GalleryMean = galleryMean.Value } : Sentence, Patches: patches is null ? null : [patches]);

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

/// <summary>Runs any method on any benchmark: composes all queries, ranks by dot product of unit rows (or by a method's masked terms), asks every metric.</summary>
public sealed class Evaluator : IDisposable
{
    private const int Block = 64, ShownDepth = 10;
    private readonly Arena _rows;
    private readonly Tensor _candidates;
    private readonly Lazy<float[]> _mean;
    private readonly float[] _unit;

    /// <param name="features">of the benchmark's pictures, not normalised.</param>
    public Evaluator(Benchmark benchmark, BenchmarkFeatures features, Device device)
    {
        features.Check(benchmark);
        (Benchmark, Features) = (benchmark, features);
        _unit = new float[features.Candidates.Length];
        for (int at = 0; at < _unit.Length; at += features.P)
            UnitVectors.Normalize(features.Candidates.AsSpan(at, features.P)).CopyTo(_unit, at);
        _rows = new(device);
        _mean = new(() => UnitVectors.MeanRow(features.Candidates, features.P));
        _candidates = _rows.From(_unit, benchmark.Candidates.Count, features.P);
    }

    public Benchmark Benchmark { get; }

    public BenchmarkFeatures Features { get; }

    public void Dispose() => _rows.Dispose();

    /// <summary>Composes, ranks and scores every query.</summary>
    /// <exception cref="ArgumentException">The method's vectors have another size than the candidates'.</exception>
    /// <exception cref="CirrusException">The method looks at patches, and the reference pictures are not at hand.</exception>
    public Outcome Run(EvaluatedMethod method)
    {
        IReadOnlyList<BenchmarkQuery> queries = Benchmark.Queries;
        int depth = Math.Max(ShownDepth, Benchmark.Metrics.Max(m => m.Depth)), n = Benchmark.Candidates.Count;
        int[][] ranked = new int[queries.Count][], subsets = new int[queries.Count][];
        float[] scores = new float[Block * n];
        using Arena arena = new(_rows.Device);
        Graph g = new(arena);
        for (int start = 0; start < queries.Count; start += Block)
        {
            int count = Math.Min(Block, queries.Count - start), first = start;
            ScoreAll(g, method, [.. queries.Skip(start).Take(count).Select(q => Ask(method, q))], scores);
            Parallel.For(0, count, i => Rank(queries[first + i], scores.AsSpan(i * n, n), depth, out ranked[first + i], out subsets[first + i]));
        }
        return new(Benchmark, method, ranked, Score(ranked, subsets));
    }

    private Composition Ask(EvaluatedMethod method, BenchmarkQuery query) => method.Compose(Features.Reference(query.Reference), query.Captions, _mean,
        !method.Composer.NeedsPatches ? null : Features.Patches?.Invoke(query.Reference)
            ?? throw new CirrusException($"{method.Name} looks at the reference pictures themselves, and of {Benchmark.Name} only their features are here.",
                hint: "evaluate it where the pictures are"));

    /// <summary>Scores of queries → [asked.Count, N], row by row.</summary>
    private void ScoreAll(Graph g, EvaluatedMethod method, Composition[] asked, float[] scores)
    {
        int n = Benchmark.Candidates.Count, p = Features.P;
        if (method.Composer.ComposeMasked(asked) is { } terms)
        {
            Parallel.For(0, asked.Length, q =>
            {
                for (int i = 0; i < n; i++)
                    scores[(q * n) + i] = MaskedTerm.Score(terms[q], _unit.AsSpan(i * p, p));
            });
            return;
        }
        float[] vectors = method.Composer.Compose(asked);
        if (vectors.Length != (long)asked.Length * p)
            throw new ArgumentException($"{method.Name} gives {vectors.Length} numbers for {asked.Length} queries of {p}.");
        Tensor all = g.Linear(g.Arena.From(vectors, asked.Length, p), _candidates);                                           // [asked, N]
        _rows.Device.Download(scores.AsSpan(0, (int)all.Count), all);
        g.Reset();
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
