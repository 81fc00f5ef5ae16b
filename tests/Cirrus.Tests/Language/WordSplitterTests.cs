using Cirrus.Language;

namespace Cirrus.Tests.Language;

/// <summary>Divisions that spaCy's English rules give; the first block is among the cases of LinCIR's masking (../shared/golden).</summary>
public sealed class WordSplitterTests
{
    [Theory]
    [InlineData("a red t-shirt on a hanger", "a|red|t|-|shirt|on|a|hanger")]
    [InlineData("the dog's toy", "the|dog|'s|toy")]
    [InlineData("man,woman and child", "man|,|woman|and|child")]
    [InlineData("two  dogs  run", "two| |dogs| |run")]
    [InlineData("wow! what a dog!!", "wow|!|what|a|dog|!|!")]
    [InlineData("\"quoted\" (dog) [cat]", "\"|quoted|\"|(|dog|)|[|cat|]")]
    [InlineData("salt &amp; pepper", "salt|&|amp|;|pepper")]
    [InlineData("it's the dog's day", "it|'s|the|dog|'s|day")]
    [InlineData("i don't, we can't; they've", "i|do|n't|,|we|ca|n't|;|they|'ve")]
    [InlineData("isn’t it john’s?", "is|n’t|it|john|’s|?")]
    [InlineData("cannot gonna lets its", "can|not|gon|na|let|s|its")]
    [InlineData("a 10-year-old at 10am or 10:30", "a|10|-|year|-|old|at|10|am|or|10:30")]
    [InlineData("5kg of 20% $5 1,000 3.5", "5|kg|of|20|%|$|5|1,000|3.5")]
    [InlineData("the end. of e.g. an a.m. show...", "the|end|.|of|e.g.|an|a.m.|show|...")]
    [InlineData("and/or black--white x=y", "and|/|or|black|--|white|x|=|y")]
    [InlineData("see www.dogs.example/a-b or dogs.com.", "see|www.dogs.example/a-b|or|dogs.com|.")]
    [InlineData("hi :) 🐶dog", "hi|:)|🐶|dog")]
    [InlineData(" a ", " |a")]
    [InlineData("", "")]
    public void Pieces(string text, string expected)
    {
        List<(int Start, int Length)> pieces = WordSplitter.Split(text);
        Assert.Equal(expected, string.Join('|', pieces.Select(p => text.Substring(p.Start, p.Length))));
    }

    [Fact]
    public void Pieces_are_in_order_and_leave_out_single_spaces_only()
    {
        string[] alphabet = ["a", "dog", "'", "s", "n't", ".", "-", ",", " ", "  ", "$", "5", "…", "🐶", "\uD83D", "(", "\t", ":", "/", "%"];
        Cirrus.Tensors.Philox random = new(5, 0);
        for (ulong i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 10).Select(k => alphabet[random.Integer((i * 16) + (ulong)k, alphabet.Length)]));
            int at = 0;
            foreach ((int start, int length) in WordSplitter.Split(text))
            {
                Assert.True(start == at || (start == at + 1 && text[at] == ' '), text);
                Assert.True(length > 0, text);
                at = start + length;
            }
            Assert.True(at == text.Length || (at == text.Length - 1 && text[at] == ' '), text);
        }
    }
}
