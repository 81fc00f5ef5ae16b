using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>How well a small CLIP sees pictures it was never trained on; shares of 1.</summary>
/// <param name="Recall">text to picture recall@1 among 1,000 scenes, captions name everything.</param>
public sealed record ClipBars(double Recall, double Style, double Colour, double Backdrop, double Kind, double Fill, double Size)
{
    private const int Scenes = 1000, Prompts = 48;

    /// <summary>Measures: zero-shot classes are means of the features of <see cref="Prompts"/> sentences that differ only in the class.</summary>
    public static ClipBars Measure(ClipModel clip, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clip);
        Philox source = new Philox(seed, 0).Fork(0xBA25);
        Dice dice = new(source);
        Scene[] scenes = [.. Enumerable.Range(0, Scenes).Select(_ => World.Random(dice, everyPair: false))];
        Scene[] single = [.. Enumerable.Range(0, Scenes).Select(_ => World.Random(dice, everyPair: false) with { Second = null, Copies = 1 })];
        Scene[] prompts = [.. Enumerable.Range(0, Prompts).Select(_ => World.Random(dice, everyPair: true) with { Second = null, Copies = 1 })];

        float[] pictures = Unit(PlaygroundClip.Embed(clip, Draw(scenes, source.Fork(1))), clip.Config.P);
        string[] captions = [.. scenes.Select((s, i) => Captions.Of(s, source.Fork(2).Fork((ulong)i), everything: true))];
        float[] texts = Unit(PlaygroundClip.Embed(clip, captions), clip.Config.P);
        float[] alone = Unit(PlaygroundClip.Embed(clip, Draw(single, source.Fork(3))), clip.Config.P);

        double ZeroShot(int classes, Func<Scene, int> of, Func<Scene, int, Scene> with)
        {
            string[] all = [.. Enumerable.Range(0, classes).SelectMany(c =>
                prompts.Select((s, i) => Prompt(with(s, c), new(source.Fork(4).Fork((ulong)i)))))];
            float[] each = Unit(PlaygroundClip.Embed(clip, all), clip.Config.P), mean = new float[classes * clip.Config.P];
            for (int i = 0; i < each.Length; i++)
                mean[(i / (Prompts * clip.Config.P) * clip.Config.P) + (i % clip.Config.P)] += each[i];
            int[] best = Nearest(alone, Unit(mean, clip.Config.P), clip.Config.P);
            return best.Where((b, i) => b == of(single[i])).Count() / (double)Scenes;
        }
        return new(
            Nearest(texts, pictures, clip.Config.P).Where((b, i) => b == i).Count() / (double)Scenes,
            ZeroShot(World.Styles, s => (int)s.Style, (s, c) => s with { Style = (Style)c }),
            ZeroShot(World.Colours, s => (int)s.First.Colour, (s, c) => s with { First = s.First with { Colour = (Colour)c } }),
            ZeroShot(World.Backdrops, s => (int)s.Backdrop, (s, c) => s with { Backdrop = (Backdrop)c }),
            ZeroShot(World.Kinds, s => (int)s.First.Kind, (s, c) => s with { First = s.First with { Kind = (Kind)c } }),
            ZeroShot(World.Fills, s => (int)s.First.Fill, (s, c) => s with { First = s.First with { Fill = (Fill)c } }),
            ZeroShot(World.Sizes, s => (int)s.First.Size, (s, c) => s with { First = s.First with { Size = (Size)c } }));
    }

    /// <summary>"a pencil sketch of a small striped red fish on the sand": everything in its plainest wording.</summary>
    private static string Prompt(Scene s, Dice dice)
    {
        Thing t = s.First;
        string thing = $"{Wording.Any(t.Size, dice)} {Wording.Any(t.Fill, dice)} {Wording.Of(t.Colour)} {Wording.Of(t.Kind)}";
        return $"{Wording.Lead(s.Style, dice)} {Wording.Article(thing)} {Wording.Any(s.Backdrop, dice)}";
    }

    private static byte[][] Draw(Scene[] scenes, Philox source)
    {
        byte[][] pictures = new byte[scenes.Length][];
        Parallel.For(0, scenes.Length, i => pictures[i] = Drawing.Draw(scenes[i], source.Fork((ulong)i)));
        return pictures;
    }

    /// <summary>Scales rows of <paramref name="d"/> numbers to unit length, in place.</summary>
    private static float[] Unit(float[] rows, int d)
    {
        for (int r = 0; r < rows.Length; r += d)
        {
            double norm = 0;
            for (int i = r; i < r + d; i++)
                norm += rows[i] * (double)rows[i];
            float scale = (float)(1 / Math.Max(1e-12, Math.Sqrt(norm)));
            for (int i = r; i < r + d; i++)
                rows[i] *= scale;
        }
        return rows;
    }

    /// <summary>For each row of <paramref name="from"/> the place of the most similar row of <paramref name="to"/>.</summary>
    private static int[] Nearest(float[] from, float[] to, int d)
    {
        int[] best = new int[from.Length / d];
        Parallel.For(0, best.Length, r =>
        {
            float most = float.NegativeInfinity;
            for (int c = 0; c < to.Length / d; c++)
            {
                float dot = 0;
                for (int i = 0; i < d; i++)
                    dot += from[(r * d) + i] * to[(c * d) + i];
                if (dot > most)
                    (most, best[r]) = (dot, c);
            }
        });
        return best;
    }
}
