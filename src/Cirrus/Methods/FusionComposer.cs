using System.Collections.Concurrent;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Composes raw features of picture and words by what was trained on triplets.</summary>
/// <remarks>
/// Several texts are one caption, joined as in training. Several pictures give a vector each; the mean of the unit vectors
/// is normalised. A picture alone and words alone are themselves, for nothing was trained on these. Beyond the papers:
/// --image-weight blends the query with what stands alone at its ends, and terms to avoid are subtracted.
/// </remarks>
public abstract class FusionComposer : Composer
{
    /// <summary>What --image-weight does here.</summary>
    public const string ImageWeightMeaning =
        "0.5 (or unset) is the composed query; towards 0 it is blended with the words alone, towards 1 with the picture alone";

    private const int Chunk = 256, PatchChunk = 32;
    private readonly ClipModel _clip;
    private readonly ClipEmbedder _embedder;
    private readonly ConcurrentBag<Graph> _graphs = [];

    /// <param name="clip">embeds the words.</param>
    private protected FusionComposer(ClipModel clip, string name) => (_clip, _embedder, Name) = (clip, new(clip), name);

    public override string Name { get; }

    /// <summary>True when <see cref="Fuse"/> reads token states.</summary>
    private protected virtual bool NeedsTokens => false;

    /// <summary>Queries → [B, P], of any length; may live in the graph's arena. Thread-safe.</summary>
    protected abstract Tensor Fuse(Graph g, HeadInput input);

    public override string Prompt(string? text, bool hasPicture) => hasPicture ? PicturePlace.Remove(text ?? "") : text ?? "";

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        int p = _clip.Config.P;
        float[]?[] words = Words(queries);
        List<Pair> pairs = [];
        for (int q = 0; q < queries.Count; q++)
            if (words[q] is float[] w)
                for (int i = 0; i < queries[q].Pictures.Count; i++)
                    pairs.Add(new(queries[q].Pictures[i], w, TextOf(queries[q])!, PatchesOf(queries[q], i)));
        List<float[]> fused = FuseAll(pairs, p);
        float[] result = new float[queries.Count * p];
        for (int q = 0, at = 0; q < queries.Count; q++)
        {
            IReadOnlyList<float[]> pictures = queries[q].Pictures;
            float[] vector = (pictures.Count, words[q]) switch
            {
                (0, _) => UnitVectors.Normalize(words[q]!),
                (_, null) => UnitVectors.Mean(pictures, queries[q].Shares),
                (_, float[] w) => UnitVectors.Weigh(UnitVectors.Mean(fused[at..(at += pictures.Count)], queries[q].Shares),
                    queries[q].ImageWeight, [w], pictures,
                    queries[q].Shares),
            };
            UnitVectors.Without(vector, queries[q].Without).CopyTo(result.AsSpan(q * p));
        }
        return result;
    }

    public override void Dispose()
    {
        while (_graphs.TryTake(out Graph? graph))
            graph.Arena.Dispose();
        _embedder.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The raw feature of each query's words; null where there are none.</summary>
    /// <exception cref="ArgumentException">A query is empty, or a picture's feature has another size.</exception>
    private protected float[]?[] Words(IReadOnlyList<Composition> queries)
    {
        int p = _clip.Config.P, at = 0;
        string?[] texts = [.. queries.Select(TextOf)];
        foreach ((Composition query, string? text) in queries.Zip(texts))
        {
            if (text is null && query.Pictures.Count == 0)
                throw new ArgumentException("A query needs a picture or words.");
            if (query.Pictures.FirstOrDefault(x => x.Length != p) is float[] odd)
                throw new ArgumentException($"A picture's feature has {odd.Length} numbers, not {p}.");
        }
        string[] all = [.. texts.OfType<string>()];
        float[][] encoded = Recent?.Texts(all, Embed) ?? Embed(all);
        return [.. texts.Select(t => t is null ? null : encoded[at++])];
    }

    private float[][] Embed(IReadOnlyList<string> texts) => [.. _embedder.EmbedTexts(texts).Chunk(_clip.Config.P)];

    /// <summary>Computes in a graph of its own; the results' values are read out of it.</summary>
    private protected float[][] Run(Func<Graph, Tensor[]> compute)
    {
        Graph g = _graphs.TryTake(out Graph? idle) ? idle : new Graph(new Arena(_clip.Device));
        float[][] values = [.. compute(g).Select(t => t.ToArray())];
        g.Reset();
        _graphs.Add(g);
        return values;
    }

    private string? TextOf(Composition query)
    {
        string[] texts = [.. new[] { query.Text }.Concat(query.Alternatives ?? [])
            .Select(t => Prompt(t, query.Pictures.Count > 0)).Where(t => !string.IsNullOrWhiteSpace(t))];
        return texts.Length == 0 ? null : TripletCaptions.Joined(texts);
    }

    private float[] PatchesOf(Composition query, int picture) => !NeedsPatches ? [] : query.Patches?[picture]
        ?? throw new ArgumentException($"{Name} looks at the patches of the pictures; the query has their features alone.");

    private List<float[]> FuseAll(List<Pair> pairs, int p)
    {
        List<float[]> fused = [];
        foreach (Pair[] some in pairs.Chunk(NeedsPatches ? PatchChunk : Chunk))
            fused.AddRange(Run(g => [Fuse(g, Input(g, some, p))])[0].Chunk(p));
        return fused;
    }

    private HeadInput Input(Graph g, Pair[] some, int p)
    {
        HeadInput input = new(g.Arena.From([.. some.SelectMany(s => s.Picture)], some.Length, p),
            g.Arena.From([.. some.SelectMany(s => s.Words)], some.Length, p));
        if (NeedsTokens)
            input = input.WithTokens(g, _clip, [.. some.Select(s => s.Text)]);
        if (!NeedsPatches)
            return input;
        int v = _clip.Config.Vision.Width;
        float[] patches = [.. some.SelectMany(s => s.Patches)];
        return input with { Patches = g.Arena.From(patches, patches.Length / v, v) };
    }

    private sealed record Pair(float[] Picture, float[] Words, string Text, float[] Patches);
}
