using System.Collections.Concurrent;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Texts, token ids and pixels to raw features, in batches of bounded memory.</summary>
/// <remarks>
/// Thread-safe: each call in flight has a graph of its own, kept for the next call. A row does not depend on its neighbours, so
/// neither does it on the size of a batch.
/// </remarks>
public sealed class ClipEmbedder(ClipModel clip) : IDisposable
{
    private const int Captions = 64, Pictures = 32;
    private readonly ConcurrentBag<Graph> _graphs = [];

    /// <summary>Features of texts → [texts.Count, P], <b>not</b> normalised. Too long a text is cut at the context.</summary>
    public float[] EmbedTexts(IReadOnlyList<string> texts, TokenizerKind kind = TokenizerKind.OpenAi) =>
        InBatches(texts.Count, Captions, clip.Config.P, (g, start, count) =>
        {
            IEnumerable<string> batch = texts.Skip(start).Take(count);
            return clip.Text.Forward(g, TokenBatch.From([.. batch.Select(text => clip.Tokenizer.Encode(text, kind))]));
        });

    /// <summary>Features of captions as ids with start and end token → [captions.Count, P], <b>not</b> normalised.</summary>
    /// <remarks>Each is read at its largest id, as published code does; what stands behind it, as padding, is left out.</remarks>
    /// <exception cref="ArgumentException">A caption is empty, too long, or has an id the model has not.</exception>
    public float[] EmbedTokens(IReadOnlyList<int[]> captions)
    {
        TextConfig text = clip.Config.Text;
        foreach (int[] caption in captions)
            if (caption.Length == 0 || caption.Length > text.Context || caption.Min() < 0 || caption.Max() >= text.Vocabulary)
                throw new ArgumentException(
                    $"A caption of {caption.Length} ids ({string.Join(' ', caption.Take(8))} ...) does not fit a model "
                    + $"that reads 1 to {text.Context} ids below {text.Vocabulary}.", nameof(captions));
        return InBatches(captions.Count, Captions, clip.Config.P, (g, start, count) =>
            clip.Text.Forward(g, TokenBatch.From([.. captions.Skip(start).Take(count)])));
    }

    /// <summary>Features of preprocessed pictures, each [3, S, S] → [pictures.Count, P], <b>not</b> normalised.</summary>
    /// <exception cref="ArgumentException">A picture has another number of values.</exception>
    public float[] EmbedImages(IReadOnlyList<ReadOnlyMemory<float>> pictures) =>
        OfPictures(pictures, clip.Config.P, (g, pixels) => clip.Vision.Forward(g, pixels));

    /// <summary>
    /// States of the class token and of every patch of preprocessed pictures → [pictures.Count, (n+1)·V]; see
    /// <see cref="VisionTower.States"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A picture has another number of values.</exception>
    public float[] EmbedPatches(IReadOnlyList<ReadOnlyMemory<float>> pictures) => OfPictures(
        pictures, (clip.Config.Vision.Patches + 1) * clip.Config.Vision.Width, (g, pixels) => clip.Vision.States(g, pixels));

    public void Dispose()
    {
        while (_graphs.TryTake(out Graph? graph))
            graph.Arena.Dispose();
    }

    private float[] OfPictures(IReadOnlyList<ReadOnlyMemory<float>> pictures, int width, Func<Graph, Tensor, Tensor> forward)
    {
        int side = clip.Config.Vision.ImageSize, each = 3 * side * side;
        foreach (ReadOnlyMemory<float> picture in pictures)
            if (picture.Length != each)
                throw new ArgumentException(
                    $"A picture has {picture.Length} values; [3, {side}, {side}] are {each}.", nameof(pictures));
        return InBatches(pictures.Count, Pictures, width, (g, start, count) =>
        {
            float[] pixels = new float[count * each];
            for (int i = 0; i < count; i++)
                pictures[start + i].CopyTo(pixels.AsMemory(i * each));
            return forward(g, g.Arena.From(pixels, count, 3, side, side));
        });
    }

    private float[] InBatches(int count, int batch, int width, Func<Graph, int, int, Tensor> forward)
    {
        float[] features = new float[checked(count * width)];
        Graph g = _graphs.TryTake(out Graph? idle) ? idle : new Graph(new Arena(clip.Device));
        for (int start = 0; start < count; start += batch)
        {
            int part = Math.Min(batch, count - start);
            clip.Device.Download(features.AsSpan(start * width, part * width), forward(g, start, part));
            g.Reset();
        }
        _graphs.Add(g);
        return features;
    }
}
