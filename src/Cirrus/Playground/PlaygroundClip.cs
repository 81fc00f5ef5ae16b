using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>The small CLIP of the drawn world: where it lies, and how drawn pictures become its input.</summary>
public static class PlaygroundClip
{
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f], Deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>The folder of the model that ships beside the program.</summary>
    public static string Folder => ClipModel.ShippedFolder;

    /// <summary>Opens the model that ships; trained by <c>cirrus playground train-clip</c>.</summary>
    /// <exception cref="CirrusException">It is not beside the program.</exception>
    public static ClipModel Load(Device device) => Directory.Exists(Folder)
        ? ClipModel.Load(Folder, device)
        : throw new CirrusException($"The playground's model is not in '{Folder}'.",
            hint: "install cirrus again, or train one: cirrus playground train-clip -o run");

    /// <summary>Raw features of drawn pictures, [pictures.Count, P] row by row.</summary>
    public static float[] Embed(ClipModel clip, IReadOnlyList<byte[]> pictures)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(pictures);
        const int Batch = 128;
        int p = clip.Config.P;
        float[] features = new float[pictures.Count * p];
        using Arena arena = new(clip.Device);
        Graph graph = new(arena);
        for (int start = 0; start < pictures.Count; start += Batch)
        {
            byte[][] part = [.. pictures.Skip(start).Take(Batch)];
            float[] pixels = new float[PixelsOf(part.Length)];
            Pixels(part, pixels);
            graph.Reset();
            Tensor x = clip.Vision.Forward(graph, arena.From(pixels, part.Length, 3, Drawing.ClipSide, Drawing.ClipSide));
            clip.Device.Download(features.AsSpan(start * p, part.Length * p), x);
        }
        return features;
    }

    /// <summary>States of a drawn picture's class token and patches, [(n+1)·V].</summary>
    public static float[] Patches(ClipModel clip, byte[] picture)
    {
        float[] pixels = new float[PixelsOf(1)];
        Pixels([picture], pixels);
        using ClipEmbedder embedder = new(clip);
        return embedder.EmbedPatches([pixels]);
    }

    /// <summary>Raw features of texts, [texts.Count, P] row by row.</summary>
    public static float[] Embed(ClipModel clip, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(texts);
        using ClipEmbedder embedder = new(clip);
        return embedder.EmbedTexts(texts);
    }

    /// <summary>CLIP's input with nothing (the mean colour) where the mask [S·S] is 1: what a mask leaves of a picture.</summary>
    internal static float[] Hide(float[] pixels, float[] mask) => [.. pixels.Select((v, i) => v * (1 - mask[i % mask.Length]))];

    /// <summary>How many numbers so many pictures are.</summary>
    internal static int PixelsOf(int pictures) => pictures * 3 * Drawing.ClipSide * Drawing.ClipSide;

    /// <summary>
    /// Bytes [S, S, 3] to CLIP's input [3, S, S]: (x/255 − mean) / deviation a channel. Drawn at its size, a picture is
    /// not resized.
    /// </summary>
    internal static void Pixels(IReadOnlyList<byte[]> pictures, float[] pixels) => Parallel.For(0, pictures.Count, b =>
    {
        const int Plane = Drawing.ClipSide * Drawing.ClipSide;
        byte[] rgb = pictures[b];
        for (int c = 0; c < 3; c++)
        {
            float scale = 1 / (255 * Deviation[c]), shift = Mean[c] / Deviation[c];
            Span<float> plane = pixels.AsSpan(((b * 3) + c) * Plane, Plane);
            for (int i = 0; i < Plane; i++)
                plane[i] = (rgb[(3 * i) + c] * scale) - shift;
        }
    });
}
