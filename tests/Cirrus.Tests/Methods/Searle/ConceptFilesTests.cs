using System.Text;
using Cirrus.Clip;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.Searle;

/// <summary>Vocabularies and phrases: from files of every kind, and of our own.</summary>
public sealed class ConceptFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Vocabularies_are_csv_or_text()
    {
        Write("a.csv", "LabelName,DisplayName\r\n/m/01,Dog\r\n/m/02,\"Tree, old\"\r\n/m/03, Dog \r\n/m/04,\r\n");
        Assert.Equal(["Dog", "Tree, old"], ConceptVocabulary.Read(_folder.At("a.csv")).Names);
        Write("a.txt", "Dog\n\n red car\nDog\n");
        Assert.Equal(["Dog", "red car"], ConceptVocabulary.Read(_folder.At("a.txt")).Names);
        Write("b.csv", "id,name\n1,Dog\n");
        Assert.Contains("DisplayName", Assert.Throws<CirrusException>(() => ConceptVocabulary.Read(_folder.At("b.csv"))).Message,
            StringComparison.Ordinal);
        Write("empty.txt", "\n");
        Assert.Throws<CirrusException>(() => ConceptVocabulary.Read(_folder.At("empty.txt")));
    }

    [Fact]
    public void Phrases_are_pickles_json_lines_or_text()
    {
        Write("p.jsonl",
            "{\"concept\": \"cat\", \"phrases\": [\"a photo of cat that sleeps\"]}\n\n{\"concept\": \" cat \", \"phrases\": [\"a cat\"]}\n");
        Assert.Equal(["a photo of cat that sleeps", "a cat"], PhraseFile.Read(_folder.At("p.jsonl"))["cat"]);
        Write("p.txt", "cat\ta cat sits\na photo of red car that is that\n");
        IReadOnlyDictionary<string, IReadOnlyList<string>> text = PhraseFile.Read(_folder.At("p.txt"));
        Assert.Equal(["a cat sits"], text["cat"]);
        Assert.Equal(["a photo of red car that is that"], text["red car"]);
        File.WriteAllBytes(_folder.At("p.pkl"), Pickle);
        IReadOnlyDictionary<string, IReadOnlyList<string>> pickle = PhraseFile.Read(_folder.At("p.pkl"));
        Assert.Equal(["a photo of cat that", "a cat"], pickle["cat"]);
        Assert.Equal(["a ship"], pickle["boat"]);
    }

    [Theory]
    [InlineData("x.txt", "a photo of cat\n", "line 1")]
    [InlineData("x.jsonl", "{\"concept\": 3}\n", "line 1")]
    [InlineData("x.jsonl", "{\"concept\": \"cat\", \"phrases\": [1]}\n", "line 1")]
    [InlineData("x.jsonl", "\n{\n", "line 2")]
    public void A_bad_line_is_told(string name, string text, string line)
    {
        Write(name, text);
        Assert.Contains(line, Assert.Throws<CirrusException>(() => PhraseFile.Read(_folder.At(name))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_would_run_something_is_refused()
    {
        File.WriteAllBytes(_folder.At("bad.pkl"), Encoding.Latin1.GetBytes("\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R."));
        Assert.Contains("os.system", Assert.Throws<CirrusException>(() => PhraseFile.Read(_folder.At("bad.pkl"))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder.At("list.pkl"), [0x80, 2, (byte)']', (byte)'.']);
        Assert.Throws<CirrusException>(() => PhraseFile.Read(_folder.At("list.pkl")));
    }

    [Fact]
    public void Concepts_without_a_phrase_or_with_one_that_lacks_them_are_left_out_but_use_their_place()
    {
        PhraseBook book = PhraseBook.From(new Dictionary<string, IReadOnlyList<string>>
        {
            ["cat"] = ["a cat", "cats and a cat"],
            ["boat"] = ["a boat", "a ship"],
            ["tree"] = ["a tree"],
        }, "test");
        Assert.Empty(book.Of("boat"));
        Assert.Equal(["cat"], book.Usable(["boat", "boat", " cat", "tree"], 2));
        Assert.Equal(["cat", "tree"], book.Usable(["boat", "cat", "tree"], 3));
        Assert.Equal(["tree"], book.Usable(["boat", "moon", "tree", "cat"], 2));
        Assert.Contains("boat", Assert.Throws<CirrusException>(() => book.Usable(["boat", "moon"], 2)).Message, StringComparison.Ordinal);
        Assert.Equal(["cat: a cat", "cat: cats and a cat", "tree: a tree"],
            Enumerable.Range(0, 3).Select(i => Told(book.OfAll(["cat", "tree"], n => n == 3 ? i : -1))));
        Assert.Equal("tree: a tree", Told(book.OfOne(["cat", "tree"], n => n - 1)));
        Assert.Equal("cat: cats and a cat", Told(book.OfOne(["cat"], n => n - 1)));

        static string Told(Phrase phrase) => $"{phrase.Concept}: {phrase.Text}";
    }

    [Fact]
    public void Other_phrases_of_the_same_source_have_another_fingerprint()
    {
        PhraseBook Of(string phrase) => PhraseBook.From(new Dictionary<string, IReadOnlyList<string>> { ["cat"] = [phrase] }, "test");
        Assert.Equal(Of("a cat").Fingerprint, Of("a cat").Fingerprint);
        Assert.NotEqual(Of("a cat").Fingerprint, Of("no cat").Fingerprint);
    }

    [Fact]
    public void A_concept_is_replaced_once_or_everywhere()
    {
        Phrase phrase = new("cat", "a cat, a cat's catalog");
        Assert.Equal("a  $ , a cat's catalog", phrase.FirstReplaced);
        Assert.Equal("a  $ , a  $ 's  $ alog", phrase.AllReplaced);
        Assert.Throws<ArgumentException>(() => new Phrase("dog", "a cat").FirstReplaced);
    }

    [Fact]
    public void The_grammar_makes_many_usable_phrases_the_same_every_time()
    {
        PhraseBook book = PhraseBook.Open(null, BpeTokenizer.FromMerges([]));
        Assert.True(book.IsMade);
        IReadOnlyList<string> phrases = book.Of("red car");
        Assert.Equal(PhraseMaker.Count, phrases.Count);
        Assert.True(phrases.Distinct().Count() > PhraseMaker.Count * 3 / 4);
        Assert.All(phrases, p => Assert.StartsWith("a photo of red car ", p, StringComparison.Ordinal));
        Assert.Equal(phrases, PhraseBook.Open("", BpeTokenizer.FromMerges([])).Of("red car"));
        Assert.NotEqual(phrases.Select(p => p.Replace("red car", "cat", StringComparison.Ordinal)), book.Of("cat"));
    }

    [Fact]
    public void A_CLIP_of_few_words_gets_concepts_of_those_it_knows()
    {
        BpeTokenizer few = BpeTokenizer.FromMerges(
            ["c a", "ca t</w>", "d o", "do g</w>", "c u", "cu p</w>", "h a", "ha t</w>", "s u", "su n</w>", "r e", "re d</w>",
            "o l", "ol d</w>", "b i", "bi g</w>", "w e", "we t</w>", "d r", "dr y</w>"]);
        string[] concepts = [.. ConceptVocabulary.Open(null, few).Names];
        Assert.Contains("cat", concepts);
        Assert.Contains("red dog", concepts);
        Assert.DoesNotContain("lighthouse", concepts);
        Assert.Contains("lighthouse", ConceptVocabulary.Open(null, BpeTokenizer.FromMerges([])).Names);
    }

    /// <summary>pickle.dumps({'cat': ['a photo of cat that', 'a cat'], 'boat': ['a ship']}, protocol=4)</summary>
    private static byte[] Pickle => Convert.FromHexString(PickleHex);

    private const string PickleHex =
        "80049540000000000000007d94288c03636174945d94288c13612070686f746f206f66206361742074686174948c05612063617494658c04626f6174945d948c066120736869709461752e";

    private void Write(string name, string text) => File.WriteAllText(_folder.At(name), text);
}
