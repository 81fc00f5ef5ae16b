using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>A question that the demo asks its gallery. Numbers are places in the gallery.</summary>
/// <param name="About">the family, as the papers name it, or what the question would take.</param>
/// <param name="Right">all right answers under "concept"; the reference is never among them.</param>
/// <param name="Unchanged">pictures of the reference's own scene, the reference among them.</param>
/// <param name="Hard">true for what no method here is made for.</param>
public sealed record DemoQuestion(string About, int Reference, string Words, IReadOnlyList<int> Right, IReadOnlyList<int> Unchanged, bool Hard);

/// <summary>A small gallery of drawn pictures to look at, with names that tell what is in them and questions to ask.</summary>
/// <remarks>Scenes of a benchmark, and behind them a few for questions that take comparing, leaving out and counting.</remarks>
public sealed class DemoGallery
{
    /// <summary>Not a seed of the evaluation: what is shown is not what is scored.</summary>
    private const ulong Seed = 1000;

    private const int PicturesPerQuery = 10;

    private static readonly Thing House = new(Kind.House, Colour.Blue, Fill.Solid, Size.Small),
        Fish = new(Kind.Fish, Colour.Orange, Fill.Striped, Size.Large),
        Tree = new(Kind.Tree, Colour.Green, Fill.Solid, Size.Large), Heart = new(Kind.Heart, Colour.Red, Fill.Solid, Size.Small);

    /// <summary>A reference and the same scene as it is asked for.</summary>
    private static readonly (string About, string Words, Scene Reference, Scene Wanted, Predicate<Scene> Right)[] Hard =
    [
        ("comparing", "bigger", new(Backdrop.Grass, Style.Cartoon, House), new(Backdrop.Grass, Style.Cartoon, House with { Size = Size.Large }),
            s => s.Holds(House.Kind, House.Colour, size: Size.Large)),
        ("leaving out", "without the tree", new(Backdrop.Sand, Style.Realistic, Fish, Tree), new(Backdrop.Sand, Style.Realistic, Fish),
            s => s.Holds(Fish.Kind, Fish.Colour) && !s.Holds(Kind.Tree)),
        ("counting", "three of them", new(Backdrop.White, Style.Sketch, Heart), new(Backdrop.White, Style.Sketch, Heart, Copies: 3),
            s => s.Copies == 3 && s.Holds(Heart.Kind, Heart.Colour)),
    ];

    private readonly PlaygroundBenchmark _benchmark;
    private readonly Scene[] _scenes;

    private DemoGallery(PlaygroundBenchmark benchmark)
    {
        _benchmark = benchmark;
        _scenes = [.. benchmark.Scenes, .. Hard.SelectMany(h => new[] { h.Reference, h.Wanted })];
        Names = [.. _scenes.Select((s, i) => $"{(i + 1).ToString("D4", CultureInfo.InvariantCulture)}-{Name(s)}.png")];
        Questions = [.. Easy(), .. Hard.Select((h, i) => Ask(h.About, benchmark.Scenes.Count + (2 * i), h.Words, h.Right, hard: true))];
    }

    public IReadOnlyList<Scene> Scenes => _scenes;

    /// <summary>File names: "0007-small-red-striped-fish--sand-cartoon.png".</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The first question of each family that counts, not chosen, then the hard ones.</summary>
    public IReadOnlyList<DemoQuestion> Questions { get; }

    /// <param name="pictures">about how many.</param>
    public static DemoGallery Make(int pictures) =>
        new(PlaygroundBenchmark.Make(Split.Test, Seed, queries: Math.Max(7, pictures / PicturesPerQuery)));

    /// <summary>Picture i, [side, side, 3] bytes of RGB.</summary>
    public byte[] Picture(int i, int side) => i < _benchmark.Scenes.Count
        ? _benchmark.Picture(i, side) : Drawing.Draw(_scenes[i], new Philox(Seed, 0).Fork((ulong)i), side);

    private IEnumerable<DemoQuestion> Easy() =>
        _benchmark.Queries.Where(q => q.Family != Family.Size).DistinctBy(q => q.Family).OrderBy(q => q.Family)
        .Select(q => Ask(PlaygroundEvaluation.NameOf(q.Family), q.Reference, string.Join(" and ", q.Texts),
            s => q.Change.Concept(_scenes[q.Reference], s), hard: false));

    private DemoQuestion Ask(string about, int reference, string words, Predicate<Scene> right, bool hard) =>
        new(about, reference, words, Where(right), Where(s => s == _scenes[reference]), hard);

    private int[] Where(Predicate<Scene> right) => [.. Enumerable.Range(0, _scenes.Length).Where(i => right(_scenes[i]))];

    private static string Name(Scene s)
    {
        string things = s.Copies > 1 ? $"{s.Copies}-{Name(s.First)}" : s.Second is { } second ? $"{Name(s.First)}-and-{Name(second)}" : Name(s.First);
        return $"{things}--{s.Backdrop}-{(s.Style == Style.PixelArt ? "pixel-art" : s.Style)}".ToLowerInvariant();
    }

    private static string Name(Thing t) => $"{t.Size}-{t.Colour}-{t.Fill}-{t.Kind}";
}
