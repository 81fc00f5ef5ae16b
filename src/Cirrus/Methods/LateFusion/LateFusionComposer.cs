using Cirrus.Clip;

namespace Cirrus.Methods.LateFusion;

/// <summary>Blends the picture's and the words' unit features; nothing is trained.</summary>
/// <remarks>
/// Several pictures, or alternative texts, are averaged as unit vectors first. Without a picture the words stand alone, and
/// the other way round. Source: the baselines of Pic2Word (Saito et al., CVPR 2023); Slerp: Shoemake, SIGGRAPH 1985.
/// </remarks>
public sealed class LateFusionComposer : Composer
{
    private readonly ClipModel _clip;
    private readonly Func<float[], float[], float, float[]> _fuse;
    private readonly float _imageWeight;
    private readonly ClipEmbedder _embedder;

    private LateFusionComposer(ClipModel clip, string name, float imageWeight, Func<float[], float[], float, float[]> fuse) =>
        (_clip, _embedder, Name, _imageWeight, _fuse) = (clip, new(clip), name, imageWeight, fuse);

    public override string Name { get; }

    /// <summary>norm(picture): the words are not read unless there is no picture.</summary>
    public static LateFusionComposer Image(ClipModel clip) => new(clip, "image", 1f, (picture, _, _) => picture);

    /// <summary>norm(words): the picture is not read unless there are no words.</summary>
    public static LateFusionComposer Text(ClipModel clip) => new(clip, "text", 0f, (_, words, _) => words);

    /// <summary>norm(w·picture + (1 − w)·words) of unit vectors; w = 0.5 is the plain sum.</summary>
    public static LateFusionComposer Sum(ClipModel clip, float imageWeight = 0.5f) => new(clip, "sum", imageWeight, (picture, words, w) =>
        UnitVectors.Blend(picture, w, words, 1f - w));

    /// <summary>The point at 1 − w of the great circle from the picture to the words.</summary>
    public static LateFusionComposer Slerp(ClipModel clip, float imageWeight = 0.2f) => new(clip, "slerp", imageWeight, (picture, words, w) =>
        Between(picture, words, 1f - w));

    public override string Prompt(string? text, bool hasPicture) => hasPicture ? PicturePlace.Remove(text ?? "") : text ?? "";

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        int p = _clip.Config.P;
        string[][] texts = [.. queries.Select(q => TextsOf(q))];
        float[][] encoded = [.. _embedder.EmbedTexts([.. texts.SelectMany(t => t)]).Chunk(p)];
        float[] result = new float[queries.Count * p];
        for (int q = 0, at = 0; q < queries.Count; at += texts[q].Length, q++)
        {
            Composition query = queries[q];
            float[]? words = texts[q].Length == 0 ? null : UnitVectors.Mean(encoded[at..(at + texts[q].Length)]);
            if (query.Pictures.FirstOrDefault(x => x.Length != p) is float[] odd)
                throw new ArgumentException($"A picture's feature has {odd.Length} numbers, not {p}.");
            float[]? picture = query.Pictures.Count == 0 ? null : UnitVectors.Mean(query.Pictures);
            float[] vector = (picture, words) switch
            {
                (null, null) => throw new ArgumentException("A query needs a picture or words."),
                (null, _) => words,
                (_, null) => picture,
                _ => _fuse(picture, words, query.ImageWeight ?? _imageWeight),
            };
            UnitVectors.Without(vector, query.Without).CopyTo(result.AsSpan(q * p));
        }
        return result;
    }

    public override void Dispose()
    {
        _embedder.Dispose();
        base.Dispose();
    }

    private string[] TextsOf(Composition query) => Name == "image" && query.Pictures.Count > 0
        ? []
        : [.. new[] { query.Text }.Concat(query.Alternatives ?? []).Select(t => Prompt(t, query.Pictures.Count > 0)).Where(t => !string.IsNullOrWhiteSpace(t))];

    /// <summary>Spherical interpolation of unit vectors: α = 0 is v, α = 1 is w.</summary>
    internal static float[] Between(float[] v, float[] w, float alpha)
    {
        double dot = 0;
        for (int i = 0; i < v.Length; i++)
            dot += (double)v[i] * w[i];
        double angle = Math.Acos(Math.Clamp(dot, -1, 1)), sine = Math.Sin(angle);
        if (sine < 1e-6)
            return UnitVectors.Blend(v, 1f - alpha, w, alpha);
        return UnitVectors.Blend(v, (float)(Math.Sin((1 - alpha) * angle) / sine), w, (float)(Math.Sin(alpha * angle) / sine));
    }
}
