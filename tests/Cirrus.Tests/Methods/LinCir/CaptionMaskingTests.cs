using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;

namespace Cirrus.Tests.Methods.LinCir;

public sealed class CaptionMaskingTests
{
    // 89 captions through the original CaptionDataset, tags given instead of spaCy's (shared/golden/masking). Compared exactly.
    [Fact]
    public void Every_published_case_agrees()
    {
        string path = Shared.Need("golden/masking/cases.json");
        BpeTokenizer tokenizer = BpeTokenizer.Load(Shared.Need("data/clip/bpe_simple_vocab_16e6.txt.gz"));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        List<string> wrong = [];
        int cases = 0;
        foreach (JsonElement c in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            string[] keywords = c.GetProperty("keywords").ValueKind == JsonValueKind.Null
                ? [] : [.. c.GetProperty("keywords").EnumerateArray().Select(k => k.GetString()!)];
            JsonElement random = c.GetProperty("random");
            string? asked = null;
            CaptionMasking masking = new(tokenizer, cleaned =>
            {
                asked = cleaned;
                return keywords;
            });
            int drawn = 0;
            MaskedCaption masked = masking.Of(c.GetProperty("caption").GetString(), n =>
            {
                drawn++;
                Assert.Equal(random.GetProperty("words").GetArrayLength(), n);
                return random.GetProperty("index").GetInt32();
            });
            string name = $"{c.GetProperty("kind").GetString()}: {c.GetProperty("caption")}";
            if (asked != c.GetProperty("cleaned").GetString())
                wrong.Add($"{name}: cleaned '{asked}'");
            else if (!masked.Original.SequenceEqual(Ids(c, "original_ids")) || !masked.Masked.SequenceEqual(Ids(c, "replaced_ids")))
                wrong.Add($"{name}: {string.Join(",", masked.Masked)}");
            else if (masked.Indicator != (c.GetProperty("indicator").GetInt32() == 1) || drawn != (random.ValueKind == JsonValueKind.Null ? 0 : 1))
                wrong.Add($"{name}: indicator {masked.Indicator}, {drawn} draws");
            cases++;
        }
        Assert.Empty(wrong);
        Assert.Equal(89, cases);
    }

    // Methods 2.4 and section 11, on text alone.
    [Theory]
    [InlineData("a red car on the street", "a red car|the street", "[$] on [$]")]
    [InlineData("a cat and a bat", "a|cat|a|bat", "[$] c[$]t [$]nd [$] b[$]t")]
    [InlineData("the cat and the cat", "the cat|the cat", "[$] and [$]")]
    [InlineData("a cat sits", "a kitten|sits", "a [$] sits")]
    [InlineData("a cat sits", "", "a [$] sits")]
    [InlineData("a cat sits", null, "a [$] sits")]
    [InlineData("", "", "[$]")]
    public void Keywords_are_replaced_as_published(string caption, string? keywords, string expected)
    {
        string masked = CaptionMasking.Mask(caption, keywords?.Split('|') ?? [], n => Math.Min(1, n - 1), out bool fallback);
        Assert.Equal(expected, masked);
        Assert.Equal(expected.StartsWith("a [$]", StringComparison.Ordinal) || caption.Length == 0, fallback);
    }

    [Fact]
    public void An_empty_word_stands_before_every_character_and_at_the_end() =>
        Assert.Equal("[$]a[$] [$] [$]é[$]", CaptionMasking.Mask("a  é", [], _ => 1, out _));

    // A vocabulary of bytes alone: 512 symbols and two specials, so [$] is 514 and $ alone 259.
    [Fact]
    public void Ids_have_the_placeholder_and_cleaning_cuts_to_the_context()
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([], context: 8);
        CaptionMasking masking = new(tokenizer, _ => ["b"]);
        MaskedCaption masked = masking.Of(" $A B ", _ => 0);
        Assert.Equal([tokenizer.Start, .. Word("a"), .. Word("b"), tokenizer.End], masked.Original);
        Assert.Equal([tokenizer.Start, .. Word("a"), 259, tokenizer.End], masked.Masked);
        Assert.False(masked.Fallback);
        Assert.Equal("person", new CaptionMasking(tokenizer, _ => []).Clean("<PERSON>"));
        Assert.Equal("abcdef", masking.Clean("abcdefgh"));
        Assert.Equal("", masking.Clean(null));

        int[] Word(string text) => tokenizer.EncodePlain(text, TokenizerKind.Sdxl);
    }

    private static IEnumerable<int> Ids(JsonElement c, string name) => c.GetProperty(name).EnumerateArray().Select(i => i.GetInt32());
}
