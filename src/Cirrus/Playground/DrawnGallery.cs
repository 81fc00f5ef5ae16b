using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Scenes in an order, and their pictures: the same scenes and source give the same pictures everywhere.</summary>
internal sealed class DrawnGallery
{
    private const int AtOnce = 512;
    private readonly Philox _source;

    private DrawnGallery(Philox source, Scene[] scenes) => (_source, Scenes) = (source, scenes);

    public IReadOnlyList<Scene> Scenes { get; }

    /// <summary>Names of the pictures: their places.</summary>
    public string[] Ids => [.. Enumerable.Range(0, Scenes.Count).Select(i => i.ToString("D5", CultureInfo.InvariantCulture))];

    /// <summary>Puts scenes into an order that tells nothing.</summary>
    /// <param name="source">of the pictures.</param>
    /// <returns>the gallery, and for each scene as it was given its place in it.</returns>
    public static (DrawnGallery Gallery, int[] Place) Shuffle(IReadOnlyList<Scene> made, Philox source, Dice dice)
    {
        int[] order = [.. Enumerable.Range(0, made.Count)];
        dice.Shuffle<int>(order);
        int[] place = new int[made.Count];
        Scene[] scenes = new Scene[made.Count];
        for (int i = 0; i < order.Length; i++)
            (scenes[i], place[order[i]]) = (made[order[i]], i);
        return (new(source, scenes), place);
    }

    /// <summary>Places of the scenes that are as asked, ascending.</summary>
    public int[] Where(Predicate<Scene> right)
    {
        List<int> at = [];
        for (int i = 0; i < Scenes.Count; i++)
            if (right(Scenes[i]))
                at.Add(i);
        return [.. at];
    }

    /// <summary>Picture i, [side, side, 3] bytes of RGB; the same scene and seed at every size.</summary>
    public byte[] Picture(int i, int side = Drawing.ClipSide) => Drawing.Draw(Scenes[i], Look(i), side);

    /// <summary>What covers one of picture i's objects, [S·S] of 0 and 1 (<see cref="Drawing.Mask"/>).</summary>
    public float[] Mask(int i, bool second, float margin) => Drawing.Mask(Scenes[i], Look(i), second, margin);

    /// <summary>All pictures, drawn on all cores.</summary>
    public byte[][] Pictures(int side = Drawing.ClipSide)
    {
        byte[][] pictures = new byte[Scenes.Count][];
        Parallel.For(0, pictures.Length, i => pictures[i] = Picture(i, side));
        return pictures;
    }

    /// <summary>Raw features of all pictures, [N, P] row by row.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public float[] Embed(ClipModel clip, CancellationToken stop)
    {
        float[] features = new float[Scenes.Count * clip.Config.P];
        int embedded = 0;
        foreach (byte[][] some in Pictures().Chunk(AtOnce))
        {
            stop.ThrowIfCancellationRequested();
            PlaygroundClip.Embed(clip, some).CopyTo(features.AsSpan(embedded * clip.Config.P));
            embedded += some.Length;
        }
        return features;
    }

    /// <summary>Of the rows of all pictures those of some, in their order.</summary>
    public static float[] Rows(float[] features, int p, IEnumerable<int> places) => [.. places.SelectMany(i => features[(i * p)..((i + 1) * p)])];

    private Philox Look(int i) => _source.Fork(1).Fork((ulong)i);
}
