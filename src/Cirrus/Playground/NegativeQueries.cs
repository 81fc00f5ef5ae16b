using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>A composed query with something that is not wanted. All numbers are places in the gallery, ascending.</summary>
/// <param name="Avoided">what is not wanted, another kind than the reference's.</param>
/// <param name="Concept">right: the change applied (<see cref="Change.Concept"/>), and nothing of the kind that is not wanted.</param>
/// <param name="Holding">pictures that hold the kind that is not wanted, whether right otherwise or not.</param>
public sealed record NegativeQuery(int Reference, string[] Texts, Family Family, Change Change, Kind Avoided, int[] Concept, int[] Holding)
{
    /// <summary>What is not wanted, in words.</summary>
    public string Words => Wording.Article(Wording.Of(Avoided));
}

/// <summary>Queries for negative words: of the pictures that show what is asked for, half hold an object that is not wanted.</summary>
/// <remarks>
/// For each query the gallery holds the reference, four right pictures (one of them the exact edit), the same number with the
/// object that is not wanted beside, and the unchanged scene with it; a fifth of the gallery is random scenes. Held-out
/// pairs of kind and colour do not occur.
/// </remarks>
public sealed class NegativeQueries
{
    /// <summary>How the words that are not wanted are given, as rows are told apart by it.</summary>
    public const string Without = "without";

    /// <summary>The truth under which what is <b>not</b> wanted counts as found.</summary>
    public const string NotWanted = "not wanted";

    private const int Right = 4;
    private static readonly Family[] Families = [Family.Attribute, Family.Scene, Family.Domain];
    private readonly DrawnGallery _gallery;

    private NegativeQueries(DrawnGallery gallery, string name, NegativeQuery[] queries) => (_gallery, Name, Queries) = (gallery, name, queries);

    public string Name { get; }

    public IReadOnlyList<Scene> Scenes => _gallery.Scenes;

    public IReadOnlyList<NegativeQuery> Queries { get; }

    /// <summary>mAP@10 of what is right; P@10, which under <see cref="NotWanted"/> is the share of the first ten that hold it.</summary>
    public static IReadOnlyList<Metric> Metrics { get; } = [Metric.MeanAveragePrecision(10), Metric.Precision(10, int.MaxValue), Metric.AnyHit(1)];

    public static NegativeQueries Make(Split split, ulong seed, int queries = 120)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, 1);
        Philox source = new Philox(seed, 0).Fork(0xA701DUL + ((ulong)split << 32));
        Dice dice = new(source.Fork(0));
        List<Scene> made = [];
        List<(Scene Reference, int At, Family Family, Change Change, Kind Avoided)> asked = [];
        for (int q = 0; q < queries; q++)
        {
            Family family = Families[q % Families.Length];
            (Scene reference, Change change) = PlaygroundBenchmark.Ask(family, unseen: false, dice);
            Kind avoided = (Kind)dice.Other((int)reference.First.Kind, World.Kinds);
            asked.Add((reference, made.Count, family, change, avoided));
            Surround(made, reference, change, avoided, dice);
        }
        for (int random = made.Count / 4; random > 0; random--)
            made.Add(World.Random(dice, everyPair: false));
        (DrawnGallery gallery, int[] place) = DrawnGallery.Shuffle(made, source, dice);
        return new(gallery, $"playground-negative-{PlaygroundBenchmark.NameOf(split)}-{seed}", [.. asked.Select(a => new NegativeQuery(
            place[a.At], a.Change.Texts(a.Reference, false, dice), a.Family, a.Change, a.Avoided,
            gallery.Where(s => a.Change.Concept(a.Reference, s) && !s.Holds(a.Avoided)), gallery.Where(s => s.Holds(a.Avoided))))]);
    }

    /// <summary>Picture i of the gallery, [side, side, 3] bytes of RGB.</summary>
    public byte[] Picture(int i, int side = Drawing.ClipSide) => _gallery.Picture(i, side);

    /// <summary>As the evaluator reads it: every query plainly, and again saying what is not wanted (wording <see cref="Without"/>).</summary>
    public Benchmark ToBenchmark()
    {
        string[] ids = _gallery.Ids;
        IEnumerable<BenchmarkQuery> plain = Queries.Select((q, i) =>
            new BenchmarkQuery(i, q.Reference, q.Texts, [q.Concept, q.Holding], PlaygroundEvaluation.NameOf(q.Family)));
        IEnumerable<BenchmarkQuery> without = plain.Zip(Queries, (asked, q) => asked with { Wording = Without, Avoided = [q.Words] });
        return new(Name, "seen", ids, [.. Queries.Select(q => ids[q.Reference])], [PlaygroundEvaluation.Concept, NotWanted],
            [.. plain, .. without], Metrics);
    }

    /// <summary>Draws and encodes all that <see cref="ToBenchmark"/> names.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public BenchmarkFeatures Features(ClipModel clip, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        int p = clip.Config.P;
        float[] candidates = _gallery.Embed(clip, stop);
        string[] words = [.. Queries.Select(q => q.Words).Distinct()];
        float[] said = PlaygroundClip.Embed(clip, words);
        Dictionary<string, float[]> ofWords = words.Zip(said.Chunk(p)).ToDictionary(w => w.First, w => w.Second);
        return new(p, candidates, DrawnGallery.Rows(candidates, p, Queries.Select(q => q.Reference)))
        {
            Words = avoided => ofWords[avoided],
            Patches = q => PlaygroundClip.Patches(clip, Picture(Queries[q].Reference)),
        };
    }

    private static void Surround(List<Scene> made, Scene reference, Change change, Kind avoided, Dice dice)
    {
        made.Add(reference);
        made.Add(Beside(reference));
        Scene edit = PlaygroundBenchmark.Changed(reference, reference.First, change, unseen: false, dice);
        made.Add(edit);
        made.Add(Beside(edit));
        for (int right = 1; right < Right; right++)
        {
            made.Add(Free());
            made.Add(Beside(Free()));
        }

        Scene Beside(Scene s) => s with { Second = PlaygroundBenchmark.OfKind(avoided, s.First, unseen: false, dice), Copies = 1 };

        Scene Free()
        {
            while (true)
                if (PlaygroundBenchmark.Free(reference, change, unseen: false, dice) is var s && !s.Holds(avoided))
                    return s;
        }
    }
}
