using System.CommandLine;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Playground.Compare;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus compare -o FOLDER</c>: trains every method on the drawn world, and says who wins where, and at what cost.</summary>
internal static class CompareCommand
{
    private static readonly Option<string> Folder = new("--output", "-o")
    {
        Description = "the folder of runs and report; runs that are there are used again",
        DefaultValueFactory = _ => "cirrus-compare",
    };
    private static readonly Option<string[]> Names = new("--method")
    {
        Description = "methods to compare; else all",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string[]> Weights = new("--weights", "-w")
    {
        Description = "NAME=PATH: take these weights for a method instead of training it",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string[]> Sizes = new("--sizes")
    {
        Description = "backbones for training time against quality: small, middle, full; none leaves the figure out",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. Backbone.All.Select(b => b.Name)],
    };

    private static readonly Option<int> Seeds = new Option<int>("--seeds") { Description = "galleries a split", DefaultValueFactory = _ => 2 }.From(1, 100);
    private static readonly Option<int> Queries = new Option<int>("--queries") { Description = "queries a gallery", DefaultValueFactory = _ => 400 }.From(14, 10_000);
    private static readonly Option<string> Splits = new Option<string>("--split")
    {
        Description = "pairs of kind and colour that training has shown, or never: seen, unseen or both",
        DefaultValueFactory = _ => "both",
    }.AcceptOnlyFromAmong("seen", "unseen", "both");

    private static readonly Option<int?> Steps = new Option<int?>("--steps") { Description = "of every training; else each method's own for the drawn world" }.From(1, 100_000);
    private static readonly Option<string?> Json = new("--json")
    {
        Description = "write JSON in full precision to this file; - is stdout, instead of the tables",
    };
    private static readonly Option<string?> Html = new("--report") { Description = "the HTML report's file; else report.html in the folder" };
    private static readonly Option<string> OnDevice = DeviceOption.Create();
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("compare", "Train every method on the drawn world and compare them: quality by family, training time, query time, size. Takes a minute or more a method. Given weights on a benchmark of the field: cirrus eval NAME or all, with --weights NAME=PATH for each.")
        {
            Folder, Names, Weights, Sizes, Seeds, Queries, Splits, Steps, Json, Html, OnDevice, Quiet,
        };
        Sizes.AcceptOnlyFromAmong([.. Backbone.All.Select(b => b.Name), "none"]);
        command.SetAction((args, stop) => Task.Run(
            () =>
            {
                try
                {
                    return Run(args, stop);
                }
                catch (OperationCanceledException)
                {
                    args.InvocationConfiguration.Error.WriteLine("stopped; the same command goes on with what is done");
                    return ExitCode.Interrupted;
                }
            },
            CancellationToken.None));
        return command.WithExamples("compare", "compare --method lincir sum slerp --sizes none --seeds 1",
            "compare -w lincir=runs/a --report compare.html --json compare.json");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.GetValue(Quiet) ? TextWriter.Null : args.InvocationConfiguration.Error;
        GivenWeights given = new(args.GetValue(Weights), named: true);
        Method[] methods = Chosen(args, given);
        PlaygroundEvaluationOptions options = new()
        {
            Seeds = args.GetValue(Seeds),
            Queries = args.GetValue(Queries),
            Splits = args.GetValue(Splits) is string one and not "both" ? [one] : ["seen", "unseen"],
        };
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        using ClipModel clip = PlaygroundClip.Load(device);
        TrainedRuns runs = new(Path.Combine(args.GetValue(Folder)!, "runs"));
        string[] settings = args.GetValue(Steps) is int steps ? [string.Create(CultureInfo.InvariantCulture, $"steps={steps}")] : [];
        using Comparison comparison = new(clip, options);
        foreach (Method method in methods)
            if (given.Of(method) is string weights)
                comparison.Add(method, weights, TrainedRuns.SecondsOf(weights));
            else if (!method.NeedsWeights)
                comparison.Add(method, null, 0);
            else
            {
                TrainedRun run = Train(runs, method, Backbone.All[^1], clip, settings, error, stop);
                comparison.Add(method, run.Weights, run.Seconds);
            }
        ComparisonResult result = comparison.Run(error.WriteLine, stop);
        result = result with { Sizes = MeasureSizes(args, result, [.. methods.Where(m => m.NeedsWeights && given.Of(m) is null)], clip, runs, settings, options, error, stop) };
        Write(args, result, output);
        return ExitCode.Done;
    }

    private static List<SizePoint> MeasureSizes(ParseResult args, ComparisonResult result, Method[] trained, ClipModel full,
        TrainedRuns runs, string[] settings,
        PlaygroundEvaluationOptions options, TextWriter error, CancellationToken stop)
    {
        Method[] zeroShot = [.. trained.Where(m => m.Training is { Data: not TrainingDataKind.Triplets })];
        string[] sizes = args.GetValue(Sizes)!;
        List<SizePoint> points = [];
        foreach (Backbone backbone in zeroShot.Length == 0 ? [] : Backbone.All.Where(b => sizes.Contains(b.Name)))
        {
            if (backbone.Folder == PlaygroundClip.Folder)
            {
                points.AddRange(Comparison.Points(result, full, options));
                continue;
            }
            using ClipModel clip = backbone.Load(full.Device);
            List<(Method, string, double)> done = [];
            foreach (Method method in zeroShot)
            {
                TrainedRun run = Train(runs, method, backbone, clip, settings, error, stop);
                done.Add((method, run.Weights, run.Seconds));
            }
            points.AddRange(Comparison.Measure(clip, backbone.Name, done, options, error.WriteLine, stop));
        }
        return points;
    }

    /// <exception cref="OperationCanceledException">Asked to stop: what is done is kept.</exception>
    private static TrainedRun Train(TrainedRuns runs, Method method, Backbone backbone, ClipModel clip, string[] settings,
        TextWriter error, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        TrainProgress? progress = null;
        TrainedRun? run = runs.Train(method, backbone.Name, clip, settings, trainer =>
        {
            error.WriteLine(
                $"training {method.Name} on {backbone.Name}: {trainer.Summary}{(trainer.Step > 0 ? $"; resumed after step {trainer.Step:N0}" : "")}");
            progress = new(error, trainer.Steps, method.Training!.Data.ToString().ToLowerInvariant());
        }, done => progress!.Report(done.Step, done.Loss, done.LearningRate, done.Samples), line => progress!.Say(line), stop);
        progress?.End();
        if (run is { Reused: true })
            error.WriteLine($"{method.Name} on {backbone.Name} is here already: {run.Weights}");
        return run ?? throw new OperationCanceledException(stop);
    }

    private static void Write(ParseResult args, ComparisonResult result, TextWriter output)
    {
        string report = args.GetValue(Html) ?? Path.Combine(args.GetValue(Folder)!, "report.html");
        ComparisonReport.Create(result).Save(report);
        string? json = args.GetValue(Json);
        if (json is "-")
            output.Write(ComparisonReport.ToJson(result));
        else
            ComparisonReport.WriteText(result, output);
        if (json is not (null or "-"))
            ComparisonReport.SaveJson(result, json);
        args.InvocationConfiguration.Error.WriteLine($"report: {report}");
    }

    private static Method[] Chosen(ParseResult args, GivenWeights given) => args.GetValue(Names) is { Length: > 0 } names
        ? [.. names.Select(Method.Find).Concat(given.Names.Select(Method.Find)).Distinct().Select(m =>
            !m.NeedsWeights || m.Training is not null || given.Of(m) is not null ? m
            : throw new CirrusException($"{m.Name} cannot be trained here.", hint: $"name its weights: --weights {m.Name}=PATH"))]
        : [.. Method.All.Where(m => !m.NeedsWeights || m.Training is not null || given.Of(m) is not null)];
}
