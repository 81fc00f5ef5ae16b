using System.Collections.Concurrent;
using Cirrus.Clip;

namespace Cirrus.Methods.Searle;

/// <summary>Pseudo-words by the features of their pictures: each picture is inverted once. Thread-safe; one inversion at a time.</summary>
internal sealed class KnownWords(ClipModel clip, Func<float[], float[]> invert)
{
    private readonly ConcurrentDictionary<string, float[]> _words = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public int Count => _words.Count;

    /// <summary>Words of pictures, [n·P] → [n·W]; those not yet known are inverted together.</summary>
    /// <param name="learned">called after an inversion, still alone.</param>
    public float[] Of(float[] pictures, Action? learned = null)
    {
        int p = clip.Config.P, w = clip.Config.Text.Width, n = pictures.Length / p;
        string[] keys = [.. Enumerable.Range(0, n).Select(i => TextualInversion.KeyOf(pictures.AsSpan(i * p, p)))];
        if (keys.Any(k => !_words.ContainsKey(k)))
            lock (_lock)
            {
                int[] unknown = [.. Enumerable.Range(0, n).Where(i => !_words.ContainsKey(keys[i])).DistinctBy(i => keys[i])];
                if (unknown.Length > 0)
                {
                    float[] found = invert([.. unknown.SelectMany(i => pictures.AsSpan(i * p, p).ToArray())]);
                    for (int i = 0; i < unknown.Length; i++)
                        Add(keys[unknown[i]], found[(i * w)..((i + 1) * w)]);
                    learned?.Invoke();
                }
            }
        float[] words = new float[n * w];
        for (int i = 0; i < n; i++)
            _words[keys[i]].CopyTo(words, i * w);
        return words;
    }

    public void Add(string key, float[] word) => _words.TryAdd(key, word);

    /// <summary>All there are, in the order of their keys.</summary>
    public IReadOnlyList<KeyValuePair<string, float[]>> All() => [.. _words.OrderBy(k => k.Key, StringComparer.Ordinal)];
}
