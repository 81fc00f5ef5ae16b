using Cirrus.Clip;

namespace Cirrus.Tests.Clip;

public sealed class BpeTrainerTests : IDisposable
{
    private static readonly string[] Captions = ["a red circle above a blue square", "a red square",
        "two blue circles ; a red one", "Above: a square!", "naïve café", "café"];
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus-bpe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_frequent_word_is_one_token_and_the_rest_is_spelled()
    {
        BpeTokenizer learned = BpeTrainer.Learn(Captions, 2000);
        foreach (string word in new[] { "a", "red", "blue", "square", "above", "café", "$", "!", "x" })
            Assert.Single(learned.EncodePlain(word));
        Assert.True(learned.EncodePlain("naïve").Length > 1);
        Assert.Equal("a red zebra", learned.Decode(learned.EncodePlain("A red ZEBRA")));
    }

    [Fact]
    public void The_start_and_the_end_token_are_the_last_two()
    {
        BpeTokenizer learned = BpeTrainer.Learn(Captions, 530);
        Assert.Equal((530, 528, 529, 259), (learned.Count, learned.Start, learned.End, learned.Placeholder));
    }

    [Fact]
    public void It_is_the_same_again_and_after_saving()
    {
        BpeTokenizer learned = BpeTrainer.Learn(Captions, 600), again = BpeTrainer.Learn(Captions, 600);
        Assert.Equal(learned.Vocabulary.Symbols, again.Vocabulary.Symbols);
        learned.Save(_folder);
        BpeTokenizer loaded = BpeTokenizer.Load(_folder);
        Assert.Equal(learned.Vocabulary.Symbols, loaded.Vocabulary.Symbols);
        foreach (string caption in Captions)
            Assert.Equal(learned.Encode(caption), loaded.Encode(caption));
    }

    // Pairs at the start: (r, e</w>) 4, (r, e) and (e, d</w>) 3 each, (a, b</w>) 2; the symbol e is older than r.
    [Fact]
    public void Merges_go_by_count_and_ties_to_older_symbols() =>
        Assert.Equal([("r", "e</w>"), ("e", "d</w>"), ("r", "ed</w>"), ("a", "b</w>")],
            BpeTrainer.Learn(["re re re re ab ab", "red red red"], 600).Vocabulary.Merges);

    [Fact]
    public void Sizes_too_small_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Learn(Captions, 513));
        Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Learn(Captions, 600, frequent: 0));
    }
}
