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
        Assert.Equal("put a dog where a cat is", EditInstructions.Say(0, "a cat", "a dog"));
    }

    [Fact]
    public void A_term_is_replaced_by_one_that_is_like_it_but_not_too_much()
    {
        for (ulong i = 0; i < 20; i++)
        {
            CaptionTriplet made = Triplets.Of("a Cat, on a mat", new Philox(1, i))!;
            Assert.Equal("a dog, on a mat", made.Answer);
            Assert.Contains("dog", made.Instruction, StringComparison.Ordinal);
        }
        Assert.True(Enumerable.Range(0, 20).Select(i => Triplets.Of("a cat", new Philox(1, (ulong)i))!.Instruction).Distinct().Count() > 5);
    }

    [Fact]
    public void The_longest_term_counts_and_a_caption_without_one_gives_nothing()
    {
        Assert.Null(Triplets.Of("a hot dog", new Philox(1, 0)));             // dog is 0.8 like it, cat 0
        Assert.Equal("a cat", Triplets.Of("a dog", new Philox(1, 0))!.Answer);
        Assert.Null(Triplets.Of("a catalogue of cars", new Philox(1, 0)));
        Assert.Null(Triplets.Of("a car", new Philox(1, 0)));
        Assert.Null(Triplets.Of("", new Philox(1, 0)));
    }
}
