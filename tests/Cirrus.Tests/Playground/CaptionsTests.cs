using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class CaptionsTests
{
    private static readonly string[] Many = [.. Captions.Training(1, 20_000)];

    private static double Share(Func<string, bool> test) => Many.Count(test) / (double)Many.Length;

    [Fact]
    public void The_same_seed_gives_the_same_captions() => Assert.Equal(Many.Take(50), Captions.Training(1, 50));

    // Bounds are those of the specification give or take what the grammar's joints allow; 20,000 captions waver by 0.004.
    [Fact]
    public void Relative_clauses_contrasts_and_leads_are_as_frequent_as_wanted()
    {
        Assert.InRange(Share(c => c.Contains(" that ", StringComparison.Ordinal) || c.Contains(" which ", StringComparison.Ordinal)), 0.36, 0.48);
        Assert.InRange(Share(c => c.Contains("instead of", StringComparison.Ordinal) || c.Contains(" not ", StringComparison.Ordinal)), 0.12, 0.19);
        Assert.InRange(Share(c => c.StartsWith("a photo of", StringComparison.Ordinal)), 0.08, 0.2);
        Assert.InRange(Share(c => c.Contains(", ", StringComparison.Ordinal)), 0.08, 0.35);
    }

    [Fact]
    public void Every_style_may_be_called_a_photo()
    {
        foreach (string style in new[] { "realistic", "cartoon", "pencil", "pixel" })
            Assert.Contains(Many, c => c.StartsWith("a photo of", StringComparison.Ordinal) && c.Contains(style, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(" that is green"), InlineData(" that is striped"), InlineData(" that is small"), InlineData(" that is on the sand")]
    [InlineData(" that is a pencil sketch"), InlineData(" that has a "), InlineData(" beside it"), InlineData(" that is not ")]
    [InlineData("two blue "), InlineData(" next to a"), InlineData(" with a"), InlineData(" instead of being alone"), InlineData(" that is a star")]
    public void The_grammar_has_what_prompts_lean_on(string part) => Assert.Contains(Many, c => c.Contains(part, StringComparison.Ordinal));

    [Fact]
    public void Half_of_the_scenes_have_one_object_and_three_stand_only_as_a_count()
    {
        Dice dice = new(new(7, 0));
        Scene[] scenes = [.. Enumerable.Range(0, 4000).Select(_ => World.Random(dice, everyPair: false))];
        Assert.InRange(scenes.Count(s => s.Second is null && s.Copies == 1), 1900, 2100);          // 2,000 ± 32
        Assert.All(scenes, s => Assert.True(s.Second is null || (s.Copies == 1 && s.Second.Value.Kind != s.First.Kind)));
        Assert.All(scenes.Where(s => s.Copies == 3), s => Assert.Equal(Size.Small, s.First.Size));
    }

    [Fact]
    public void A_kind_is_always_named()
    {
        string[] kinds = [.. Enum.GetValues<Kind>().SelectMany(k => new[] { Wording.Of(k), Wording.Plural(k) })];
        Assert.All(Many, c => Assert.Contains(c.Split(' ', ','), w => kinds.Contains(w)));
    }

    [Fact]
    public void Held_out_pairs_are_in_no_caption_and_no_training_scene()
    {
        foreach (Kind kind in Enum.GetValues<Kind>())
            if (World.HeldOut(kind) is { } colour)
                Assert.DoesNotContain(Many, c => c.Contains($"{Wording.Of(colour)} {Wording.Of(kind)}", StringComparison.Ordinal));
        Dice dice = new(new(2, 0));
        for (int step = 0; step < 20; step++)
            foreach (Scene s in ClipBatches.Samples(dice, new(), plain: step / 20f).Select(x => x.Scene))
            {
                Assert.False(World.HeldOut(s.First.Kind, s.First.Colour));
                Assert.False(s.Second is { } t && World.HeldOut(t.Kind, t.Colour));
            }
    }

    [Fact]
    public void Thirteen_pairs_are_held_out() => Assert.Equal(13,
        Enum.GetValues<Kind>().Sum(k => Enum.GetValues<Colour>().Count(c => World.HeldOut(k, c))));

    [Fact]
    public void A_full_caption_names_everything()
    {
        Scene s = new(Backdrop.Night, Style.Sketch, new(Kind.Fish, Colour.Red, Fill.Dotted, Size.Small), new(Kind.Star, Colour.Blue, Fill.Outlined, Size.Large));
        for (ulong i = 0; i < 200; i++)
        {
            string c = Captions.Of(s, new(i, 0), everything: true);
            Assert.Contains("red", c, StringComparison.Ordinal);
            Assert.Contains("fish", c, StringComparison.Ordinal);
            Assert.Matches("dotted|spotted", c);
            Assert.Matches("small|little", c);
            Assert.Contains("night", c, StringComparison.Ordinal);
            Assert.Matches("sketch|pencil", c);
            Assert.Contains("blue star", c, StringComparison.Ordinal);
            Assert.Matches("large|big", c);
        }
    }

    [Fact]
    public void No_change_text_is_a_caption_but_each_of_its_words_is_in_one()
    {
        HashSet<string> captions = [.. Many], words = [.. Many.SelectMany(c => c.Replace(",", " ", StringComparison.Ordinal).Split(' '))];
        PlaygroundBenchmark benchmark = PlaygroundBenchmark.Make(Split.Test, 1);
        foreach (string text in benchmark.Queries.SelectMany(q => q.Texts))
        {
            Assert.DoesNotContain(text, captions);
            Assert.All(text.Split(' '), w => Assert.Contains(w, words));
        }
    }
}
