using System.Text.RegularExpressions;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

/// <summary>Cases of our own; what the originals answer stands in <see cref="TokenizerGoldenTests"/>.</summary>
public sealed partial class TextCleaningTests
{
    [Theory]
    [InlineData("  Two\t words\n", "two words")]
    [InlineData("“it’s”", "\"it's\"")]
    [InlineData("ﬁne", "fine")]
    [InlineData("ＡＢ！", "ab!")]
    [InlineData("a\u0007b\u001B[31mc", "abc")]
    [InlineData("cafe\u0301", "café")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("cafÃ©", "café")]
    [InlineData("caf\u00C3\u0192\u00C2\u00A9", "café")]
    [InlineData("100Â°", "100°")]
    [InlineData("naïve Ångström", "naïve ångström")]
    [InlineData("l\u0092eau", "l'eau")]
    [InlineData("İΣ ΑΣ", "i\u0307ς ας")]
    [InlineData("&amp;amp;lt;", "<")]
    [InlineData("<b> &amp;lt;", "<b> <")]
    [InlineData("&EACUTE;&#233;&#xE9", "ééé")]
    [InlineData("&#0; &#xD800; &#99999999999;", "\uFFFD \uFFFD \uFFFD")]
    [InlineData("& &; &nosuch; &#; &#x;", "& &; &nosuch; &#; &#x;")]
    public void Cleaned(string text, string expected) => Assert.Equal(expected, TextCleaning.Clean(text, TokenizerKind.OpenAi));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a\uFFFDb", TextCleaning.Clean("a\uD800b", TokenizerKind.OpenAi));

    [Fact]
    public void Cleaning_twice_changes_nothing_more_and_never_fails()
    {
        Philox random = new(7, 0);
        string[] alphabet = ["a", "Ã", "©", "&", ";", "#", "x", "Â", " ", "â", "€", "™", "\u0301", "İ", "\uD83D", "\uDC36", "‚",
            "Ä", "\u001B", "[", "ð", "Ÿ", "?", "\n", "<"];
        for (ulong i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 12).Select(k => alphabet[random.Integer((i * 16) + (ulong)k, alphabet.Length)]));
            string once = TextCleaning.Fix(text);
            Assert.Equal(once, TextCleaning.Fix(once));
        }
    }

    // The published expression, for text without surrogates, where .NET's classes are those of Python's.
    [Fact]
    public void The_scanner_splits_as_the_published_expression()
    {
        Philox random = new(11, 0);
        string[] alphabet = ["a", "B", "é", "日", "1", "½", "'", "s", "t", "re", "ll", "ve", "!", "$", "-", " ", "\t",
            "<|endoftext|>", "<|", "\u0301", "_", "ſ", "d", "m"];
        for (ulong i = 0; i < 5000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 10).Select(k => alphabet[random.Integer((i * 16) + (ulong)k, alphabet.Length)]));
            List<string> pieces = [];
            PreTokens tokens = new(text);
            while (tokens.MoveNext())
                pieces.Add(tokens.Current.ToString());
            Assert.Equal(Published().Matches(text.Replace('ſ', 's')).Select(m => text.Substring(m.Index, m.Length)), pieces);
        }
    }

    [Fact]
    public void Letters_beyond_the_first_plane_are_letters()
    {
        PreTokens tokens = new("\U0001D4BBa\U0001F436b");    // a mathematical f, a, a dog's face, b
        List<string> pieces = [];
        while (tokens.MoveNext())
            pieces.Add(tokens.Current.ToString());
        Assert.Equal(["\U0001D4BBa", "\U0001F436", "b"], pieces);
    }

    [GeneratedRegex(@"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Published();
}
