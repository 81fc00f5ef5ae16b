using Cirrus.Language;
using Cirrus.Tensors;

namespace Cirrus.Tests.Language;

public sealed class PosTaggerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus-pos").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Measured 98.23 % and 94.45 % on the lower-cased test set, gold words; the project asks for 95 % of keywords.
    [Fact]
    public void The_shipped_tagger_holds_its_accuracy_on_unseen_text()
    {
        TaggerScore score = TaggerTrainer.Score(PosTagger.Default, Treebank.Read(Shared.Need("data/pos/en_ewt-ud-test.conllu.gz")));
        Assert.InRange(score.Keywords, 0.98, 0.99);
        Assert.InRange(score.AllTags, 0.94, 0.96);
    }

    // The command that made it stands in docs/numerics.md.
    [Fact, Trait("Category", "Slow")]
    public void The_shipped_tagger_is_what_training_gives()
    {
        string[] unfree = ["essay", "fiction", "letter", "podcast", "whow"];
        List<TaggedSentence> sentences = [.. Treebank.Read(Shared.Need("data/pos/en_ewt-ud-train.conllu.gz")),
            .. Treebank.Read(Shared.Need("data/pos/en_gum-ud-train.conllu.gz"), unfree)];
        List<TaggedSentence> development = [.. Treebank.Read(Shared.Need("data/pos/en_ewt-ud-dev.conllu.gz")),
            .. Treebank.Read(Shared.Need("data/pos/en_gum-ud-dev.conllu.gz"))];
        using MemoryStream trained = new(), shipped = new();
        new TaggerTrainer(sentences, new()).Run(development, null, TestContext.Current.CancellationToken).Model.Write(trained);
        PosTagger.Default.Model.Write(shipped);
        Assert.Equal(shipped.ToArray(), trained.ToArray());
    }

    [Fact]
    public void The_shipped_tagger_knows_a_simple_caption() => Assert.Equal(
        [Pos.Det, Pos.Adj, Pos.Noun, Pos.Aux, Pos.Verb, Pos.Adp, Pos.Det, Pos.Noun, Pos.Punct],
        PosTagger.Default.Tag(["a", "black", "dog", "is", "running", "on", "the", "beach", "."]));

    [Theory]
    [InlineData("a red car on the street", "a red car|the street")]
    [InlineData("two men with white gloves", "men|white gloves")]
    [InlineData("big red  old wooden house", "big red|old wooden house")]
    [InlineData("man,woman and child", "woman|child")]           // "man," is taken for an exclamation, as in web text
    [InlineData("running away", "")]
    [InlineData("", "")]
    public void Keywords_are_runs_of_nouns_names_adjectives_and_determiners(string caption, string expected) =>
        Assert.Equal(expected, string.Join('|', Keywords.Of(caption)));

    [Fact]
    public void Training_repeats_to_the_byte_and_learns_what_it_is_shown()
    {
        List<TaggedSentence> sentences = Treebank.Read(WriteTreebank());
        string a = Path.Combine(_folder, "a.bin"), b = Path.Combine(_folder, "b.bin");
        TaggerOptions options = new(Epochs: 5, Seen: 1, Cut: 0);
        foreach (string path in new[] { a, b })
            TaggerTrainer.Save(new TaggerTrainer(sentences, options).Run(sentences, null, CancellationToken.None), path);
        Assert.Equal(File.ReadAllBytes(a), File.ReadAllBytes(b));
        Assert.Equal(new TaggerScore(1, 1), TaggerTrainer.Score(PosTagger.Load(a), sentences));
        Assert.Equal([Pos.Det, Pos.Noun, Pos.Verb], PosTagger.Load(a).Tag(["the", "dog", "runs"]));
    }

    [Fact]
    public void A_damaged_tagger_is_an_error_with_a_hint()
    {
        List<TaggedSentence> sentences = Treebank.Read(WriteTreebank());
        string path = Path.Combine(_folder, "tagger.bin");
        TaggerTrainer.Save(new TaggerTrainer(sentences, new(Epochs: 1, Seen: 1)).Run([], null, CancellationToken.None), path);
        byte[] good = File.ReadAllBytes(path);
        Refused(good[..8]);
        Refused(good[..^5]);
        Refused([.. "nonsense"u8, .. good[8..]]);
        Refused([.. good[..6], 99, .. good[7..]]);
        Refused([.. good[..8], 0xFF, 0xFF, 0xFF, 0x7F, .. good[12..]]);
        Assert.Throws<CirrusException>(() => PosTagger.Load(Path.Combine(_folder, "nothing")));

        void Refused(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            Assert.NotEmpty(Assert.Throws<CirrusException>(() => PosTagger.Load(path)).Hint);
        }
    }

    [Fact]
    public void A_treebank_is_read_without_surface_forms_and_empty_nodes()
    {
        TaggedSentence sentence = Treebank.Read(WriteTreebank())[1];
        Assert.Equal(["they", "do", "n't", "run"], sentence.Words);
        Assert.Equal([Pos.Pron, Pos.Aux, Pos.Part, Pos.Verb], sentence.Tags);
    }

    [Fact]
    public void Documents_can_be_left_out_by_name()
    {
        string path = WriteTreebank();
        File.WriteAllText(path, "# newdoc id = GUM_essay_one\n1\tno\tno\tINTJ\n\n# newdoc id = GUM_news_one\n" + File.ReadAllText(path));
        Assert.Equal(4, Treebank.Read(path).Count);
        Assert.Equal(3, Treebank.Read(path, "fiction", "essay").Count);
    }

    [Theory]
    [InlineData("1\tdog")]
    [InlineData("1\tdog\tdog\tNAME")]
    [InlineData("1\tdog\tdog\t7")]
    public void A_line_that_is_not_conllu_is_an_error_with_its_number(string line)
    {
        string path = Path.Combine(_folder, "bad.conllu");
        File.WriteAllText(path, "# a sentence\n" + line + "\n");
        Assert.Contains("Line 2", Assert.Throws<CirrusException>(() => Treebank.Read(path)).Message, StringComparison.Ordinal);
    }

    private string WriteTreebank()
    {
        string path = Path.Combine(_folder, "own.conllu");
        File.WriteAllText(path, """
            # text = The dog runs.
            1	The	the	DET
            2	dog	dog	NOUN
            3	runs	run	VERB
            4	.	.	PUNCT

            # text = They don't run
            1	They	they	PRON
            2-3	don't	_	_
            2	do	do	AUX
            3	n't	not	PART
            3.1	go	go	VERB
            4	run	run	VERB

            1	A	a	DET
            2	red	red	ADJ
            3	run	run	NOUN
            4	.	.	PUNCT

            """);
        return path;
    }
}
