using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Reads the picture at a place of a set → CLIP's pixels [3, S, S].</summary>
/// <param name="random">null: as the picture is searched; else a window of it is drawn from here, as training does.</param>
/// <exception cref="CirrusException">It cannot be read.</exception>
public delegate float[] PictureReader(int place, Philox? random = null);

/// <summary>Pictures to learn from, read when they are wanted.</summary>
/// <param name="Names">one a picture, for messages and caches.</param>
/// <param name="Fingerprint">differs where names or contents do: tells a resumed run that its data are the same.</param>
/// <param name="Read">thread-safe.</param>
public sealed record PictureSet(IReadOnlyList<string> Names, string Fingerprint, PictureReader Read)
{
    public int Count => Names.Count;

    /// <summary>
    /// What a cache finds the feature of a picture by: equal for pictures that have equal pixels, and for these alone.
    /// Else the place in this set.
    /// </summary>
    public Func<int, string> KeyOf { get; init; } =
        place => string.Create(CultureInfo.InvariantCulture, $"{Fingerprint} {place}");

    /// <summary>Raw features of all pictures, [Count, P], read on all cores.</summary>
    /// <param name="report">called with the number done.</param>
    /// <exception cref="CirrusException">A picture cannot be read; <see cref="PictureFeatures"/> leaves such out.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public float[] Embed(ClipModel clip, Action<int>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        const int Batch = 128;
        using ClipEmbedder embedder = new(clip);
        float[] features = new float[checked(Count * clip.Config.P)];
        for (int start = 0; start < Count; start += Batch)
        {
            ReadOnlyMemory<float>[] pixels = new ReadOnlyMemory<float>[Math.Min(Batch, Count - start)];
            int first = start;
            Parallel.For(0, pixels.Length, new ParallelOptions { CancellationToken = stop }, i => pixels[i] = Read(first + i));
            embedder.EmbedImages(pixels).CopyTo(features.AsSpan(start * clip.Config.P));
            report?.Invoke(start + pixels.Length);
        }
        return features;
    }
}
