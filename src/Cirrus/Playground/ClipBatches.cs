using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Pictures with a caption each. Pictures are [64, 64, 3] bytes.</summary>
internal sealed record ClipBatch(byte[][] Pictures, TokenBatch Captions);

/// <summary>Draws the batches of the small CLIP's training: every picture is new, and everything depends on seed, step and plainness alone.</summary>
/// <remarks>
/// The contrastive loss learns what tells the pairs of a batch apart. In a random batch background, style and colour do, and the
/// kinds are hardly looked at. So most of a batch comes in groups of sixteen that share surroundings and colour: in some only the
/// kind differs (each is there once), in others fill and size too, and later some have one object in every fill and
/// style. And because a patch transformer finds shapes very slowly where they stray and turn, the groups begin upright,
/// in their places and plain, and become like all others over the first steps: with this the kinds are learned in
/// hundreds of steps, without it not in thousands.
/// </remarks>
internal sealed class ClipBatches(ClipTrainingOptions options, BpeTokenizer tokenizer)
{
    /// <summary>Scenes of a group: as many as kinds, and as styles times fills.</summary>
    private const int Group = World.Kinds;

    private readonly Philox _source = new Philox(options.Seed, 0).Fork(0xC11B);

    /// <summary>A scene to draw.</summary>
    /// <param name="Nuisance">two scenes with the same number are drawn in the same places.</param>
    /// <param name="Everything">its caption must name everything, for a shorter one fits others of its group as well.</param>
    internal readonly record struct Sample(Scene Scene, ulong Nuisance, bool Everything);

    /// <param name="plain">how plain the groups are: 1 at first, 0 when they are like all others.</param>
    public ClipBatch Of(int step, float plain)
    {
        Philox own = _source.Fork((ulong)step);
        Sample[] samples = Samples(new(own), options, plain);
        int grouped = (int)(options.Hard * options.Batch);
        byte[][] pictures = new byte[samples.Length][];
        int[][] captions = new int[samples.Length][];
        Parallel.For(0, samples.Length, i =>
        {
            Philox each = own.Fork((ulong)i + 1);
            pictures[i] = Drawing.Draw(samples[i].Scene, own.Fork(samples[i].Nuisance), Drawing.ClipSide, i < grouped ? 1 - plain : 1);
            bool everything = samples[i].Everything || new Dice(each.Fork(1)).Chance(options.Everything);
            captions[i] = tokenizer.Encode(Captions.Of(samples[i].Scene, each.Fork(2), everything));
        });
        return new(pictures, TokenBatch.From(captions));
    }

    /// <summary>The scenes of one batch: groups first, then random ones.</summary>
    internal static Sample[] Samples(Dice dice, ClipTrainingOptions options, float plain)
    {
        Sample[] samples = new Sample[options.Batch];
        int groups = (int)(options.Hard * options.Batch) / Group;
        for (int g = 0; g < groups; g++)
        {
            Span<Sample> group = samples.AsSpan(g * Group, Group);
            ulong nuisance = (ulong)(g * Group) + 1;
            if (dice.Chance(options.Looks * (1 - plain)))
                Looks(group, dice, nuisance);
            else
                Kinds(group, dice, dice.Chance(Math.Max(plain, options.KindAlone)), plain, nuisance);
        }
        for (int i = groups * Group; i < samples.Length; i++)
            samples[i] = new(World.Random(dice, everyPair: false), (ulong)i + 1, false);
        return samples;
    }

    /// <summary>Sixteen scenes, one of each kind, in the same surroundings and, but for held-out pairs, in the same colour.</summary>
    private static void Kinds(Span<Sample> samples, Dice dice, bool kindAlone, float plain, ulong nuisance)
    {
        Scene alike = World.Random(dice, everyPair: false);
        alike = new(
            dice.Chance(plain) ? Backdrop.White : alike.Backdrop,
            dice.Chance(plain) ? Style.Cartoon : alike.Style,
            alike.First with
            {
                Fill = dice.Chance(plain) ? Fill.Solid : alike.First.Fill,
                Size = dice.Chance(plain) ? Size.Large : alike.First.Size,
            },
            alike.Second);
        bool alone = dice.Chance(Math.Max(plain, 0.7f)), samePlaces = dice.Chance(0.5f);
        for (int i = 0; i < samples.Length; i++)
        {
            Thing t = World.RandomThing(dice, everyPair: false) with { Kind = (Kind)i, Colour = alike.First.Colour };
            if (World.HeldOut(t.Kind, t.Colour))
                t = t with { Colour = (Colour)dice.Other((int)t.Colour, World.Colours) };
            if (kindAlone)
                t = t with { Fill = alike.First.Fill, Size = alike.First.Size };
            Scene scene = new(alike.Backdrop, alike.Style, t, alone || alike.Second?.Kind == t.Kind ? null : alike.Second);
            samples[i] = new(scene, samePlaces ? nuisance : nuisance + (ulong)i, false);
        }
    }

    /// <summary>One scene in every fill and style.</summary>
    private static void Looks(Span<Sample> samples, Dice dice, ulong nuisance)
    {
        Scene alike = World.Random(dice, everyPair: false);
        bool samePlaces = dice.Chance(0.5f);
        for (int i = 0; i < samples.Length; i++)
            samples[i] = new(alike with { Style = (Style)(i % World.Styles), First = alike.First with { Fill = (Fill)(i / World.Styles) } },
                samePlaces ? nuisance : nuisance + (ulong)i, true);
    }
}
