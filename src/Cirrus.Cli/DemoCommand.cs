using System.CommandLine;
using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods.LateFusion;
using Cirrus.Methods.LinCir;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus demo</c>: draws a world, indexes it, trains LinCIR from its captions, scores, asks, reports.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan TrainingLimit = TimeSpan.FromSeconds(120);

    private static readonly Option<string> Folder = new("--output", "-o")
    {
        Description = "the folder to make, or to make again",
        DefaultValueFactory = _ => "cirrus-demo",
    };
    private static readonly Option<int> Pictures = new Option<int>("--pictures") { Description = "about how many pictures to draw as files", DefaultValueFactory = _ => 400 }.From(70, 20_000);
    private static readonly Option<int> Steps = new Option<int>("--steps") { Description = "of LinCIR's training; it ends after two minutes in any case", DefaultValueFactory = _ => PlaygroundLinCir.Options.Steps }.From(1, 100_000);
    private static readonly Option<int> Seeds = new Option<int>("--seeds") { Description = "galleries to score on, a split", DefaultValueFactory = _ => 4 }.From(1, 100);
    private static readonly Option<int> Queries = new Option<int>("--queries") { Description = "queries a gallery", DefaultValueFactory = _ => 400 }.From(14, 10_000);
    private static readonly Option<bool> Json = new("--json") { Description = "print the table as one JSON object, and nothing else, on stdout" };
    private static readonly Option<string> OnDevice = DeviceOption.Create();
    private static readonly Option<bool> Page = new("--serve") { Description = "at the end serve the page of the demo's gallery, until Ctrl-C" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("demo", "Draw a world, index it, train LinCIR from its captions, score it, ask it, and write a report. Nothing is downloaded.")
        {
            Folder, Pictures, Steps, Seeds, Queries, Json, OnDevice, Page, Quiet,
        };
        command.SetAction((args, stop) => Task.Run(
            async () =>
            {
                try
                {
                    int code = Run(args, stop);
                    return code == ExitCode.Done && args.GetValue(Page) ? await ServeCommand.Serve(Served(args), open: false,
                        args.InvocationConfiguration.Output, args.InvocationConfiguration.Error, stop) : code;
                }
                catch (OperationCanceledException)
                {
                    args.InvocationConfiguration.Error.WriteLine("stopped; the same command goes on with what is done");
                    return ExitCode.Interrupted;
                }
            },
            CancellationToken.None));
        return command.WithExamples("demo", "demo --serve", "demo --output /tmp/demo", "demo --json > results.json");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        long began = Stopwatch.GetTimestamp();
        TextWriter output = args.InvocationConfiguration.Output, error = args.GetValue(Quiet) ? TextWriter.Null : args.InvocationConfiguration.Error;
        DemoFolder folder = DemoFolder.Open(args.GetValue(Folder)!);
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        using ClipModel clip = PlaygroundClip.Load(device);
        DemoGallery gallery = DemoGallery.Make(args.GetValue(Pictures));
        Prepare(folder, gallery, clip, error, stop);
        DemoTraining training = Train(folder, clip, args.GetValue(Steps), error, stop);
        PlaygroundResult result = Evaluate(folder, clip, training, args, error, stop);
        error.WriteLine($"asking {gallery.Questions.Count} questions");
        IReadOnlyList<DemoAnswer> answers = Ask(folder, gallery);
        DemoReport.Create(result, DemoText.Slerp, training.Losses, gallery, answers).Save(folder.Report);
        stop.ThrowIfCancellationRequested();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (args.GetValue(Json))
            DemoText.WriteJson(output, result.Evaluation, seconds);
        else
            DemoText.Write(output, folder, gallery, training, result.Evaluation, answers, seconds, served: args.GetValue(Page));
        return ExitCode.Done;
    }

    private static Server.ServerOptions Served(ParseResult args)
    {
        (Server.ServerOptions options, _) = Server.Settings.ServerSettings.Read(null, Environment.GetEnvironmentVariable,
            new Dictionary<string, string>());
        options.Galleries.Clear();
        options.Galleries.Add(args.GetValue(Folder)!);
        return options;
    }

    private static void Prepare(DemoFolder folder, DemoGallery gallery, ClipModel clip, TextWriter error, CancellationToken stop)
    {
        error.WriteLine($"drawing {gallery.Scenes.Count} pictures in {folder.Path}");
        folder.Draw(gallery, stop);
        Progress progress = new(error);
        IndexSummary indexed = folder.Index(clip, p => progress.Report(p.Done, p.Total, "pictures"), stop);
        progress.End();
        error.WriteLine($"indexed: {indexed.New} new, {indexed.Changed} changed, {indexed.Unchanged} unchanged");
    }

    /// <summary>Trains φ, or takes the one that an earlier demo has trained in the same way.</summary>
    private static DemoTraining Train(DemoFolder folder, ClipModel clip, int steps, TextWriter error, CancellationToken stop)
    {
        LinCirOptions options = PlaygroundLinCir.Options with { Steps = steps };
        if (folder.TrainingOf(clip, options) is { } known)
        {
            error.WriteLine($"φ is here already: {folder.Phi}");
            return known;
        }
        long began = Stopwatch.GetTimestamp();
        error.WriteLine($"training LinCIR on {PlaygroundLinCir.Captions:N0} captions, no picture");
        TrainProgress progress = new(error, steps, "captions");
        List<float> losses = [];
        using MappingNetwork phi = PlaygroundLinCir.Train(clip, options, done =>
        {
            losses.Add(done.Loss);
            progress.Report(done.Step, done.Loss, done.LearningRate, done.Samples);
        }, TrainingLimit, stop);
        progress.End();
        DemoTraining training = new(clip.Fingerprint, options, Stopwatch.GetElapsedTime(began).TotalSeconds, losses);
        folder.Keep(phi, training);
        return training;
    }

    private static PlaygroundResult Evaluate(DemoFolder folder, ClipModel clip, DemoTraining training, ParseResult args,
        TextWriter error, CancellationToken stop)
    {
        PlaygroundEvaluationOptions options = new() { Seeds = args.GetValue(Seeds), Queries = args.GetValue(Queries), Tune = false };
        using LinCirComposer lincir = LinCirComposer.Open(clip, folder.Phi);
        using LateFusionComposer image = LateFusionComposer.Image(clip), text = LateFusionComposer.Text(clip),
            sum = LateFusionComposer.Sum(clip), slerp = LateFusionComposer.Slerp(clip);
        EvaluatedMethod[] methods =
        [
            .. PlaygroundEvaluation.WithPrompts(new("lincir", lincir, training.Seconds)),
            new("image", image), new("text", text), new("sum", sum),
            .. PlaygroundEvaluation.Tuned(clip, [new(DemoText.Slerp, slerp)], options, error.WriteLine, stop),
        ];
        return PlaygroundEvaluation.Run(clip, methods, options, [new("φ", folder.Phi)], error.WriteLine, stop);
    }

    /// <summary>Asks the gallery as <c>cirrus search</c> does.</summary>
    private static IReadOnlyList<DemoAnswer> Ask(DemoFolder folder, DemoGallery gallery)
    {
        Dictionary<string, int> places = gallery.Names.Select((n, i) => (folder.PictureAt(n), i))
            .ToDictionary(p => Path.GetFullPath(p.Item1), p => p.i);
        using Retriever retriever = Retriever.Open(folder.Path, model: PlaygroundClip.Folder);
        return [.. gallery.Questions.Select(q =>
        {
            ComposedQuery query = new([new(folder.PictureAt(gallery.Names[q.Reference]))], q.Words) { Method = "lincir" };
            IEnumerable<int> found = retriever.Search(query, DemoText.Shown + gallery.Names.Count).Hits
                .Select(h => places.GetValueOrDefault(h.FullPath, -1)).Where(place => place >= 0);
            return new DemoAnswer(q, [.. found.Take(DemoText.Shown)]);
        })];
    }
}
