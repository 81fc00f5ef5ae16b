using System.IO.Compression;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

/// <summary>On a vocabulary of a few merges of our own: ids 0-255 bytes, 256-511 bytes that end a word, 512 and up merges.</summary>
public sealed class BpeTokenizerTests : IDisposable
{
    private static readonly string[] Merges = ["#version: 0.2", "d o", "do g</w>", "c a", "ca t</w>", "a a", "aa a</w>"];
    private readonly BpeTokenizer _small = BpeTokenizer.FromMerges(Merges);
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus-bpe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ids_follow_clips_order()
    {
        Assert.Equal((520, 518, 519, 259), (_small.Count, _small.Start, _small.End, _small.Placeholder));
        Assert.Equal([518, 513, 515, 256, 519], _small.Encode("Dog  CAT!"));
        Assert.Equal([518, 512, 256 + 67, 519], _small.Encode("dod"));
    }

    [Theory]
    [InlineData("$", true)]
    [InlineData("a $ b", true)]
    [InlineData("$5", true)]
    [InlineData("a$b", true)]
    [InlineData("$,", false)]
    [InlineData("($)", false)]
    [InlineData("$'s", false)]
    public void The_placeholder_stands_where_no_other_punctuation_touches_it(string text, bool found) =>
        Assert.Equal(found, _small.EncodePlain(text).Contains(259));

    [Fact]
    public void The_mask_is_cut_out_of_words_and_has_the_first_id_behind_the_vocabulary()
    {
        Assert.Equal([322, 520, 339], _small.EncodePlain("c[$]t", TokenizerKind.Sdxl));
        Assert.Equal(3, _small.EncodePlain("[$]").Length);   // plain byte pairs: "[", "$", "]"
    }

    [Fact]
    public void Only_sdxl_makes_an_exclamation_mark_id_0_and_not_one_that_appears_in_cleaning()
    {
        Assert.Equal([513, 0, 0], _small.EncodePlain("dog!!", TokenizerKind.Sdxl));
        Assert.Equal([256], _small.EncodePlain("！", TokenizerKind.Sdxl));
        Assert.Equal([513, 256], _small.EncodePlain("dog!", TokenizerKind.HuggingFace));
    }

    [Fact]
    public void Entities_without_a_semicolon_are_read_by_openai_only()
    {
        Assert.Equal(_small.EncodePlain("© dog"), _small.EncodePlain("&copy dog"));
        Assert.NotEqual(_small.EncodePlain("&copy dog"), _small.EncodePlain("&copy dog", TokenizerKind.HuggingFace));
    }

    [Fact]
    public void A_text_too_long_is_cut_and_still_ends_in_the_end_token()
    {
        int[] ids = _small.Encode(string.Concat(Enumerable.Repeat("dog ", 100)), out bool truncated);
        Assert.True(truncated);
        Assert.Equal((77, _small.End), (ids.Length, ids[^1]));
        ids = _small.Encode(string.Concat(Enumerable.Repeat("dog ", 75)), out truncated);
        Assert.False(truncated);
        Assert.Equal((77, 513), (ids.Length, ids[^2]));
    }

    [Fact]
    public void Merges_go_by_rank_and_then_from_the_left() =>
        Assert.Equal([516, 517], _small.EncodePlain("aaaaa"));

    [Fact]
    public void A_word_of_a_million_letters_is_no_trouble() =>
        Assert.Equal(499_999, _small.EncodePlain(new string('a', 999_999)).Length);

    [Theory]
    [InlineData("Dog, cat. DOG?", "dog, cat. dog?")]
    [InlineData("it's 10 dogs", "it's 1 0 dogs")]
    public void Decoding_tidies_as_hugging_face_does(string text, string expected) => Assert.Equal(expected, _small.Decode(_small.EncodePlain(text)));

    [Fact]
    public void Decoding_replaces_broken_characters_and_refuses_unknown_ids()
    {
        Assert.Equal("\uFFFD", _small.Decode(_small.EncodePlain("é").AsSpan(0, 1)));
        Assert.Throws<ArgumentException>(() => _small.Decode([520]));
    }

    [Fact]
    public void All_forms_of_a_vocabulary_load_alike()
    {
        _small.Save(_folder);
        string list = Path.Combine(_folder, "list.txt.gz"), json = Path.Combine(_folder, "tokenizer.json");
        using (StreamWriter writer = new(new GZipStream(File.Create(list), CompressionMode.Compress)))
            writer.Write("\"bpe_simple_vocab_16e6.txt#version: 0.2\n" + string.Join('\n', Merges.Skip(1)));
        string vocab = File.ReadAllText(Path.Combine(_folder, "vocab.json"));
        const string Rest =
            """,merges":["d o",["do","g</w>"],"c a","ca t</w>","a a","aa a</w>"]},"added_tokens":[{"id":518,"content":"<|startoftext|>"}]}""";
        File.WriteAllText(json, "{\"model\":{\"vocab\":" + vocab + Rest.Replace(",merges", ",\"merges", StringComparison.Ordinal));
        int[] expected = _small.Encode("a dog, the cat & aaaa é");
        foreach (string path in new[] { _folder, list, json })
        {
            BpeTokenizer loaded = BpeTokenizer.Load(path);
            Assert.Equal(520, loaded.Count);
            Assert.Equal(expected, loaded.Encode("a dog, the cat & aaaa é"));
        }
    }

    [Theory]
    [InlineData("vocab.json", "[1,2]")]
    [InlineData("vocab.json", "{\"a\":0,\"b\":0}")]
    [InlineData("vocab.json", "{\"a\":7}")]
    [InlineData("vocab.json", "{\"a\":-1}")]
    [InlineData("vocab.json", "{\"a\":0}")]
    [InlineData("vocab.json", "{\"a\":")]
    [InlineData("tokenizer.json", "{\"model\":{\"vocab\":{},\"merges\":[3]}}")]
    [InlineData("tokenizer.json", "{}")]
    [InlineData("list.txt", "only-one-symbol")]
    [InlineData("list.txt", "nobody knows")]
    [InlineData("list.txt.gz", "not gzip")]
    public void A_damaged_vocabulary_is_an_error_with_a_hint(string name, string content)
    {
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(_folder, name), content);
        CirrusException e = Assert.Throws<CirrusException>(() => BpeTokenizer.Load(Path.Combine(_folder, name)));
        Assert.NotEmpty(e.Hint);
    }

    [Fact]
    public void A_missing_vocabulary_is_an_error_with_a_hint()
    {
        Assert.Throws<CirrusException>(() => BpeTokenizer.Load(_folder));
        Assert.Throws<CirrusException>(() => BpeTokenizer.Load(Path.Combine(_folder, "nowhere", "list.txt")));
        Assert.Throws<ArgumentException>(() => BpeTokenizer.FromMerges(Merges, context: 1));
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"dog {i} cat{i}")];
        int[][] alone = [.. texts.Select(t => BpeTokenizer.FromMerges(Merges).Encode(t))];
        int[][] together = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => together[i] = _small.Encode(texts[i]));
        Assert.Equal(alone, together);
    }
}
