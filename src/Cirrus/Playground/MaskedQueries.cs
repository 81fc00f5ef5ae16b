using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>A query that puts a new object in the place of one of two. All numbers are places in the gallery, ascending.</summary>
/// <param name="Second">true: the reference's second object is to go; false: the first.</param>
/// <param name="Wanted">kind and colour of the new one, and its fill where it is said; all else of it is free.</param>
/// <param name="Edit">right: the reference's background and style, the object that stays as it was, and the new one beside it.</param>
public sealed record MaskedQuery(int Reference, bool Second, Change Wanted, int[] Edit)
{
    /// <summary>"a striped green heart": it does not say what goes.</summary>
    public string Text => Wording.Article(
        $"{(Wanted.Fill is { } fill ? Wording.Of(fill) + " " : "")}{Wording.Of(Wanted.Colour!.Value)} {Wording.Of(Wanted.Kind!.Value)}");
}

/// <summary>Queries for masks: change one of two objects. The words name the new object, the mask says which of the two it replaces.</summary>
/// <remarks>
/// For each query the gallery holds the reference twice, three right pictures, two with the new object beside the one that is to go, each object
/// alone, right objects on another background and in another style, and another object beside the one that stays; a
/// fifth of the gallery is random scenes. Held-out pairs of kind and colour do not occur.
/// </remarks>
public sealed class MaskedQueries
{
    /// <summary>The wording of the queries that are asked with a mask.</summary>
    public const string Masked = "mask";

    private const int Right = 3;
    private const float Margin = 0.2f;    // in radii, around the object that is to go
    private readonly DrawnGallery _gallery;

    private MaskedQueries(DrawnGallery gallery, string name, MaskedQuery[] queries) => (_gallery, Name, Queries) = (gallery, name, queries);

    public string Name { get; }

    public IReadOnlyList<Scene> Scenes => _gallery.Scenes;

    public IReadOnlyList<MaskedQuery> Queries { get; }

    public static IReadOnlyList<Metric> Metrics { get; } = [Metric.MeanAveragePrecision(10), Metric.AnyHit(1), Metric.AnyHit(10)];

    public static MaskedQueries Make(Split split, ulong seed, int queries = 120)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, 1);
        Philox source = new Philox(seed, 0).Fork(0x3A5CUL + ((ulong)split << 32));
        Dice dice = new(source.Fork(0));
        List<Scene> made = [];
        List<(Scene Reference, int At, bool Second, Change Wanted)> asked = [];
        for (int q = 0; q < queries; q++)
        {
            Thing first = World.RandomThing(dice, everyPair: false);
            Scene reference = new((Backdrop)dice.Below(World.Backdrops), (Style)dice.Below(World.Styles), first,
                World.AnotherThing(dice, first, everyPair: false));
            bool second = dice.Chance(0.5f);
            Thing gone = second ? reference.Second!.Value : reference.First, kept = second ? reference.First : reference.Second!.Value, now;
            do
                now = World.AnotherThing(dice, gone, everyPair: false);
            while (now.Kind == kept.Kind);
            Change wanted = new(now.Kind, now.Colour, dice.Chance(0.5f) ? now.Fill : null);
            asked.Add((reference, made.Count, second, wanted));
            Surround(made, reference, gone, kept, wanted, dice);
        }
        for (int random = made.Count / 4; random > 0; random--)
            made.Add(World.Random(dice, everyPair: false));
        (DrawnGallery gallery, int[] place) = DrawnGallery.Shuffle(made, source, dice);
        return new(gallery, $"playground-masked-{PlaygroundBenchmark.NameOf(split)}-{seed}",
            [.. asked.Select(a =>
                new MaskedQuery(place[a.At], a.Second, a.Wanted, gallery.Where(s => IsRight(a.Reference, a.Second, a.Wanted, s))))]);
    }

    /// <summary>True for the reference's scene with the new object in the place of the one that is to go.</summary>
    public static bool IsRight(Scene reference, bool second, Change wanted, Scene s)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(s);
        Thing? kept = second ? reference.First : reference.Second;
        return s.Backdrop == reference.Backdrop && s.Style == reference.Style && s.Second is { } other
            && ((s.First == kept && wanted.Of(other) == other) || (other == kept && wanted.Of(s.First) == s.First));
    }

    /// <summary>Picture i of the gallery, [side, side, 3] bytes of RGB.</summary>
    public byte[] Picture(int i, int side = Drawing.ClipSide) => _gallery.Picture(i, side);

    /// <summary>A rectangle around the object that is to go, [S·S] of 0 and 1.</summary>
    public float[] Mask(MaskedQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _gallery.Mask(query.Reference, query.Second, Margin);
    }

    /// <summary>As the evaluator reads it: every query of the whole picture.</summary>
    /// <param name="masks">true: and again, of the picture with a hole in it and with the mask (wording
    /// <see cref="Masked"/>; rows of references behind the whole ones).</param>
    public Benchmark ToBenchmark(bool masks)
    {
        string[] ids = _gallery.Ids;
        IEnumerable<BenchmarkQuery> plain = Queries.Select((q, i) =>
            new BenchmarkQuery(i, q.Reference, [q.Text], [q.Edit], "one of two", Unchanged: [q.Reference]));
        IEnumerable<BenchmarkQuery> masked = plain.Select((asked, i) => asked with { Reference = Queries.Count + i, Wording = Masked, Mask = Mask(Queries[i]) });
        string[] references = [.. Queries.Select(q => ids[q.Reference])];
        return new(Name, "seen", ids, masks ? [.. references, .. references.Select(r => $"{r} masked")] : references,
            [PlaygroundEvaluation.Edit], masks ? [.. plain, .. masked] : [.. plain], Metrics);
    }

    /// <summary>Draws and encodes all that <see cref="ToBenchmark"/> names: the references whole, then each with its hole.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public BenchmarkFeatures Features(ClipModel clip, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        int p = clip.Config.P;
        float[] candidates = _gallery.Embed(clip, stop);
        using ClipEmbedder embedder = new(clip);
        float[] left = embedder.EmbedImages([.. Queries.Select(q => new ReadOnlyMemory<float>(Left(q)))]);
        return new(p, candidates, [.. DrawnGallery.Rows(candidates, p, Queries.Select(q => q.Reference)), .. left])
        {
            Patches = row => PlaygroundClip.Patches(clip, Picture(Queries[row].Reference)),
        };
    }

    /// <summary>Of these features those that the benchmark without masks wants.</summary>
    internal BenchmarkFeatures Plain(BenchmarkFeatures features) =>
        features with { References = features.References[..(Queries.Count * features.P)] };

    /// <summary>CLIP's input of what a mask leaves of the reference.</summary>
    private float[] Left(MaskedQuery query)
    {
        float[] pixels = new float[PlaygroundClip.PixelsOf(1)];
        PlaygroundClip.Pixels([Picture(query.Reference)], pixels);
        return PlaygroundClip.Hide(pixels, Mask(query));
    }

    private static void Surround(List<Scene> made, Scene reference, Thing gone, Thing kept, Change wanted, Dice dice)
    {
        Scene right = reference with { First = New(), Second = kept };
        made.AddRange([reference, reference, right]);
        for (int more = 1; more < Right; more++)
            made.Add(right with { First = New() });
        made.AddRange([right with { First = gone, Second = New() }, right with { First = gone, Second = New() },
            right with { Second = null }, right with { First = kept, Second = null },
            right with { Backdrop = (Backdrop)dice.Other((int)right.Backdrop, World.Backdrops) },
            right with { Style = (Style)dice.Other((int)right.Style, World.Styles) },
            right with { First = Other() }]);

        Thing New() => wanted.Of(gone with { Fill = (Fill)dice.Below(World.Fills), Size = (Size)dice.Below(World.Sizes) });

        Thing Other()
        {
            while (true)
                if (World.AnotherThing(dice, kept, everyPair: false) is var t && t.Kind != wanted.Kind)
                    return t;
        }
    }
}
