using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cirrus.Clip;

namespace Cirrus.Tests.Clip;

/// <summary>Against ids that the original tokenizers gave (../shared/golden and ../shared/data, see the READMEs there). Exact.</summary>
public sealed class TokenizerGoldenTests
{
    private static readonly Lazy<BpeTokenizer> Clip = new(() => BpeTokenizer.Load(Shared.Need("data/clip/bpe_simple_vocab_16e6.txt.gz")));

    [Fact]
    public void All_435_cases_of_the_three_tokenizers_agree()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/tokenizer/cases.json")));
        BpeTokenizer clip = Clip.Value;
        List<string> wrong = [];
        int cases = 0;
        foreach (JsonElement c in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = c.GetProperty("text").GetString()!;
            int[] openAi = Ids(c.GetProperty("openai"));
            int[] huggingFace = c.TryGetProperty("hf", out JsonElement hf) ? Ids(hf) : openAi;
            Check(clip.Encode(text, out bool truncated), openAi);
            Check(clip.Encode(text, TokenizerKind.HuggingFace), huggingFace);
            Check(clip.Encode(text, TokenizerKind.Sdxl), Ids(c.GetProperty("sdxl")));
            if (c.TryGetProperty("cleaned", out JsonElement cleaned) && TextCleaning.Clean(text, TokenizerKind.OpenAi) is var ours
                && ours != cleaned.GetString())
                wrong.Add($"{JsonValue.Create(text)!.ToJsonString()}: cleaned {JsonValue.Create(ours)!.ToJsonString()}, not {cleaned.GetRawText()}");
            if (truncated != c.TryGetProperty("too_long", out _))
                wrong.Add($"{text}: truncated is {truncated}");
            cases++;
            void Check(int[] actual, int[] expected)
            {
                if (!actual.AsSpan().SequenceEqual(expected))
                    wrong.Add($"{c.GetProperty("kind")} {JsonValue.Create(text)!.ToJsonString()}: {string.Join(' ', actual)} "
                        + $"not {string.Join(' ', expected)}");
            }
        }
        Assert.Equal(435, cases);
        Assert.Empty(wrong);
    }

    [Fact]
    public void All_3759_ascii_strings_agree()
    {
        using GZipStream stream = new(File.OpenRead(Shared.Need("data/clip/reference/tokens/openai-bpe-ascii.jsonl.gz")), CompressionMode.Decompress);
        using StreamReader reader = new(stream);
        BpeTokenizer clip = Clip.Value;
        int lines = 0, touched = 0;
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string text = json.RootElement.GetProperty("text").GetString()!;
            int[] expected = Ids(json.RootElement.GetProperty("ids"));
            List<int> ids = [];
            clip.AppendCleaned(ids, TextCleaning.CleanFixed(text));  // these ids were made without ftfy
            Assert.Equal(expected, ids);
            if (TextCleaning.Fix(text) == text)
                Assert.Equal(expected, clip.EncodePlain(text));
            else
                touched++;
            lines++;
        }
        Assert.Equal(3759, lines);
        Assert.Equal(368, touched);                          // entities and control characters
    }

    [Fact]
    public void The_captions_of_the_masking_cases_agree_and_long_ones_are_put_together_again()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/masking/cases.json")));
        BpeTokenizer clip = Clip.Value;
        int longOnes = 0;
        foreach (JsonElement c in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            string cleaned = c.GetProperty("cleaned").GetString()!;
            Assert.Equal(Ids(c.GetProperty("original_ids")), clip.Encode(cleaned, TokenizerKind.Sdxl));
            string replaced = c.TryGetProperty("replaced_final", out JsonElement final) ? final.GetString()! : c.GetProperty("replaced").GetString()!;
            int[] ids = [.. clip.Encode(replaced, TokenizerKind.Sdxl).Select(id => id == clip.Count ? clip.Placeholder : id)];
            Assert.Equal(Ids(c.GetProperty("replaced_ids")), ids);
            if (c.GetProperty("kind").GetString() != "long")
                continue;
            string caption = c.GetProperty("caption").GetString()!.Replace("<PERSON>", "person", StringComparison.Ordinal)
                .ToLowerInvariant().Replace("$", "", StringComparison.Ordinal).Trim();
            int[] whole = clip.EncodePlain(caption, TokenizerKind.Sdxl);
            if (whole.Length > 75)
                Assert.Equal(cleaned, clip.Decode(whole.AsSpan(0, 75)));
            longOnes += whole.Length > 75 ? 1 : 0;
        }
        Assert.True(longOnes > 3, $"only {longOnes} long captions");
    }

    [Theory]
    [InlineData("$", "49406 259 49407")]
    [InlineData("*", "49406 265 49407")]
    [InlineData("!", "49406 256 49407")]
    [InlineData("person", "49406 2533 49407")]
    [InlineData("$ , it", "49406 259 267 585 49407")]
    [InlineData("a cartoon of *", "49406 320 7651 539 265 49407")]
    [InlineData("low quality", "49406 1042 3027 49407")]
    [InlineData("[$]", "49406 58 3 316 49407")]
    [InlineData("a photo of $ that", "49406 320 1125 539 259 682 49407")]
    [InlineData("a photo of * , is red and has long sleeves", "49406 320 1125 539 265 267 533 736 537 791 1538 19691 49407")]
    [InlineData("it's a dog, isn't it?", "49406 585 568 320 1929 267 2923 713 585 286 49407")]
    [InlineData("Hello World 2023!", "49406 3306 1002 273 271 273 274 256 49407")]
    [InlineData("$,", "49406 3 267 49407")]
    [InlineData("as a cartoon, drawing", "49406 601 320 7651 267 3610 49407")]
    public void Known_values_agree(string text, string ids) => Assert.Equal(ids, string.Join(' ', Clip.Value.Encode(text)));

    [Fact]
    public void The_cut_vocabulary_of_the_tiny_models_has_its_own_end_tokens()
    {
        BpeTokenizer tiny = BpeTokenizer.Load(Shared.Need("golden/clip/tiny-bpe-600.txt.gz"));
        Assert.Equal((600, 598, 599, 259), (tiny.Count, tiny.Start, tiny.End, tiny.Placeholder));
    }

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(i => i.GetInt32())];
}
