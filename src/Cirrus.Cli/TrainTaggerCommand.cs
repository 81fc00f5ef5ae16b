using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cirrus.Language;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus train tagger --treebanks ewt-train.conllu.gz gum-train.conllu.gz --dev ewt-dev.conllu.gz -o tagger.bin</c></summary>
internal static class TrainTaggerCommand
{
    public static Command Create()
    {
        Option<FileInfo[]> treebanks = new("--treebanks")
        {
            Description = "treebanks to learn from, CoNLL-U, plain or gzipped",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        Option<FileInfo[]> development = new("--dev")
        {
            Description = "treebanks that choose the best epoch",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> without = new("--without")
        {
            Description = "leave out documents whose name holds one of these",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<FileInfo> output = new("--output", "-o") { Description = "the tagger to write", Required = true };
        TaggerOptions defaults = new();
        Option<int> epochs = new Option<int>("--epochs") { Description = "passes over the treebanks", DefaultValueFactory = _ => defaults.Epochs }.From(1);
        Option<int> rows = new Option<int>("--rows") { Description = "the most rows of weights to keep", DefaultValueFactory = _ => defaults.Rows }.From(1);
        Option<ulong> seed = new("--seed") { Description = "of the order of the sentences", DefaultValueFactory = _ => defaults.Seed };
        Command command = new("tagger", "Train the part-of-speech tagger that finds LinCIR's keywords.")
        {
            treebanks, development, without, output, epochs, rows, seed,
        };
        command.SetAction((args, stop) =>
        {
            TextWriter error = args.InvocationConfiguration.Error;
            TaggerOptions options = defaults with { Epochs = args.GetValue(epochs), Rows = args.GetValue(rows), Seed = args.GetValue(seed) };
            List<TaggedSentence> sentences = Read(args.GetRequiredValue(treebanks), args.GetValue(without)!);
            List<TaggedSentence> dev = Read(args.GetValue(development)!, []);
            if (sentences.Count == 0)
                throw new CirrusException("There is no sentence in the treebanks.", "give files in CoNLL-U format; --without may leave out too much");
            error.WriteLine($"{sentences.Count} sentences, {sentences.Sum(s => s.Words.Length)} words");
            Stopwatch watch = Stopwatch.StartNew();
            PosTagger tagger = new TaggerTrainer(sentences, options).Run(dev, (epoch, score) => error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch}: tags {score.AllTags:P2}, keywords {score.Keywords:P2}, {watch.Elapsed.TotalSeconds:F0} s")), stop);
            string path = args.GetRequiredValue(output).FullName;
            TaggerTrainer.Save(tagger, path);
            args.InvocationConfiguration.Output.WriteLine(path);
            return Task.FromResult(ExitCode.Done);
        });
        return command.WithExamples(
            "train tagger --treebanks ewt-train.conllu.gz gum-train.conllu.gz --dev ewt-dev.conllu.gz -o tagger.bin",
            "train tagger --treebanks gum-train.conllu.gz --without fiction essay -o tagger.bin");
    }

    private static List<TaggedSentence> Read(FileInfo[] files, string[] without) =>
        [.. files.SelectMany(f => Treebank.Read(f.FullName, without))];
}
