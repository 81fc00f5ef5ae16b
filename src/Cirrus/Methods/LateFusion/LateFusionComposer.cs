using Cirrus.Clip;

namespace Cirrus.Methods.LateFusion;

/// <summary>Blends the picture's and the words' features; nothing is trained.</summary>
/// <remarks>
/// Several pictures, or alternative texts, are averaged first. Without a picture the words stand alone, and the other way round.
/// Raw: features are taken as long as CLIP made them, so that the longer side counts for more; the query is normalised in the end.
/// A weighted average is the sum divided by a number, so it ranks as the sum does and has no code of its own.
/// Source: the baselines of Pic2Word (Saito et al., CVPR 2023); Slerp: Shoemake, SIGGRAPH 1985.
/// </remarks>
public sealed class LateFusionComposer : Composer
{
    internal const float SlerpWeight = 0.2f;

    private readonly ClipModel _clip;
    private readonly Func<float[], float[], float, float[]> _fuse;
    private readonly float _imageWeight;
    private readonly bool _raw;
    private readonly ClipEmbedder _embedder;

    private LateFusionComposer(
        ClipModel clip, string name, float imageWeight, bool raw, Func<float[], float[], float, float[]> fuse)
    {
        (_clip, _embedder, _imageWeight, _raw, _fuse) = (clip, new(clip), imageWeight, raw, fuse);
        Name = raw ? $"{name}-raw" : name;
    }

    public override string Name { get; }

    /// <summary>norm(picture): the words are not read unless there is no picture.</summary>
    public static LateFusionComposer Image(ClipModel clip) => new(clip, "image", 1f, false, (picture, _, _) => picture);

    /// <summary>norm(words): the picture is not read unless there are no words.</summary>
    public static LateFusionComposer Text(ClipModel clip) => new(clip, "text", 0f, false, (_, words, _) => words);

    /// <summary>norm(w·picture + (1 − w)·words), of unit vectors unless <paramref name="raw"/>; w = 0.5 is the plain sum.</summary>
    public static LateFusionComposer Sum(ClipModel clip, float imageWeight = 0.5f, bool raw = false) =>
        new(clip, "sum", imageWeight, raw, (picture, words, w) =>
        UnitVectors.Blend(picture, w, words, 1f - w));

    /// <summary>The point at 1 − w of the great circle from the picture to the words.</summary>
    public static LateFusionComposer Slerp(ClipModel clip, float imageWeight = SlerpWeight, bool raw = false) =>
        new(clip, "slerp", imageWeight, raw, (picture, words, w) =>
        Between(picture, words, 1f - w));

    public override string Prompt(string? text, bool hasPicture) => !hasPicture ? text ?? ""
        : Name == "image" ? ""
        : PicturePlace.Remove(text ?? "");

    public override float[] Compose(IReadOnlyList<Composition> queries)
    {
        int p = _clip.Config.P;
        string[][] texts = [.. queries.Select(q => TextsOf(q))];
        string[] all = [.. texts.SelectMany(t => t)];
        float[][] encoded = Recent?.Texts(all, Embed) ?? Embed(all);
        float[] result = new float[queries.Count * p];
        for (int q = 0, at = 0; q < queries.Count; at += texts[q].Length, q++)
        {
            Composition query = queries[q];
            float[]? words = texts[q].Length == 0 ? null : Mean(encoded[at..(at + texts[q].Length)]);
            if (query.Pictures.FirstOrDefault(x => x.Length != p) is float[] odd)
                throw new ArgumentException($"A picture's feature has {odd.Length} numbers, not {p}.");
            float[]? picture = query.Pictures.Count == 0 ? null : Mean(query.Pictures, query.Shares);
            float[] vector = (picture, words) switch
            {
                (null, null) => throw new ArgumentException("A query needs a picture or words."),
                (null, _) => UnitVectors.Normalize(words),
                (_, null) => UnitVectors.Normalize(picture),
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

    private string[] TextsOf(Composition query) =>
        [.. new[] { query.Text }.Concat(query.Alternatives ?? []).Select(t => Prompt(t, query.Pictures.Count > 0)).Where(t =>
            !string.IsNullOrWhiteSpace(t))];

    private float[][] Embed(IReadOnlyList<string> texts) => [.. _embedder.EmbedTexts(texts).Chunk(_clip.Config.P)];

    private float[] Mean(IReadOnlyList<float[]> vectors, IReadOnlyList<float>? shares = null)
    {
        if (!_raw)
            return UnitVectors.Mean(vectors, shares);
        float[] mean = new float[vectors[0].Length];
        float all = shares?.Sum() ?? vectors.Count;
        for (int k = 0; k < vectors.Count; k++)
            for (int i = 0; i < mean.Length; i++)
                mean[i] += (shares?[k] ?? 1) * vectors[k][i] / all;
        return mean;
    }

    /// <summary>
    /// Spherical interpolation: α = 0 is the direction of v, α = 1 that of w. Lengths other than one weigh in, as in
    /// slerp of raw features.
    /// </summary>
    internal static float[] Between(float[] v, float[] w, float alpha)
    {
        double dot = 0, vv = 0, ww = 0;
        for (int i = 0; i < v.Length; i++)
            (dot, vv, ww) = (dot + ((double)v[i] * w[i]), vv + ((double)v[i] * v[i]), ww + ((double)w[i] * w[i]));
        double angle = Math.Acos(Math.Clamp(dot / Math.Max(Math.Sqrt(vv * ww), 1e-24), -1, 1)), sine = Math.Sin(angle);
        if (sine < 1e-6)
            return UnitVectors.Blend(v, 1f - alpha, w, alpha);
        return UnitVectors.Blend(v, (float)(Math.Sin((1 - alpha) * angle) / sine), w, (float)(Math.Sin(alpha * angle) / sine));
    }
}
