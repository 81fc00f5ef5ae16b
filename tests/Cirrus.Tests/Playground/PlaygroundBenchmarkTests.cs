using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class PlaygroundBenchmarkTests
{
    private static readonly Thing RedFish = new(Kind.Fish, Colour.Red, Fill.Solid, Size.Small), GreenFish = RedFish with { Colour = Colour.Green };
    private static readonly Thing RedStar = RedFish with { Kind = Kind.Star };
    private static readonly Scene Reference = new(Backdrop.Sand, Style.Cartoon, RedFish);

    private static readonly Scene[] Gallery =
    [
        Reference,
        Reference with { First = GreenFish },
        new(Backdrop.Night, Style.Sketch, GreenFish with { Fill = Fill.Dotted, Size = Size.Large }),
        new(Backdrop.Sky, Style.Realistic, RedStar, GreenFish),
        Reference with { First = RedStar },
        Reference with { Second = RedStar },
        new(Backdrop.Sand, Style.Cartoon, RedStar, RedFish),
        Reference with { Style = Style.Sketch },
        new(Backdrop.Sky, Style.Sketch, GreenFish),
        Reference with { Backdrop = Backdrop.Night },
        new(Backdrop.Night, Style.PixelArt, RedFish, Copies: 2),
        Reference with { First = RedFish with { Fill = Fill.Striped } },
        Reference with { First = GreenFish, Copies = 2 },                          // the thing asked for, but not the scene
    ];

    public static TheoryData<Change, int[], int[]> Cases => new()
    {
        { new(Colour: Colour.Green), [1, 2, 3, 8, 12], [1] },
        { new(Fill: Fill.Striped), [11], [11] },
        { new(Kind: Kind.Star), [3, 4, 5, 6], [4] },
        { new(Style: Style.Sketch), [2, 7, 8], [7] },                            // domain conversion shares the kind alone
        { new(Backdrop: Backdrop.Night), [9, 10], [9] },
        { new(Beside: Kind.Star), [5, 6], [5, 6] },                              // whichever stands first
        { new(Colour: Colour.Green, Backdrop: Backdrop.Night), [2], [] },
        { new(Style: Style.Sketch, Backdrop: Backdrop.Sand), [7], [7] },         // two changes share kind and colour
    };

    [Theory, MemberData(nameof(Cases))]
    public void Truths_of_a_gallery_made_by_hand(Change change, int[] concept, int[] edit)
    {
        Assert.Equal(concept, Enumerable.Range(0, Gallery.Length).Where(i => change.Concept(Reference, Gallery[i])));
        Assert.Equal(edit, Enumerable.Range(0, Gallery.Length).Where(i => change.Edit(Reference, Gallery[i])));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Every_query_can_be_answered_and_is_surrounded_as_described(bool unseen)
    {
        PlaygroundBenchmark b = PlaygroundBenchmark.Make(Split.Test, 3, unseen);
        Assert.Equal(400, b.Queries.Count);
        Assert.InRange(b.Scenes.Count, 3900, 4100);         // 7 to 9 a query, and a fifth of all at random
        foreach (PlaygroundQuery q in b.Queries)
        {
            Scene reference = b.Scenes[q.Reference];
            Assert.True(reference.Second is null && reference.Copies == 1);
            Assert.True(q.Concept.Length >= 2);
            Assert.NotEmpty(q.Edit);
            Assert.Subset(q.Concept.ToHashSet(), q.Edit.ToHashSet());
            Assert.Contains(q.Reference, q.Unchanged);
            Assert.True(q.Unchanged.Length >= 2);
            Assert.DoesNotContain(q.Reference, q.Concept);
            Assert.Equal(q.Family == Family.Two ? 2 : 1, q.Texts.Length);
            Assert.Equal(q.Texts.Length, q.Contrasts.Length);
            Assert.All(q.Contrasts, t => Assert.Matches(" instead of | not .+ but ", t));
            Assert.All(q.Texts, t => Assert.DoesNotContain(" not ", t, StringComparison.Ordinal));
            Thing wanted = q.Change.Of(reference.First);
            Assert.Equal(unseen, World.HeldOut(wanted.Kind, wanted.Colour));
        }
    }

    [Fact]
    public void Truths_are_over_the_whole_gallery()
    {
        PlaygroundBenchmark b = PlaygroundBenchmark.Make(Split.Val, 5, queries: 40);
        foreach (PlaygroundQuery q in b.Queries)
            Assert.Equal(q.Concept, Enumerable.Range(0, b.Scenes.Count).Where(i => q.Change.Concept(b.Scenes[q.Reference], b.Scenes[i])));
    }

    [Fact]
    public void Nothing_held_out_is_in_a_seen_gallery() => Assert.DoesNotContain(PlaygroundBenchmark.Make(Split.Test, 2).Scenes,
        s => World.HeldOut(s.First.Kind, s.First.Colour) || (s.Second is { } t && World.HeldOut(t.Kind, t.Colour)));

    [Fact]
    public void Splits_and_seeds_differ_and_repeat()
    {
        PlaygroundBenchmark a = PlaygroundBenchmark.Make(Split.Test, 1, queries: 20), again = PlaygroundBenchmark.Make(Split.Test, 1, queries: 20);
        Assert.Equal(a.Scenes, again.Scenes);
        Assert.Equal(a.Queries.Select(q => q.Texts[0]), again.Queries.Select(q => q.Texts[0]));
        Assert.Equal(a.Picture(3), again.Picture(3));
        Assert.NotEqual(a.Scenes, PlaygroundBenchmark.Make(Split.Val, 1, queries: 20).Scenes);
        Assert.NotEqual(a.Scenes, PlaygroundBenchmark.Make(Split.Test, 2, queries: 20).Scenes);
    }
}
