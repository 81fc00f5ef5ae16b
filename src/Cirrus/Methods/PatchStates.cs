using Cirrus.Clip;

namespace Cirrus.Methods;

/// <summary>Patch states of pictures to learn from, by a frozen tower: each is computed once, while memory lasts.</summary>
internal sealed class PatchStates(ClipModel clip, PictureSet pictures) : IDisposable
{
    private const long Room = 1L << 30;

    private readonly ClipEmbedder _embedder = new(clip);
    private readonly Dictionary<int, float[]> _known = [];
    private readonly long _most = Room / (4L * (clip.Config.Vision.Patches + 1) * clip.Config.Vision.Width);

    /// <summary>States of a picture: the class token and every patch.</summary>
    public int T { get; } = clip.Config.Vision.Patches + 1;

    public int V { get; } = clip.Config.Vision.Width;

    /// <summary>[places.Count·T, V], row by row; see <see cref="VisionTower.States"/>.</summary>
    public float[] Of(IReadOnlyList<int> places)
    {
        int[] missing = [.. places.Distinct().Where(i => !_known.ContainsKey(i))];
        ReadOnlyMemory<float>[] pixels = new ReadOnlyMemory<float>[missing.Length];
        Parallel.For(0, missing.Length, i => pixels[i] = pictures.Read(missing[i]));
        float[] computed = _embedder.EmbedPatches(pixels);
        Dictionary<int, int> at = [];
        for (int i = 0; i < missing.Length; i++)
            if (_known.Count < _most)
                _known.Add(missing[i], computed[(i * T * V)..((i + 1) * T * V)]);
            else
                at.Add(missing[i], i);
        float[] states = new float[places.Count * T * V];
        for (int i = 0; i < places.Count; i++)
        {
            ReadOnlySpan<float> picture = _known.TryGetValue(places[i], out float[]? own) ? own
                : computed.AsSpan(at[places[i]] * T * V, T * V);
            picture.CopyTo(states.AsSpan(i * T * V));
        }
        return states;
    }

    public void Dispose() => _embedder.Dispose();
}
