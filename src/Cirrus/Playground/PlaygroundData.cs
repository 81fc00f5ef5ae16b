using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>What methods learn from on the Playground: captions and pictures without held-out pairs, the same on every machine.</summary>
public static class PlaygroundData
{
    /// <summary>How many captions or pictures a training gets.</summary>
    public const int Count = 20_000;

    private const ulong Seed = 1_012_345;

    /// <summary>All that a method may ask for.</summary>
    public static TrainingData Of(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => new(Captions: Captions(Count)),
        TrainingDataKind.Pictures => new(Pictures: Pictures(Count)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Captions of random scenes.</summary>
    public static IReadOnlyList<string> Captions(int count) => [.. Playground.Captions.Training(Seed, count)];

    /// <summary>Pictures of random scenes, drawn when they are read, 64 x 64.</summary>
    public static PictureSet Pictures(int count)
    {
        Philox source = new Philox(Seed, 0).Fork(0x91C7);
        return new([.. Enumerable.Range(0, count).Select(i => i.ToString("D6", CultureInfo.InvariantCulture))], $"playground {Seed} {count}", i =>
        {
            Philox own = source.Fork((ulong)i);
            float[] pixels = new float[PlaygroundClip.PixelsOf(1)];
            PlaygroundClip.Pixels([Drawing.Draw(World.Random(new(own), everyPair: false), own.Fork(1), Drawing.ClipSide)], pixels);
            return pixels;
        });
    }
}
