using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Pictures with a caption each. Pictures are [64, 64, 3] bytes.</summary>
internal sealed record ClipBatch(byte[][] Pictures, TokenBatch Captions);

/// <summary>Draws the batches of the small CLIP's training: every picture is new, and everything depends on seed, step and plainness alone.</summary>
/// <remarks>
/// The contrastive loss learns what tells the pairs of a batch apart. In a random batch background, style and colour do, and the
/// kinds are hardly looked at. So most of a batch comes in groups of sixteen that share surroundings and colour: in some only the
/// kind differs (each is there once), in others fill and size too. And because a patch transformer finds shapes very slowly where they
/// stray and turn, the groups begin upright, in their places and plain, and become like all others over the first steps: with this the
/// kinds are learned in hundreds of steps, without it not in thousands.
/// </remarks>
internal sealed class ClipBatches(ClipTrainingOptions options, BpeTokenizer tokenizer)
{
    private readonly Philox _source = new Philox(options.Seed, 0).Fork(0xC11B);

    /// <param name="plain">how plain the groups are: 1 at first, 0 when they are like all others.</param>
    public ClipBatch Of(int step, float plain)
    {
        Philox own = _source.Fork((ulong)step);
        (Scene Scene, ulong Drawn)[] scenes = Scenes(new(own), options, plain);
        int grouped = (int)(options.Hard * options.Batch);
        byte[][] pictures = new byte[scenes.Length][];
        int[][] captions = new int[scenes.Length][];
        Parallel.For(0, scenes.Length, i =>
        {
            Philox each = own.Fork((ulong)i + 1);
            pictures[i] = Drawing.Draw(scenes[i].Scene, own.Fork(scenes[i].Drawn), Drawing.ClipSide, i < grouped ? 1 - plain : 1);
            bool everything = new Dice(each.Fork(1)).Chance(options.Everything);
            captions[i] = tokenizer.Encode(Captions.Of(scenes[i].Scene, each.Fork(2), everything));
        });
        return new(pictures, TokenBatch.From(captions));
    }

    /// <summary>The scenes of one batch, each with the number of the nuisance it is drawn with: groups first, then random ones.</summary>
    internal static (Scene Scene, ulong Drawn)[] Scenes(Dice dice, ClipTrainingOptions options, float plain)
    {
        (Scene, ulong)[] scenes = new (Scene, ulong)[options.Batch];
        int groups = (int)(options.Hard * options.Batch) / World.Kinds;
        for (int g = 0; g < groups; g++)
            Group(scenes.AsSpan(g * World.Kinds, World.Kinds), dice, kindAlone: dice.Chance(Math.Max(plain, options.KindAlone)), plain, (ulong)(g * World.Kinds) + 1);
        for (int i = groups * World.Kinds; i < scenes.Length; i++)
            scenes[i] = (World.Random(dice, everyPair: false), (ulong)i + 1);
        return scenes;
    }

    /// <summary>Sixteen scenes, one of each kind, in the same surroundings and, but for held-out pairs, in the same colour.</summary>
    private static void Group(Span<(Scene, ulong)> scenes, Dice dice, bool kindAlone, float plain, ulong drawn)
    {
        Scene alike = World.Random(dice, everyPair: false);
        alike = new(
            dice.Chance(plain) ? Backdrop.White : alike.Backdrop, dice.Chance(plain) ? Style.Cartoon : alike.Style,
            alike.First with { Fill = dice.Chance(plain) ? Fill.Solid : alike.First.Fill, Size = dice.Chance(plain) ? Size.Large : alike.First.Size }, alike.Second);
        bool alone = dice.Chance(Math.Max(plain, 0.7f)), sameDrawing = dice.Chance(0.5f);
        for (int i = 0; i < scenes.Length; i++)
        {
            Thing t = World.RandomThing(dice, everyPair: false) with { Kind = (Kind)i, Colour = alike.First.Colour };
            if (World.HeldOut(t.Kind, t.Colour))
                t = t with { Colour = (Colour)dice.Other((int)t.Colour, World.Colours) };
            if (kindAlone)
                t = t with { Fill = alike.First.Fill, Size = alike.First.Size };
            Scene scene = new(alike.Backdrop, alike.Style, t, alone || alike.Second?.Kind == t.Kind ? null : alike.Second);
            scenes[i] = (scene, sameDrawing ? drawn : drawn + (ulong)i);
        }
    }
}
