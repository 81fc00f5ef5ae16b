using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>Token ids and text features of phrases, computed without a graph and kept while there is room. Not thread-safe.</summary>
internal sealed class PhraseFeatures(ClipModel clip) : IDisposable
{
    private const int Room = 1 << 26, Chunk = 64;
    private readonly Graph _graph = new(new Arena(clip.Device));
    private readonly Dictionary<string, int[]> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> _features = new(StringComparer.Ordinal);

    /// <summary>Tokens that went through the tower so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Ids as the released code has them: OpenAI's tokenizer, too long a text cut.</summary>
    public int[] Ids(string text)
    {
        if (!_ids.TryGetValue(text, out int[]? ids))
        {
            ids = clip.Tokenizer.Encode(text);
            if (_ids.Count < Room / 1024)
                _ids.Add(text, ids);
        }
        return ids;
    }

    /// <summary>Un-normalised features → [texts.Count · P].</summary>
    public float[] Of(IReadOnlyList<string> texts)
    {
        int p = clip.Config.P;
        Dictionary<string, float[]> computed = new(StringComparer.Ordinal);
        foreach (string[] chunk in texts.Where(t => !_features.ContainsKey(t)).Distinct(StringComparer.Ordinal).Chunk(Chunk))
        {
            TokenBatch tokens = TokenBatch.From([.. chunk.Select(Ids)]);
            float[] rows = clip.Text.Forward(_graph, tokens).ToArray();
            _graph.Reset();
            Tokens += tokens.Rows.R;
            for (int i = 0; i < chunk.Length; i++)
                computed.Add(chunk[i], rows[(i * p)..((i + 1) * p)]);
        }
        float[] features = new float[texts.Count * p];
        for (int i = 0; i < texts.Count; i++)
            (computed.GetValueOrDefault(texts[i]) ?? _features[texts[i]]).CopyTo(features, i * p);
        foreach ((string text, float[] feature) in computed)
            if (_features.Count < Room / p)
                _features.Add(text, feature);
        return features;
    }

    public void Dispose() => _graph.Arena.Dispose();
}
