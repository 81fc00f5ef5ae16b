using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>
/// Runs any method on any benchmark: composes all queries, ranks by dot product of unit rows (or by a method's masked
/// terms), asks every metric.
/// </summary>
public sealed class Evaluator : IDisposable
{
    private const int Block = 64, RowsAtOnce = 4096;
    private readonly Arena _rows;
    private readonly Tensor _candidates;
    private readonly Lazy<float[]> _mean, _onHost;

    /// <param name="features">of the benchmark's pictures, not normalised.</param>
    public Evaluator(Benchmark benchmark, BenchmarkFeatures features, Device device)
    {
        features.Check(benchmark);
        (Benchmark, Features) = (benchmark, features);
        _rows = new(device);
        _mean = new(() => features.MeanCandidate());
        _onHost = new(() => _candidates!.ToArray());
        _candidates = _rows.New(benchmark.Candidates.Count, features.P);
        float[] unit = new float[Math.Min(RowsAtOnce, benchmark.Candidates.Count) * features.P];
        for (int start = 0; start < benchmark.Candidates.Count; start += RowsAtOnce)
            Normalize(features, start, Math.Min(RowsAtOnce, benchmark.Candidates.Count - start), unit);
    }

    public Benchmark Benchmark { get; }

    public BenchmarkFeatures Features { get; }

    public void Dispose() => _rows.Dispose();

    /// <summary>Composes, ranks and scores every query.</summary>
    /// <param name="report">called with the number of queries done.</param>
    /// <exception cref="ArgumentException">The method's vectors have another size than the candidates'.</exception>
    /// <exception cref="CirrusException">The method looks at patches, and the reference pictures are not at hand.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public Outcome Run(EvaluatedMethod method, Action<int>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Rank(method.Name, method.TrainSeconds, queries =>
        {
            Composition[] asked = [.. queries.Select(q => Ask(method, Benchmark.Queries[q]))];
            return method.Composer.ComposeMasked(asked) is { } terms ? new(null, terms) : new(method.Composer.Compose(asked), null);
        }, report, stop);
    }

    /// <summary>Ranks and scores query vectors that are there already.</summary>
    /// <param name="vectors">[queries, P], in order.</param>
    /// <exception cref="ArgumentException">They have another size.</exception>
    public Outcome RunVectors(string method, float[] vectors, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        int p = Features.P;
        return vectors.Length != (long)Benchmark.Queries.Count * p
            ? throw new ArgumentException($"{method} has {vectors.Length} numbers for {Benchmark.Queries.Count} queries of {p}.")
            : Rank(method, null, queries => new([.. queries.SelectMany(q => vectors[(q * p)..((q + 1) * p)])], null), null, stop);
    }

    private void Normalize(BenchmarkFeatures features, int start, int count, float[] unit)
    {
        int p = features.P;
        Parallel.For(0, count, i => UnitVectors.Normalize(features.Candidates.AsSpan((start + i) * p, p)).CopyTo(unit, i * p));
        _rows.Device.Upload(_candidates.Slice(start, count), unit.AsSpan(0, count * p));
    }

    private Outcome Rank(
        string method, double? trainSeconds, Func<int[], Asked> compose, Action<int>? report, CancellationToken stop)
    {
        int[][] ranked = new int[Benchmark.Queries.Count][], subsets = new int[Benchmark.Queries.Count][];
        using Arena arena = new(_rows.Device);
        Graph g = new(arena);
        float[] scores = [];
        for (int start = 0; start < ranked.Length; start += Block)
        {
            stop.ThrowIfCancellationRequested();
            int[] all = [.. Enumerable.Range(start, Math.Min(Block, ranked.Length - start))];
            foreach (int lost in all)
                (ranked[lost], subsets[lost]) = ([], []);
            int[] queries = [.. all.Where(q => !Features.MissingReferences.Contains(Benchmark.Queries[q].Reference))];
            if (queries.Length > 0)
                RankBlock(g, method, queries, compose(queries), ranked, subsets, ref scores);
            report?.Invoke(start + all.Length);
        }
        return Outcome.Of(Benchmark, method, trainSeconds, ranked, subsets);
    }

    /// <summary>Ranks the queries of a block; those that share their candidates together.</summary>
    private void RankBlock(
        Graph g, string method, int[] queries, Asked asked, int[][] ranked, int[][] subsets, ref float[] scores)
    {
        if (asked.Vectors is float[] v && v.Length != (long)queries.Length * Features.P)
            throw new ArgumentException($"{method} gives {v.Length} numbers for {queries.Length} queries of {Features.P}.");
        for (int first = 0, next; first < queries.Length; first = next)
        {
            int[]? among = Benchmark.Queries[queries[first]].Among;
            for (next = first + 1; next < queries.Length && Benchmark.Queries[queries[next]].Among == among; next++)
            {
            }
            int n = among?.Length ?? Benchmark.Candidates.Count, from = first;
            if (scores.Length < (next - first) * n)
                scores = new float[(next - first) * n];
            float[] of = scores;
            Score(g, asked, first, next - first, among, of);
            Parallel.For(first, next, i =>
                Rank(Benchmark.Queries[queries[i]], of.AsSpan((i - from) * n, n), out ranked[queries[i]], out subsets[queries[i]]));
        }
    }

    private Composition Ask(EvaluatedMethod method, BenchmarkQuery query)
    {
        float[]? patches = !method.Composer.NeedsPatches ? null : Features.Patches?.Invoke(query.Reference)
            ?? throw new CirrusException($"{method.Name} looks at the reference pictures themselves, "
                + $"and of {Benchmark.Name} only their features are here.",
                hint: "evaluate it where the pictures are");
        Composition asked = method.Compose(Features.Reference(query.Reference), method.TextsOf(query), _mean, patches);
        if (method.Composer.ReadsAvoided)
            return asked with { Avoided = query.Avoided, Mask = query.Mask };
        Func<string, float[]> words = Features.Words ?? (avoided =>
            throw new ArgumentException($"{method.Name} wants the feature of '{avoided}', and {Benchmark.Name} has none of words."));
        return query.Avoided.Count == 0 ? asked : asked with { Without = [.. query.Avoided.Select(words)] };
    }

    /// <summary>Scores of some queries over some candidates → [count, among], row by row, at the beginning of scores.</summary>
    private void Score(Graph g, Asked asked, int first, int count, int[]? among, float[] scores)
    {
        int n = among?.Length ?? Benchmark.Candidates.Count, p = Features.P;
        if (asked.Terms is { } terms)
        {
            Parallel.For(0, count, q =>
            {
                for (int i = 0; i < n; i++)
                    scores[(q * n) + i] = MaskedTerm.Score(terms[first + q], Row(among?[i] ?? i));
            });
            return;
        }
        Tensor rows = _candidates;
        if (among is not null)
        {
            float[] some = new float[n * p];
            for (int i = 0; i < n; i++)
                Row(among[i]).CopyTo(some.AsSpan(i * p));
            rows = g.Arena.From(some, n, p);
        }
        Tensor all = g.Linear(g.Arena.From(asked.Vectors.AsSpan(first * p, count * p), count, p), rows);    // [count, n]
        _rows.Device.Download(scores.AsSpan(0, count * n), all);
        g.Reset();
    }

    private ReadOnlySpan<float> Row(int candidate) =>
        (_candidates.Device.IsHost ? _candidates.Floats : _onHost.Value).Slice(candidate * Features.P, Features.P);

    private void Rank(BenchmarkQuery query, ReadOnlySpan<float> scores, out int[] ranked, out int[] subset)
    {
        IReadOnlySet<int> missing = Features.MissingCandidates;
        int without = Benchmark.DropReference ? query.Itself : -1;
        int[]? among = query.Among;
        bool Counts(int place) => place != without && !missing.Contains(place);
        ranked = Ranking.Top(scores, Benchmark.Depth, i => Counts(among?[i] ?? i));
        for (int i = 0; among is not null && i < ranked.Length; i++)
            ranked[i] = among[ranked[i]];
        subset = query.Subset is int[] members ? Ranking.Order(scores, members, Counts) : [];
    }

    /// <summary>What queries are scored by: unit vectors, or a method's terms.</summary>
    private sealed record Asked(float[]? Vectors, IReadOnlyList<MaskedTerm>[]? Terms);
}
