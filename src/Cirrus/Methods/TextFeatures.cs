using Cirrus.Clip;

namespace Cirrus.Methods;

/// <summary>Features of texts by a frozen tower: each text is computed once, while memory lasts.</summary>
internal sealed class TextFeatures(ClipModel clip) : IDisposable
{
    private const long Room = 1L << 30;

    private readonly ClipEmbedder _embedder = new(clip);
    private readonly Dictionary<string, float[]> _known = [];
    private readonly long _most = Room / ((4L * clip.Config.P) + 200);

    /// <summary>Raw features → [texts.Count, P], row by row.</summary>
    public float[] Of(IReadOnlyList<string> texts)
    {
        int p = clip.Config.P;
        string[] missing = [.. texts.Distinct().Where(t => !_known.ContainsKey(t))];
        float[] computed = _embedder.EmbedTexts(missing);
        Dictionary<string, int> at = [];
        for (int i = 0; i < missing.Length; i++)
            if (_known.Count < _most)
                _known.Add(missing[i], computed[(i * p)..((i + 1) * p)]);
            else
                at.Add(missing[i], i);
        float[] features = new float[texts.Count * p];
        for (int i = 0; i < texts.Count; i++)
        {
            ReadOnlySpan<float> feature = _known.TryGetValue(texts[i], out float[]? row) ? row
                : computed.AsSpan(at[texts[i]] * p, p);
            feature.CopyTo(features.AsSpan(i * p));
        }
        return features;
    }

    public void Dispose() => _embedder.Dispose();
}
