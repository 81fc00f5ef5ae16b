using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

public sealed class NegativeQueriesTests
{
    [Fact]
    public void Half_of_the_right_pictures_hold_what_is_not_wanted()
    {
        NegativeQueries made = NegativeQueries.Make(Split.Test, 3, queries: 60);
        Assert.Equal(60, made.Queries.Count);
        Assert.InRange(made.Scenes.Count, 700, 800);
        foreach (NegativeQuery q in made.Queries)
        {
            Scene reference = made.Scenes[q.Reference];
            Assert.True(reference.Second is null && reference.Copies == 1 && reference.First.Kind != q.Avoided);
            int[] asked = [.. Enumerable.Range(0, made.Scenes.Count).Where(i => q.Change.Concept(reference, made.Scenes[i]))];
            int[] holding = [.. Enumerable.Range(0, made.Scenes.Count).Where(i =>
                made.Scenes[i].First.Kind == q.Avoided || made.Scenes[i].Second?.Kind == q.Avoided)];
            Assert.Equal(asked.Except(holding), q.Concept);
            Assert.Equal(holding, q.Holding);
            Assert.True(q.Concept.Length >= 4);
            Assert.True(asked.Intersect(holding).Count() >= 4);
            Assert.DoesNotContain(q.Reference, q.Concept);
            Assert.Single(q.Texts);
        }
    }

    [Fact]
    public void Nothing_held_out_is_in_the_gallery_and_no_scene_has_two_of_a_kind()
    {
        foreach (Scene s in NegativeQueries.Make(Split.Test, 2, queries: 60).Scenes)
        {
            Assert.False(World.HeldOut(s.First.Kind, s.First.Colour));
            Assert.False(s.Second is { } t && (World.HeldOut(t.Kind, t.Colour) || t.Kind == s.First.Kind || s.Copies > 1));
        }
    }

    [Fact]
    public void Splits_and_seeds_differ_and_repeat()
    {
        NegativeQueries a = NegativeQueries.Make(Split.Test, 1, queries: 9), again = NegativeQueries.Make(Split.Test, 1, queries: 9);
        Assert.Equal(a.Scenes, again.Scenes);
        Assert.Equal(a.Queries.Select(q => (q.Texts[0], q.Words)), again.Queries.Select(q => (q.Texts[0], q.Words)));
        Assert.Equal(a.Picture(3), again.Picture(3));
        Assert.NotEqual(a.Scenes, NegativeQueries.Make(Split.Val, 1, queries: 9).Scenes);
        Assert.NotEqual(a.Scenes, NegativeQueries.Make(Split.Test, 2, queries: 9).Scenes);
    }

    [Fact]
    public void Every_query_is_asked_plainly_and_again_with_what_is_not_wanted()
    {
        NegativeQueries made = NegativeQueries.Make(Split.Test, 1, queries: 6);
        Benchmark benchmark = made.ToBenchmark();
        Assert.Equal(12, benchmark.Queries.Count);
        for (int i = 0; i < 6; i++)
        {
            (BenchmarkQuery plain, BenchmarkQuery without) = (benchmark.Queries[i], benchmark.Queries[6 + i]);
            Assert.Empty(plain.Avoided);
            Assert.Null(plain.Wording);
            Assert.Equal([made.Queries[i].Words], without.Avoided);
            Assert.Matches("^an? [a-z]+$", without.Avoided[0]);
            Assert.Equal((NegativeQueries.Without, plain.Reference, plain.Family), (without.Wording, without.Reference, without.Family));
            Assert.Equal(plain.Targets, without.Targets);
        }
    }

    [Fact]
    public void Features_are_of_references_candidates_and_words()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = DrawnClip.Create(device);
        NegativeQueries made = NegativeQueries.Make(Split.Test, 1, queries: 3);
        BenchmarkFeatures features = made.Features(clip, TestContext.Current.CancellationToken);
        NegativeQuery query = made.Queries[1];
        Assert.Equal(features.Candidates[(query.Reference * features.P)..((query.Reference + 1) * features.P)], features.Reference(1));
        Near(PlaygroundClip.Embed(clip, [made.Picture(query.Reference)]), features.Reference(1));
        Near(PlaygroundClip.Embed(clip, [query.Words]), features.Words!(query.Words));
    }

    /// <summary>Batches of other sizes sum in another order.</summary>
    internal static void Near(float[] wanted, float[] found)
    {
        Assert.Equal(wanted.Length, found.Length);
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], found[i], 1e-4f);
    }
}
