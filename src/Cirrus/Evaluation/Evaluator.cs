using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Evaluation;

/// <summary>The first candidates of one query, best first, with their scores.</summary>
public sealed record Ranking(int[] Candidates, float[] Scores);

/// <summary>Composes and ranks all queries of a benchmark: the only place where rankings are made.</summary>
public static class Evaluator
{
    private const int Chunk = 256;

    /// <summary>Ranks the gallery for every query.</summary>
    /// <param name="features">raw features of the candidates, [N, P] row by row.</param>
    /// <param name="composer">makes the query vectors.</param>
    /// <param name="imageWeight">for methods that have a weight; null is their own.</param>
    /// <param name="references">raw features of reference pictures that are no candidates, by query; null when all are.</param>
    /// <param name="depth">how many places are kept.</param>
    public static Ranking[] Rank(Benchmark benchmark, ReadOnlySpan<float> features, Composer composer, Device device, float? imageWeight = null,
        IReadOnlyList<float[]>? references = null, int depth = 50)
    {
        int n = benchmark.Candidates.Count;
        if (n == 0 || features.Length % n != 0)
            throw new ArgumentException($"{features.Length} numbers are not the features of {n} candidates.");
        int p = features.Length / n;
        List<Composition> queries = new(benchmark.Queries.Count);
        for (int q = 0; q < benchmark.Queries.Count; q++)
        {
            BenchmarkQuery query = benchmark.Queries[q];
            float[] picture = references is not null ? references[q] : features.Slice(query.Reference * p, p).ToArray();
            queries.Add(new([picture], query.Texts[0], ImageWeight: imageWeight, Alternatives: query.Texts.Count > 1 ? [.. query.Texts.Skip(1)] : null));
        }
        float[] vectors = composer.Compose(queries);
        using Arena gallery = new(device), scratch = new(device);
        Graph g = new(scratch);
        Tensor rows = gallery.New(n, p);
        device.Upload(rows, Download(g.L2Normalize(scratch.From(features, n, p))));
        Ranking[] rankings = new Ranking[queries.Count];
        for (int from = 0; from < queries.Count; from += Chunk)
        {
            int count = Math.Min(Chunk, queries.Count - from), first = from;
            g.Reset();
            float[] scores = Download(g.Linear(scratch.From(vectors.AsSpan(from * p, count * p), count, p), rows));    // [count, N]
            Parallel.For(0, count, i => rankings[first + i] = First(scores.AsSpan(i * n, n),
                benchmark.DropReference ? benchmark.Queries[first + i].Reference : -1, depth));
        }
        return rankings;
    }

    /// <summary>The first places; equal scores stand in the order of the candidates.</summary>
    internal static Ranking First(ReadOnlySpan<float> scores, int without, int depth)
    {
        int room = Math.Min(depth, scores.Length - (without >= 0 ? 1 : 0));
        PriorityQueue<int, (float Score, int Order)> best = new(room + 1);
        for (int i = 0; i < scores.Length; i++)
        {
            float score = float.IsNaN(scores[i]) ? float.NegativeInfinity : scores[i];
            if (i == without || (best.Count == room && best.TryPeek(out _, out (float Score, int Order) last) && score <= last.Score))
                continue;
            best.Enqueue(i, (score, -i));
            if (best.Count > room)
                best.Dequeue();
        }
        int[] order = new int[best.Count];
        float[] values = new float[best.Count];
        for (int i = order.Length - 1; i >= 0; i--)
        {
            best.TryDequeue(out order[i], out (float Score, int Order) at);
            values[i] = at.Score;
        }
        return new(order, values);
    }

    private static float[] Download(Tensor x)
    {
        float[] values = new float[x.Count];
        x.Device.Download(values, x);
        return values;
    }
}
