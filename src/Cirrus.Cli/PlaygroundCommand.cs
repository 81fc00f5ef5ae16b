using System.CommandLine;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary><c>cirrus playground draw|captions|train-clip</c>: the drawn world.</summary>
internal static class PlaygroundCommand
{
    private static readonly Option<ulong> Seed = new("--seed") { Description = "of everything random", DefaultValueFactory = _ => 1 };

    public static Command Create() => new Command("playground", "A drawn world with captions and exact answers, and the small CLIP for it.")
    {
        CreateDraw(), CreateCaptions(), CreateTrainClip(),
    }.WithExamples("playground draw --out world --side 256", "playground captions --count 100000 > captions.txt",
        "playground train-clip -o runs/clip --minutes 50");

    private static Command CreateDraw()
    {
        Option<string> folder = new("--out", "-o") { Description = "the folder to write", Required = true };
        Option<string> split = new("--split") { Description = "val (for choosing) or test (for reporting)", DefaultValueFactory = _ => "test" };
        split.AcceptOnlyFromAmong("val", "test");
        Option<bool> unseen = new("--unseen") { Description = "ask for pairs of kind and colour that are in no training picture" };
        Option<int> queries = new Option<int>("--queries") { Description = "how many; the gallery has ten times as many pictures", DefaultValueFactory = _ => 400 }.From(1, 100_000);
        Option<int> side = new Option<int>("--side") { Description = "of the pictures, in pixels; the small CLIP sees 64", DefaultValueFactory = _ => Drawing.ClipSide }.From(16, 4096);
        Command command = new("draw", "Write pictures and composed queries with their exact answers, laid out as CIRCO is.")
        {
            folder, split, unseen, queries, side, Seed,
        };
        command.SetAction(args =>
        {
            Split which = args.GetValue(split) == "val" ? Split.Val : Split.Test;
            PlaygroundBenchmark benchmark = PlaygroundBenchmark.Make(which, args.GetValue(Seed), args.GetValue(unseen), args.GetValue(queries));
            PlaygroundFiles.Write(args.GetRequiredValue(folder), benchmark, which, args.GetValue(side));
            args.InvocationConfiguration.Output.WriteLine($"{benchmark.Scenes.Count} pictures, {benchmark.Queries.Count} queries");
            return ExitCode.Done;
        });
        return command.WithExamples("playground draw --out world", "playground draw --out world --side 256 --queries 40 --seed 7");
    }

    private static Command CreateCaptions()
    {
        Option<int> count = new Option<int>("--count", "-n") { Description = "how many", DefaultValueFactory = _ => 1000 }.From(0);
        Command command = new("captions", "Write captions of random scenes, one a line: what text-only training needs.") { count, Seed };
        command.SetAction(args =>
        {
            foreach (string caption in Captions.Training(args.GetValue(Seed), args.GetValue(count)))
                args.InvocationConfiguration.Output.WriteLine(caption);
            return ExitCode.Done;
        });
        return command.WithExamples("playground captions --count 100000 > captions.txt");
    }

    private static Command CreateTrainClip()
    {
        Option<string?> folder = new("--output", "-o") { Description = "the run's folder; the model is written to its folder model" };
        Option<double> minutes = new("--minutes") { Description = "end after so many minutes; 0: after the options' steps" };
        Option<string[]> set = new("--set") { Description = "any option, as name=value; see --print-options" };
        Option<bool> print = new("--print-options") { Description = "print all options with their values, and stop" };
        Option<bool> resume = new("--resume") { Description = "go on with the run in --output from its last checkpoint" };
        Option<string> device = DeviceOption.Create();
        Command command = new("train-clip", "Train the small CLIP from scratch on drawn pictures and their captions.")
        {
            folder, minutes, set, print, resume, device, Seed,
        };
        command.SetAction((args, stop) => Task.Run(
            () =>
            {
                TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
                ClipTrainingOptions options = OptionText.Apply(new ClipTrainingOptions { Seed = args.GetValue(Seed), Minutes = args.GetValue(minutes) },
                    args.GetValue(set) ?? [], ClipTrainingJson.Default.ClipTrainingOptions);
                if (args.GetValue(print))
                {
                    output.WriteLine(OptionText.Print(options, ClipTrainingJson.Default.ClipTrainingOptions));
                    return ExitCode.Done;
                }
                string path = args.GetValue(folder) ?? throw new CirrusException("The run has no folder.", hint: "name one: -o RUN");
                using Device on = Device.Open(args.GetValue(device)!);
                string typed = "cirrus " + string.Join(' ', args.Tokens.Select(t => t.Value));
                ClipTrainingRun.Train(path, options, args.GetValue(resume), on, typed, error.WriteLine, stop);
                output.WriteLine(Path.Combine(path, "model"));
                return ExitCode.Done;
            },
            CancellationToken.None));
        return command.WithExamples("playground train-clip -o runs/clip --minutes 50", "playground train-clip -o runs/clip --resume",
            "playground train-clip -o runs/try --set steps=200 --set batch=64");
    }
}
