using System.CommandLine;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary><c>cirrus train lincir --captions a.txt --model CLIP -o RUN</c></summary>
internal static class TrainLinCirCommand
{
    private static readonly Option<string[]> Captions = new("--captions", "-c")
    {
        Description = "files of captions: .txt, .tsv, .csv, .jsonl, each also .gz",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Column = new("--column") { Description = "the captions' column; else caption, text or prompt" };

    private static readonly Option<string?> Model = new("--model", "-m") { Description = ModelPlace.Description };

    private static readonly Option<string?> Random = new("--random") { Description = "instead of a model: random weights of this size (ViT-B/32, ViT-L/14, ...), to measure speed" };

    private static readonly Option<string?> Vocabulary = new("--vocabulary") { Description = "with --random: bpe_simple_vocab_16e6.txt.gz" };

    private static readonly Option<string?> Output = new("--output", "-o") { Description = "the run's folder" };

    private static readonly Option<bool> Resume = new("--resume") { Description = "go on with the run in --output from its last checkpoint" };

    private static readonly Option<int?> Steps = new("--steps") { Description = "how many steps (published: 20,000)" };

    private static readonly Option<int?> Batch = new("--batch") { Description = "captions a step (published: 512)" };

    private static readonly Option<double?> Rate = new("--lr") { Description = "learning rate (published: 1e-4)" };

    private static readonly Option<ulong?> Seed = new("--seed") { Description = "of everything random" };

    private static readonly Option<string[]> Set = new("--set") { Description = "any option, as name=value; see --print-options" };

    private static readonly Option<bool> PrintOptions = new("--print-options") { Description = "print all options with their values, and stop" };

    private static readonly Option<string?> Published = new("--pt") { Description = "write the finished φ here too, in the published layout (.pt)" };

    private static readonly Option<string> OnDevice = new("--device") { Description = "auto or cpu", DefaultValueFactory = _ => "auto" };

    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("lincir", "Train LinCIR's φ from captions alone (no pictures).")
        {
            Captions, Column, Model, Random, Vocabulary, Output, Resume, Steps, Batch, Rate, Seed, Set, PrintOptions, Published, OnDevice, Quiet,
        };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples(
            "train lincir --captions captions.tsv.gz --model clip-vit-l-14 -o runs/l14",
            "train lincir -c a.txt b.jsonl.gz -m ViT-B-32.pt -o runs/b32 --steps 5000 --set warmup=500 --set holdout=2000",
            "train lincir -c captions.tsv.gz -m clip-vit-l-14 -o runs/l14 --resume",
            "train lincir --print-options");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        bool resume = args.GetValue(Resume);
        if (resume && Settings(args).Count > 0)
            throw new CirrusException($"A resumed run keeps its options, but {Settings(args)[0]} was asked for.", hint: "leave it out, or start a new run");
        if (args.GetValue(PrintOptions))
        {
            output.WriteLine(OptionText.Print(resume ? LinCirRun.Options(Folder(args)) : Options(args), LinCirJson.Default.LinCirOptions));
            return ExitCode.Done;
        }
        string folder = Folder(args);
        LinCirOptions options = resume ? LinCirRun.Options(folder) : Options(args);
        if (!resume && RunFolder.Exists(folder))
            throw new CirrusException($"'{folder}' holds a run already.", hint: "add --resume to go on with it, or name another folder");
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        using ClipModel clip = OpenClip(args, device);
        CaptionCorpus captions = ReadCaptions(args, error);
        using LinCirRun run = resume ? LinCirRun.Resume(folder, clip, captions) : LinCirRun.Start(folder, clip, captions, options);
        return Train(run, clip, folder, args, error, stop);
    }

    private static int Train(LinCirRun run, ClipModel clip, string folder, ParseResult args, TextWriter error, CancellationToken stop)
    {
        LinCirTrainer trainer = run.Trainer;
        error.WriteLine($"φ of {clip.Config.Name}: {trainer.Phi.P} to {trainer.Phi.W}; {trainer.Captions:N0} captions, {trainer.StepsPerEpoch:N0} steps an epoch; "
            + $"noise scale {trainer.NoiseScale.ToString("G4", CultureInfo.InvariantCulture)}; on {clip.Device.Name}"
            + (trainer.Step > 0 ? $"; resumed after step {trainer.Step:N0}" : ""));
        TrainProgress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error, trainer.Options.Steps);
        bool finished = run.Train(done => progress.Report(done.Step, done.Loss, done.LearningRate, done.Captions), stop);
        progress.End();
        error.WriteLine($"loss {LossCurve.Draw(run.Losses)}");
        if (!finished)
        {
            error.WriteLine($"stopped after step {trainer.Step:N0}; go on with the same command and --resume");
            return ExitCode.Interrupted;
        }
        if (args.GetValue(Published) is string path)
        {
            using MappingNetwork phi = trainer.Result();
            MappingNetworkFile.Save(phi, path);
        }
        args.InvocationConfiguration.Output.WriteLine(Path.Combine(folder, MappingNetworkFile.InRun));
        return ExitCode.Done;
    }

    private static CaptionCorpus ReadCaptions(ParseResult args, TextWriter error)
    {
        string[] files = args.GetValue(Captions) ?? [];
        if (files.Length == 0)
            throw new CirrusException("There are no captions to train on.", hint: "name files: --captions a.txt b.tsv.gz");
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read(files, args.GetValue(Column));
        foreach (CaptionFileReport report in reports)
            error.WriteLine(report);
        return captions;
    }

    private static ClipModel OpenClip(ParseResult args, Device device) => (args.GetValue(Model), args.GetValue(Random)) switch
    {
        (string path, null) => ClipModel.Load(ModelPlace.Find(path, null), device),
        (null, string size) => ClipModel.Random(ClipSizes.TextOnly(ClipSizes.Find(size)), BpeTokenizer.Load(args.GetValue(Vocabulary)
            ?? throw new CirrusException("--random needs a vocabulary.", hint: "name one: --vocabulary bpe_simple_vocab_16e6.txt.gz")), device, seed: 1),
        _ => throw new CirrusException("Training needs a CLIP.", hint: "name one with --model, or its size alone with --random ViT-B/32 --vocabulary FILE"),
    };

    private static string Folder(ParseResult args) => args.GetValue(Output)
        ?? throw new CirrusException("The run has no folder.", hint: "name one: -o RUN");

    /// <summary>The named options are short for --set.</summary>
    private static List<string> Settings(ParseResult args)
    {
        List<string> settings = [];
        Add("steps", args.GetValue(Steps));
        Add("batch", args.GetValue(Batch));
        Add("learning_rate", args.GetValue(Rate));
        Add("seed", args.GetValue(Seed));
        settings.AddRange(args.GetValue(Set) ?? []);
        return settings;

        void Add(string name, IFormattable? value)
        {
            if (value is not null)
                settings.Add($"{name}={value.ToString(null, CultureInfo.InvariantCulture)}");
        }
    }

    private static LinCirOptions Options(ParseResult args) => OptionText.Apply(new LinCirOptions(), Settings(args), LinCirJson.Default.LinCirOptions).Check();
}
