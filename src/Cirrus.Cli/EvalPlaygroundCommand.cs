using System.CommandLine;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval playground --report report.html</c></summary>
internal static class EvalPlaygroundCommand
{
    private static readonly Option<string[]> Names = new("--method")
    {
        Description = "methods to evaluate; else all that need no weights, and with --weights those that these are of",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Weights = GivenWeights.Option();

    private static readonly Option<string?> Model = new("--model", "-m") { Description = "a CLIP for 64 x 64 pictures; else the playground's own" };

    private static readonly Option<int> Seeds = new Option<int>("--seeds") { Description = "galleries a split", DefaultValueFactory = _ => 4 }.From(1, 100);

    private static readonly Option<ulong> FirstSeed = new("--first-seed") { Description = "the first gallery's seed", DefaultValueFactory = _ => 1 };

    private static readonly Option<int> Queries = new Option<int>("--queries") { Description = "queries a gallery", DefaultValueFactory = _ => 400 }.From(14, 10_000);

    private static readonly Option<string> Splits = new Option<string>("--split")
    {
        Description = "pairs of kind and colour that training has shown, or never: seen, unseen or both",
        DefaultValueFactory = _ => "both",
    }.AcceptOnlyFromAmong("seen", "unseen", "both");

    private static readonly Option<bool> DropReference = new("--drop-reference")
    {
        Description = "take the reference out of its query's ranking, as CIRR does",
    };

    private static readonly Option<bool> NoTuning = new("--no-tuning") { Description = "leave out sum and slerp with weights chosen on val" };

    private static readonly Option<string?> Json = new("--json")
    {
        Description = "write JSON in full precision to this file; - is stdout, instead of the table",
    };

    private static readonly Option<string?> Html = new("--report") { Description = "write a self-contained HTML report to this file" };

    private static readonly Option<string> OnDevice = DeviceOption.Create();

    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    public static Command Create()
    {
        Command command = new("playground", "Evaluate on the drawn world, whose answers are exact.")
        {
            Names, Weights, Model, Seeds, FirstSeed, Queries, Splits, DropReference, NoTuning, Json, Html, OnDevice, Quiet,
        };
        foreach (Option option in SentenceSwitches.All.Concat(SamplingSwitches.All))
            command.Add(option);
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples(
            "eval playground",
            "eval playground --weights runs/a --report report.html --json results.json",
            "eval playground -w lincir=runs/a -w searle=runs/b",
            "eval playground --method lincir sum --weights runs/a --seeds 1 --split seen --json -",
            "eval playground --weights runs/a --prompts short --anchored");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        using ClipModel clip = args.GetValue(Model) is string path ? ClipModel.Load(ModelPlace.Find(path, null), device)
            : PlaygroundClip.Load(device);
        GivenWeights weights = new(args.GetValue(Weights));
        List<EvaluatedMethod> methods = [];
        try
        {
            foreach (Method m in weights.Methods(args.GetValue(Names)))
            {
                EvaluatedMethod method = new(m.Name, m.Open(clip, weights.Of(m)), m.NeedsWeights ? null : 0)
                {
                    Sampling = SamplingSwitches.Read(args),
                };
                methods.AddRange(m.WritesSentences ? PlaygroundEvaluation.WithPrompts(method) : [method]);
                if (m.WritesSentences && SentenceSwitches.Read(args) is { } sentence)
                    methods.Add(method with { Name = $"{m.Name} {SentenceSwitches.Name(args)}", Sentence = sentence });
            }
            PlaygroundResult result = PlaygroundEvaluation.Run(clip, methods, Options(args), Provenance(args, weights),
                args.GetValue(Quiet) ? null : error.WriteLine, stop);
            Write(args, result, weights, output, error);
        }
        finally
        {
            foreach (Composer composer in methods.Select(m => m.Composer).Distinct())
                composer.Dispose();
        }
        return ExitCode.Done;
    }

    private static void Write(ParseResult args, PlaygroundResult result, GivenWeights weights, TextWriter output, TextWriter error)
    {
        string? json = args.GetValue(Json);
        if (json is not "-")
            result.WriteText(output);
        else
            output.Write(result.ToJson());
        if (json is not (null or "-"))
            result.SaveJson(json);
        if (args.GetValue(Html) is not string html)
            return;
        Method[] trained = [.. weights.Methods(args.GetValue(Names)).Where(m => m.NeedsWeights)];
        Method? about = trained.FirstOrDefault(m => m.Name == "lincir") ?? trained.FirstOrDefault();
        float[] losses = about is null ? [] : [.. RunFolder.ReadLog(weights.Of(about)!).Select(l => l.Loss).OfType<float>()];
        PlaygroundReport.Create(result, about?.Name ?? "lincir", losses).Save(html);
        error.WriteLine($"report: {html}");
    }

    private static PlaygroundEvaluationOptions Options(ParseResult args) => new()
    {
        Seeds = args.GetValue(Seeds),
        FirstSeed = args.GetValue(FirstSeed),
        Queries = args.GetValue(Queries),
        Splits = args.GetValue(Splits) is string one and not "both" ? [one] : ["seen", "unseen"],
        DropReference = args.GetValue(DropReference),
        Tune = !args.GetValue(NoTuning),
    };

    private static IEnumerable<KeyValuePair<string, string>> Provenance(ParseResult args, GivenWeights weights)
    {
        foreach (string path in weights.Paths)
            yield return new("weights", path);
        if (SamplingSwitches.Read(args) is { } sampling)
            yield return new("sampling", JsonSerializer.Serialize(sampling, SamplingJson.Default.SamplingOptions));
        if (SentenceSwitches.Read(args) is { } sentence)
            yield return new($"... {SentenceSwitches.Name(args)}", Describe(sentence));
    }

    private static string Describe(SentenceOptions sentence) => string.Join("; ", new[]
    {
        sentence.Templates is { Count: 1 } one ? one[0] : sentence.Templates is { } many ? $"mean over {many.Count} prompts" : null,
        sentence.Anchored ? "0.3 of (picture + sentence - sentence without the change) added" : null,
        sentence.GapShift ? "pictures moved from the gallery's mean to the captions'" : null,
    }.OfType<string>());
}
