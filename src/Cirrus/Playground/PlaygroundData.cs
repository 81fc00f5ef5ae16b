using System.Globalization;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>What methods learn from on the Playground: captions, pictures and triplets without held-out pairs, the same on every machine.</summary>
public static class PlaygroundData
{
    /// <summary>How many captions, pictures or triplets a training gets.</summary>
    public const int Count = 20_000;

    /// <summary>Triplets that begin at one reference: its picture is drawn, and embedded, once.</summary>
    private const int Changes = 4;

    private const ulong Seed = 1_012_345;

    /// <summary>All that a method may ask for.</summary>
    public static TrainingData Of(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => new(Captions: Captions(Count)),
        TrainingDataKind.Pictures => new(Pictures: Pictures(Count)),
        TrainingDataKind.Triplets => new(Triplets: Triplets(Count)),
        TrainingDataKind.Examples => new(Examples: PlaygroundExamples.Make(Seed, Count)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Captions of random scenes.</summary>
    public static IReadOnlyList<string> Captions(int count) => [.. Playground.Captions.Training(Seed, count)];

    /// <summary>Pictures of random scenes, drawn when they are read, 64 x 64.</summary>
    public static PictureSet Pictures(int count)
    {
        Philox source = new Philox(Seed, 0).Fork(0x91C7);
        return new(Names(count), $"playground {Seed} {count}", (i, random) =>
        {
            Philox own = source.Fork((ulong)i);
            return Draw(World.Random(new(own), everyPair: false), own.Fork(1), random);
        });
    }

    /// <summary>
    /// Triplets for supervised methods: a scene, the words for a change of it, and a picture with the change; pictures
    /// are drawn when they are read.
    /// </summary>
    /// <remarks>
    /// These are the questions of the benchmark, in its wordings and of all its families, about other scenes: what supervised training
    /// has and zero-shot methods have not. In every second target all that the change leaves free is drawn at random (the truth
    /// "concept"), the others are the exact edit.
    /// </remarks>
    public static TripletSet Triplets(int count)
    {
        Philox source = new Philox(Seed, 0).Fork(0x3791);
        List<Scene> scenes = [];
        List<Triplet> triplets = [];
        for (int i = 0; i < count; i += Changes)
        {
            Dice dice = new(source.Fork((ulong)i));
            int first = dice.Below(7), reference = scenes.Count;
            Scene? asked = null;
            for (int k = 0; k < Changes && i + k < count; k++)
            {
                (Scene scene, Change change) = PlaygroundBenchmark.Ask((Family)((first + (2 * k)) % 7), unseen: false, dice, asked);
                if (asked is null)
                    scenes.Add(asked = scene);
                string[] texts = change.Texts(scene, contrast: dice.Chance(0.5f), dice);
                triplets.Add(new(reference, texts, scenes.Count));
                scenes.Add(k % 2 == 0 ? PlaygroundBenchmark.Changed(scene, scene.First, change, unseen: false, dice)
                    : PlaygroundBenchmark.Free(scene, change, unseen: false, dice));
            }
        }
        return new(new(Names(scenes.Count), $"playground triplets {Seed} {count}", (i, random) =>
            Draw(scenes[i], source.Fork((ulong)i).Fork(1), random)), triplets);
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString("D6", CultureInfo.InvariantCulture))];

    private static float[] Draw(Scene scene, Philox source, Philox? random)
    {
        const int Side = Drawing.ClipSide;
        float[] pixels = new float[PlaygroundClip.PixelsOf(1)];
        byte[] drawn = Drawing.Draw(scene, source, Side);
        PlaygroundClip.Pixels([random is Philox r ? RandomCrop.Take(new(Side, Side, PictureMode.Rgb, drawn), Side, r).Pixels : drawn], pixels);
        return pixels;
    }
}
