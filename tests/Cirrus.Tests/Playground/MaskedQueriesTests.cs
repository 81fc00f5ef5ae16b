using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class MaskedQueriesTests
{
    private static readonly Thing RedFish = new(Kind.Fish, Colour.Red, Fill.Solid, Size.Small),
        BlueStar = new(Kind.Star, Colour.Blue, Fill.Dotted, Size.Large);
    private static readonly Thing GreenHeart = new(Kind.Heart, Colour.Green, Fill.Striped, Size.Large);
    private static readonly Scene Reference = new(Backdrop.Sand, Style.Cartoon, RedFish, BlueStar);
    private static readonly Change Heart = new(Kind.Heart, Colour.Green), StripedHeart = Heart with { Fill = Fill.Striped };

    public static TheoryData<Scene, bool, Change, bool> Cases => new()
    {
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart, BlueStar), false, Heart, true },
        { new(Backdrop.Sand, Style.Cartoon, BlueStar, GreenHeart), false, StripedHeart, true },          // whichever is named first
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart, RedFish), false, Heart, false },                 // the wrong one went
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart, RedFish), true, Heart, true },
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart with { Fill = Fill.Solid }, BlueStar), false, StripedHeart, false },
        { new(Backdrop.Sand, Style.Cartoon, BlueStar, GreenHeart with { Colour = Colour.Pink }), false, Heart, false },
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart with { Fill = Fill.Solid }, BlueStar), false, Heart, true },
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart, BlueStar with { Size = Size.Small }), false, Heart, false },
        { new(Backdrop.Sand, Style.Cartoon, GreenHeart), false, Heart, false },
        { new(Backdrop.Night, Style.Cartoon, GreenHeart, BlueStar), false, Heart, false },
        { new(Backdrop.Sand, Style.Sketch, GreenHeart, BlueStar), false, Heart, false },
        { Reference, false, Heart, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Truths_of_scenes_made_by_hand(Scene scene, bool second, Change wanted, bool right) =>
        Assert.Equal(right, MaskedQueries.IsRight(Reference, second, wanted, scene));

    [Fact]
    public void Every_query_can_be_answered_and_is_surrounded_as_described()
    {
        MaskedQueries made = MaskedQueries.Make(Split.Test, 3, queries: 60);
        Assert.InRange(made.Scenes.Count, 850, 1000);
        Assert.InRange(made.Queries.Count(q => q.Second), 15, 45);
        foreach (MaskedQuery q in made.Queries)
        {
            Scene reference = made.Scenes[q.Reference];
            Thing gone = q.Second ? reference.Second!.Value : reference.First, kept = q.Second ? reference.First : reference.Second!.Value;
            (Kind kind, Colour colour) = (q.Wanted.Kind!.Value, q.Wanted.Colour!.Value);
            Assert.Equal(3, new[] { gone.Kind, kept.Kind, kind }.Distinct().Count());
            int[] right = [.. Enumerable.Range(0, made.Scenes.Count).Where(i =>
                MaskedQueries.IsRight(reference, q.Second, q.Wanted, made.Scenes[i]))];
            Assert.Equal(right, q.Edit);
            Assert.True(right.Length >= 3);
            Assert.All(right, i => Assert.True(made.Scenes[i].Holds(kind, colour, q.Wanted.Fill)
                && made.Scenes[i].Holds(kept.Kind, kept.Colour, kept.Fill, kept.Size)));
            Assert.Contains(made.Scenes, s => s.Style == reference.Style && s.Backdrop == reference.Backdrop
                && s.Holds(kind, colour) && s.Holds(gone.Kind, gone.Colour));
            Assert.Contains(made.Scenes, s => s == reference with { First = kept, Second = null });
            Assert.Matches($"^an? ([a-z]+ )?{colour.ToString().ToLowerInvariant()} {kind.ToString().ToLowerInvariant()}$", q.Text);
        }
    }

    [Fact]
    public void Nothing_held_out_is_in_the_gallery() => Assert.DoesNotContain(MaskedQueries.Make(Split.Test, 2, queries: 60).Scenes,
        s => World.HeldOut(s.First.Kind, s.First.Colour) || (s.Second is { } t && World.HeldOut(t.Kind, t.Colour)));

    [Fact]
    public void Splits_and_seeds_differ_and_repeat()
    {
        MaskedQueries a = MaskedQueries.Make(Split.Test, 1, queries: 9), again = MaskedQueries.Make(Split.Test, 1, queries: 9);
        Assert.Equal(a.Scenes, again.Scenes);
        Assert.Equal(a.Queries.Select(q => q.Text), again.Queries.Select(q => q.Text));
        Assert.Equal(a.Mask(a.Queries[3]), again.Mask(again.Queries[3]));
        Assert.NotEqual(a.Scenes, MaskedQueries.Make(Split.Val, 1, queries: 9).Scenes);
        Assert.NotEqual(a.Scenes, MaskedQueries.Make(Split.Test, 2, queries: 9).Scenes);
    }

    [Fact]
    public void A_masked_query_stands_on_the_picture_with_its_hole()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = DrawnClip.Create(device);
        MaskedQueries made = MaskedQueries.Make(Split.Test, 1, queries: 4);
        Benchmark benchmark = made.ToBenchmark(masks: true), plainly = made.ToBenchmark(masks: false);
        Assert.Equal((8, 4), (benchmark.Queries.Count, plainly.Queries.Count));
        Assert.All(plainly.Queries, q => Assert.True(q.Mask is null && q.Wording is null));
        BenchmarkFeatures features = made.Features(clip, TestContext.Current.CancellationToken);
        for (int i = 0; i < 4; i++)
        {
            (BenchmarkQuery plain, BenchmarkQuery masked) = (benchmark.Queries[i], benchmark.Queries[4 + i]);
            Assert.Equal((MaskedQueries.Masked, plain.Captions[0], plain.Itself), (masked.Wording, masked.Captions[0], masked.Itself));
            byte[] picture = made.Picture(plain.Itself);
            NegativeQueriesTests.Near(PlaygroundClip.Embed(clip, [picture]), features.Reference(plain.Reference));
            float[] pixels = new float[PlaygroundClip.PixelsOf(1)], mask = masked.Mask!;
            PlaygroundClip.Pixels([picture], pixels);
            Assert.Contains(1f, mask);
            for (int at = 0; at < pixels.Length; at++)
                if (mask[at % mask.Length] != 0)
                    pixels[at] = 0;
            using ClipEmbedder embedder = new(clip);
            NegativeQueriesTests.Near(embedder.EmbedImages([pixels]), features.Reference(masked.Reference));
        }
    }
}
