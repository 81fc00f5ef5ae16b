using System.Collections.Concurrent;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Composes raw features of picture and words by what was trained on triplets.</summary>
/// <remarks>
/// Several texts are one caption, joined as in training. Several pictures give a vector each; the mean of the unit vectors is normalised.
/// A picture alone and words alone are themselves, for nothing was trained on these. Beyond the papers: --image-weight blends the
/// query with what stands alone at its ends, and terms to avoid are subtracted.
/// </remarks>
public abstract class FusionComposer : Composer
{
    /// <summary>What --image-weight does here.</summary>
    public const string ImageWeightMeaning = "0.5 (or unset) is the composed query; towards 0 it is blended with the words alone, towards 1 with the picture alone";

    private const int Chunk = 256;
    private readonly ClipModel _clip;
    private readonly ClipEmbedder _embedder;
    private readonly ConcurrentBag<Graph> _graphs = [];

    /// <param name="clip">embeds the words.</param>
    private protected FusionComposer(ClipModel clip, string name) => (_clip, _embedder, Name) = (clip, new(clip), name);

    public override string Name { get; }

    /// <summary>Queries of raw features [B, P] each → [B, P], of any length; may live in the graph's arena. Thread-safe.</summary>
    protected abstract Tensor Fuse(Graph g, Tensor pictures, Tensor words);

    public override string Prompt(string? text, bool hasPicture) => hasPicture ? PicturePlace.Remove(text ?? "") : text ?? "";

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        int p = _clip.Config.P;
        string?[] texts = [.. queries.Select(TextOf)];
        float[][] encoded = [.. _embedder.EmbedTexts([.. texts.OfType<string>()]).Chunk(p)];
        List<(float[] Picture, float[] Words)> pairs = [];
        float[]?[] words = new float[]?[queries.Count];
        for (int q = 0, at = 0; q < queries.Count; q++)
        {
            words[q] = texts[q] is null ? null : encoded[at++];
            if (queries[q].Pictures.FirstOrDefault(x => x.Length != p) is float[] odd)
                throw new ArgumentException($"A picture's feature has {odd.Length} numbers, not {p}.");
            if (words[q] is float[] w)
                pairs.AddRange(queries[q].Pictures.Select(picture => (picture, w)));
        }
        List<float[]> fused = FuseAll(pairs, p);
        float[] result = new float[queries.Count * p];
        for (int q = 0, at = 0; q < queries.Count; q++)
        {
            IReadOnlyList<float[]> pictures = queries[q].Pictures;
            float[] vector = (pictures.Count, words[q]) switch
            {
                (0, null) => throw new ArgumentException("A query needs a picture or words."),
                (0, float[] w) => UnitVectors.Normalize(w),
                (_, null) => UnitVectors.Mean(pictures),
                (_, float[] w) => Weigh(UnitVectors.Mean(fused[at..(at += pictures.Count)]), queries[q].ImageWeight, pictures, w),
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

    private static float[] Weigh(float[] composed, float? weight, IReadOnlyList<float[]> pictures, float[] words) => weight switch
    {
        null => composed,
        < 0.5f and float w => UnitVectors.Blend(UnitVectors.Normalize(words), 1 - (2 * w), composed, 2 * w),
        float w => UnitVectors.Blend(composed, 2 - (2 * w), UnitVectors.Mean(pictures), (2 * w) - 1),
    };

    private string? TextOf(Composition query)
    {
        string[] texts = [.. new[] { query.Text }.Concat(query.Alternatives ?? []).Select(t => Prompt(t, query.Pictures.Count > 0)).Where(t => !string.IsNullOrWhiteSpace(t))];
        return texts.Length == 0 ? null : TripletCaptions.Joined(texts);
    }

    private List<float[]> FuseAll(List<(float[] Picture, float[] Words)> pairs, int p)
    {
        Graph g = _graphs.TryTake(out Graph? idle) ? idle : new Graph(new Arena(_clip.Device));
        List<float[]> fused = [];
        foreach ((float[] Picture, float[] Words)[] some in pairs.Chunk(Chunk))
        {
            float[] rows = new float[some.Length * p];
            Tensor pictures = g.Arena.From([.. some.SelectMany(s => s.Picture)], some.Length, p), words = g.Arena.From([.. some.SelectMany(s => s.Words)], some.Length, p);
            _clip.Device.Download(rows, Fuse(g, pictures, words));
            g.Reset();
            fused.AddRange(rows.Chunk(p));
        }
        _graphs.Add(g);
        return fused;
    }
}
