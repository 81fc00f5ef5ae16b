using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Val is for choosing, test for reporting: the same seed gives different queries and pictures.</summary>
public enum Split { Val, Test }

/// <summary>A composed query with its exact answers. All numbers are places in the gallery, ascending.</summary>
/// <param name="Reference">the reference picture, which stays in the gallery.</param>
/// <param name="Texts">how the wanted picture differs, plainly ("is green"): one sentence, or two for <see cref="Family.Two"/>.</param>
/// <param name="Contrasts">the same worded as contrasts: "is green instead of red".</param>
/// <param name="Concept">right as CIRCO counts: the shared concept and the change, all else free. Places are shuffled, so the first,
/// which is CIRCO's one target, is any of them.</param>
/// <param name="Edit">right in the strict sense: the reference's scene with only the change applied.</param>
/// <param name="Unchanged">pictures of the reference's own scene, the reference among them: never right.</param>
public sealed record PlaygroundQuery(
    int Reference, string[] Texts, string[] Contrasts, Family Family, Change Change, int[] Concept, int[] Edit, int[] Unchanged);

/// <summary>Composed queries over a drawn gallery, with truths computed over the whole of it.</summary>
/// <remarks>
/// For each query the gallery holds the reference, two to four right pictures (one of them the exact edit), another picture of
/// the unchanged scene, two pictures with the change on other objects, and one with the reference's background and style around
/// another object; a fifth of the gallery is random scenes.
/// </remarks>
public sealed class PlaygroundBenchmark
{
    private PlaygroundBenchmark(DrawnGallery gallery, string name, PlaygroundQuery[] queries) => (Gallery, Name, Queries) = (gallery, name, queries);

    public string Name { get; }

    public IReadOnlyList<Scene> Scenes => Gallery.Scenes;

    public IReadOnlyList<PlaygroundQuery> Queries { get; }

    internal DrawnGallery Gallery { get; }

    /// <summary>Picture i of the gallery, [side, side, 3] bytes of RGB; the same scene and seed at every size.</summary>
    public byte[] Picture(int i, int side = Drawing.ClipSide) => Gallery.Picture(i, side);

    /// <summary>All pictures of the gallery, drawn on all cores.</summary>
    public byte[][] Pictures(int side = Drawing.ClipSide) => Gallery.Pictures(side);

    /// <summary>Makes a benchmark.</summary>
    /// <param name="unseen">true: what is asked for is a pair of kind and colour that no training picture or caption holds;
    /// false: no such pair is anywhere in the gallery.</param>
    public static PlaygroundBenchmark Make(Split split, ulong seed, bool unseen = false, int queries = 400)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, 1);
        Philox source = new Philox(seed, 0).Fork(0xBE7C0000UL + (2 * (ulong)split) + (unseen ? 1UL : 0));
        Dice dice = new(source.Fork(0));
        List<Scene> made = [];
        List<(Scene Reference, int At, Family Family, Change Change)> asked = [];
        for (int q = 0; q < queries; q++)
        {
            Family family = (Family)(q % 7);
            (Scene reference, Change change) = Ask(family, unseen, dice);
            asked.Add((reference, made.Count, family, change));
            Surround(made, reference, change, unseen, dice);
        }
        for (int random = made.Count / 4; random > 0; random--)
            made.Add(World.Random(dice, unseen));

        (DrawnGallery gallery, int[] place) = DrawnGallery.Shuffle(made, source, dice);
        PlaygroundQuery[] all = [.. asked.Select(a => new PlaygroundQuery(
            place[a.At], a.Change.Texts(a.Reference, false, dice), a.Change.Texts(a.Reference, true, dice), a.Family, a.Change,
            gallery.Where(s => a.Change.Concept(a.Reference, s)), gallery.Where(s => a.Change.Edit(a.Reference, s)),
                gallery.Where(s => s == a.Reference)))];
        return new(gallery, $"playground-{NameOf(split)}-{(unseen ? "unseen" : "seen")}-{seed}", all);
    }

    /// <summary>As names and files have it.</summary>
    internal static string NameOf(Split split) => split == Split.Val ? "val" : "test";

    /// <summary>A reference with one object and a change of it.</summary>
    /// <param name="of">the reference; null: a random one.</param>
    internal static (Scene Reference, Change Change) Ask(Family family, bool unseen, Dice dice, Scene? of = null)
    {
        while (true)
        {
            Scene reference = of ?? new((Backdrop)dice.Below(World.Backdrops), (Style)dice.Below(World.Styles), World.RandomThing(dice, unseen));
            Change change = Change.Random(family, reference, dice);
            Thing wanted = change.Of(reference.First);
            if (World.HeldOut(wanted.Kind, wanted.Colour) == unseen)
                return (reference, change);
        }
    }

    /// <summary>Adds the reference and what is to make the query hard and answerable.</summary>
    private static void Surround(List<Scene> made, Scene reference, Change change, bool unseen, Dice dice)
    {
        made.Add(reference);
        made.Add(Changed(reference, reference.First, change, unseen, dice));
        for (int right = 1 + dice.Below(3); right > 0; right--)
            made.Add(Free(reference, change, unseen, dice));
        made.Add(reference);
        for (int i = 0; i < 2; i++)
        {
            Thing other = World.AnotherThing(dice, reference.First, unseen);
            Scene around = World.Random(dice, unseen) with { First = other, Second = null, Copies = 1 };
            Scene changed = Changed(around, other, change, unseen, dice);
            made.Add(Allowed(changed, unseen) ? changed : World.Random(dice, unseen));
        }
        made.Add(reference with { First = World.AnotherThing(dice, reference.First, unseen) });
    }

    /// <summary>The scene with the change applied to its only object.</summary>
    internal static Scene Changed(Scene scene, Thing thing, Change change, bool unseen, Dice dice)
    {
        Thing now = change.Of(thing);
        return new(change.Backdrop ?? scene.Backdrop, change.Style ?? scene.Style, now,
            change.Beside is { } kind ? OfKind(kind, now, unseen, dice) : null);
    }

    /// <summary>A right picture in which all that is free is drawn at random.</summary>
    internal static Scene Free(Scene reference, Change change, bool unseen, Dice dice)
    {
        while (true)
        {
            Scene s = World.Random(dice, unseen);
            Thing wanted = change.Of(reference.First);
            Thing first = wanted with { Fill = change.Fill ?? s.First.Fill, Size = change.Size ?? s.First.Size };
            if (change == new Change(Style: change.Style))
                first = first with { Colour = s.First.Colour };
            Thing? second = change.Beside is { } kind ? OfKind(kind, first, unseen, dice) : s.Second;
            Scene right = new(change.Backdrop ?? s.Backdrop, change.Style ?? s.Style, first, second?.Kind == first.Kind ? null : second);
            if (Allowed(right, unseen) && change.Concept(reference, right))
                return right;
        }
    }

    /// <summary>An object of a kind, at random.</summary>
    internal static Thing OfKind(Kind kind, Thing beside, bool unseen, Dice dice)
    {
        while (true)
            if (World.AnotherThing(dice, beside, everyPair: true) with { Kind = kind } is var t && (unseen || !World.HeldOut(t.Kind, t.Colour)))
                return t;
    }

    private static bool Allowed(Scene s, bool unseen) =>
        unseen || !(World.HeldOut(s.First.Kind, s.First.Colour) || (s.Second is { } t && World.HeldOut(t.Kind, t.Colour)));
}
