using Cirrus.Cli;
using Cirrus.Language;

namespace Cirrus.Tests.Cli;

public sealed class TrainTaggerCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus-train-tagger").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_writes_a_tagger_and_its_path_and_tells_each_epoch()
    {
        string treebank = Path.Combine(_folder, "own.conllu"), tagger = Path.Combine(_folder, "tagger.bin");
        await File.WriteAllTextAsync(treebank,
            "1\tthe\tthe\tDET\n2\tdog\tdog\tNOUN\n3\truns\trun\tVERB\n\n1\tthe\tthe\tDET\n2\tcat\tcat\tNOUN\n3\truns\trun\tVERB\n",
            TestContext.Current.CancellationToken);
        StringWriter output = new(), error = new();
        int code = await Verbs.Invoke(["train", "tagger", "--treebanks", treebank, "--dev", treebank, "-o", tagger, "--epochs", "2"], output, error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(tagger, output.ToString().Trim());
        Assert.Contains("2 sentences, 6 words", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("epoch 2: tags", error.ToString(), StringComparison.Ordinal);
        Assert.Equal([Pos.Det, Pos.Noun, Pos.Verb], PosTagger.Load(tagger).Tag(["the", "dog", "runs"]));
    }

    [Theory]
    [InlineData("train", "tagger")]
    [InlineData("train", "tagger", "--treebanks", "x.conllu")]
    public async Task Without_what_it_needs_it_is_a_usage_error(params string[] args) =>
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(args, TextWriter.Null, TextWriter.Null));
}
