using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class KeywordTripletsTests
{
    // Cosines with "cat": dog 0.6, lion 0.9, hot dog 0, car -1.
    private static readonly KeywordTriplets Triplets = new(["cat", "dog", "lion", "hot dog", "car"],
        [[1, 0], [0.6f, 0.8f], [0.9f, -0.43589f], [0, 1], [-1, 0]]);

    [Fact]
    public void There_are_as_many_wordings_as_published_and_each_names_the_target()
    {
        Assert.Equal(47, EditInstructions.Templates.Count);
        Assert.Equal(47, EditInstructions.Templates.Distinct().Count());
        Assert.All(EditInstructions.Templates, t => Assert.Contains("{t}", t, StringComparison.Ordinal));
        Assert.Equal("put a dog where a cat is", EditInstructions.Say(EditInstructions.Templates[0], "a cat", "a dog"));
    }

    [Fact]
    public void A_term_is_replaced_by_one_that_is_like_it_but_not_too_much()
    {
        for (ulong i = 0; i < 20; i++)
        {
            CaptionTriplet made = Of("a Cat, on a mat", new Philox(1, i))!;
            Assert.Equal("a dog, on a mat", made.Answer);
            Assert.Contains("dog", made.Instruction, StringComparison.Ordinal);
        }
        Assert.True(Enumerable.Range(0, 20).Select(i => Of("a cat", new Philox(1, (ulong)i))!.Instruction).Distinct().Count() > 5);
    }

    [Fact]
    public void The_longest_term_counts_and_a_caption_without_one_gives_nothing()
    {
        Assert.Null(Of("a hot dog", new Philox(1, 0)));             // dog is 0.8 like it, cat 0
        Assert.Equal("a cat", Of("a dog", new Philox(1, 0))!.Answer);
        Assert.Null(Of("a catalogue of cars", new Philox(1, 0)));
        Assert.Null(Of("a car", new Philox(1, 0)));
        Assert.Null(Of("", new Philox(1, 0)));
    }

    [Fact]
    public void The_way_back_names_what_was_there()
    {
        CaptionTriplet made = Of("a cat", new Philox(1, 0))!;
        Assert.Contains("cat", made.Back, StringComparison.Ordinal);
        Assert.True(Enumerable.Range(0, 20).Select(i => Of("a cat", new Philox(1, (ulong)i))!.Back).Distinct().Count() > 5);
    }

    [Fact]
    public void A_caption_with_one_term_that_can_be_replaced_and_one_that_cannot_gives_a_triplet()
    {
        for (ulong i = 0; i < 10; i++)
            Assert.Equal("a dog in a car", Of("a cat in a car", new Philox(1, i))!.Answer);
    }

    [Fact]
    public void A_seed_gives_the_same_triplets_whatever_else_is_made()
    {
        string[] captions = [.. Enumerable.Range(0, 50).Select(i => $"{i} a cat and a dog")];
        CaptionTriplet?[] all = Triplets.Of(captions, new Philox(4, 0), TestContext.Current.CancellationToken);
        Assert.Equal(all, Triplets.Of(captions, new Philox(4, 0), TestContext.Current.CancellationToken));
        Assert.Equal(all[..7], Triplets.Of(captions[..7], new Philox(4, 0), TestContext.Current.CancellationToken));
        Assert.NotEqual(all, Triplets.Of(captions, new Philox(5, 0), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Terms_are_runs_of_nouns_that_occur_often_enough()
    {
        string[] captions = ["A cat sits on a fire truck.", "a cat, and a wooden table", "a fire truck and a cat", "a table with a cat on it"];
        Assert.Equal(["cat", "fire truck", "table"], KeywordTerms.Of(captions, 2, TestContext.Current.CancellationToken));
        Assert.Equal(["cat"], KeywordTerms.Of(captions, 3, TestContext.Current.CancellationToken));
        string[] white = ["a white cat", "a white table", "a white truck", "a photo in black and white", "a photo in white"];
        Assert.DoesNotContain("white", KeywordTerms.Of(white, 1, TestContext.Current.CancellationToken));
        Assert.Contains("photo", KeywordTerms.Of(white, 1, TestContext.Current.CancellationToken));
        Assert.Empty(KeywordTerms.Of([], 1, TestContext.Current.CancellationToken));
    }

    private static CaptionTriplet? Of(string caption, Philox random) => Triplets.Of([caption], random)[0];
}
