using System.CommandLine;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval cirr --data DIR</c>: one command for all benchmarks of the field.</summary>
internal static class EvalBenchmarkCommand
{
    private static readonly Option<string> Data = new("--data") { Description = "the folder of the benchmark's files", Required = true };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "of the draw, with --protocol draw" };
    private static readonly Option<string[]> Names = new("--method")
    {
        Description = "methods to evaluate; else image, text, sum and slerp, and with --weights those that these are of",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string[]> Weights = GivenWeights.Option();
    private static readonly Option<string?> Model = new("--model", "-m") { Description = ModelPlace.Description };
    private static readonly Option<CaptionForm?> Form = new("--caption-form")
    {
        Description = "how captions are said; else as each method is published",
    };
    private static readonly Option<ulong?> Synthetic = new("--synthetic-features")
    {
        Description = "a rehearsal without pictures or model: features are drawn from names with this seed",
    };
    private static readonly Option<string?> Json = new("--json")
    {
        Description = "write JSON in full precision to this file; - is stdout, instead of the table",
    };
    private static readonly Option<string> OnDevice = DeviceOption.Create();
    private static readonly Option<string?> Pad =
        PaddingOption.Create("SEARLE's numbers are with target, LinCIR's with none, which holds unless said");
    private static readonly Option<bool> Check = new("--check")
    {
        Description = "only look whether the download is whole: counts, missing pictures, pictures that cannot be decoded",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    /// <summary>What is evaluated when no method is named; searle-oti takes hours.</summary>
    private static readonly string[] Usual = ["image", "text", "sum", "slerp"];

    /// <summary>Options that <c>eval all</c> has as well; the data folder first.</summary>
    public static IReadOnlyList<Option> Shared { get; } =
        [Data, Names, Weights, Model, Form, Synthetic, Json, .. EvalReport.Options, OnDevice, Pad, Quiet,
            .. SentenceSwitches.All, .. SamplingSwitches.Unseeded, .. EvalPictureOptions.All];

    public static Command Create(BenchmarkSource source)
    {
        Option<string?> split = new("--split")
        {
            Description = source.Splits.Count == 1
            ? $"{source.Splits[0]}, the only one"
            : $"one of {string.Join(", ", source.Splits)}; the first unless set",
        };
        Option<string?> protocol = new("--protocol")
        {
            Description = $"how is counted: one of {string.Join(", ", source.Protocols)}; the first unless set",
        };
        Command command = new(source.Name, $"Evaluate on {source.Summary}.");
        foreach (Option option in (Option[])[Data, split, .. source.Protocols.Count > 1 ? [protocol] : Array.Empty<Option>(),
            .. source.Draws ? [Seed] : Array.Empty<Option>(), .. Shared.Skip(1), Check, .. EvalRankings.Options, .. EvalSubmission.Options])
            command.Add(option);
        command.SetAction((args, stop) => Task.Run(() => Run(source, args, new(args.GetRequiredValue(Data),
            args.GetValue(split), source.Protocols.Count > 1 ? args.GetValue(protocol) : null), stop), CancellationToken.None));
        return command.WithExamples(
            $"eval {source.Name} --data DIR -m vit-b-32 --method lincir sum --weights runs/a",
            $"eval {source.Name} --data DIR -m vit-l-14 -w lincir=runs/a -w searle=runs/b --json results.json",
            $"eval {source.Name} --data DIR --check",
            $"eval {source.Name} --data DIR --synthetic-features 1",
            $"eval {source.Name} --data DIR --rankings rankings.json");
    }

    private static int Run(BenchmarkSource source, ParseResult args, BenchmarkRequest request, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        BenchmarkData data = source.Open(request with { NeedsPictures = NeedsPictures(args), Seed = source.Draws ? args.GetValue(Seed) : 0 });
        if (EvalRankings.Run(data, args, Json))
            return ExitCode.Done;
        foreach (string note in data.Notes)
            error.WriteLine($"note: {note}");
        if (args.GetValue(Check))
            return EvalCheck.Run(data, args.GetValue(Json), args.GetValue(Quiet), output, error, stop);
        EvalSubmission.Check(data, args);
        using Device device = OpenDevice(args);
        using ClipModel? clip = IsRehearsal(args) ? null : OpenModel(args, device);
        EvaluatedBenchmark evaluated = Evaluate(data, clip, device, args, stop);
        if (args.GetValue(Json) is "-")
            output.Write(evaluated.Result.ToJson());
        else
            evaluated.WriteText(output);
        if (args.GetValue(Json) is string json and not "-")
            evaluated.Result.SaveJson(json);
        EvalSubmission.Write(evaluated, args);
        EvalReport.Write(() => BenchmarkReport.Create(evaluated), args);
        return ExitCode.Done;
    }

    public static string? JsonPlace(ParseResult args) => args.GetValue(Json);

    public static bool IsRehearsal(ParseResult args) => args.GetValue(Synthetic) is not null;

    public static Device OpenDevice(ParseResult args) => Device.Open(args.GetValue(OnDevice)!);

    public static ClipModel OpenModel(ParseResult args, Device device) =>
        ClipModel.Load(ModelPlace.Find(args.GetValue(Model), null), device, PaddingOption.Read(args.GetValue(Pad)));

    /// <summary>What is asked of the benchmarks of <c>eval all</c>.</summary>
    public static BenchmarkRequest Request(ParseResult args) => new(args.GetRequiredValue(Data), NeedsPictures: NeedsPictures(args));

    private static bool NeedsPictures(ParseResult args) => !IsRehearsal(args) && !EvalRankings.Asked(args);

    /// <param name="clip">null: a rehearsal without one.</param>
    public static EvaluatedBenchmark Evaluate(BenchmarkData data, ClipModel? clip, Device device, ParseResult args, CancellationToken stop)
    {
        if (clip is null)
            return BenchmarkEvaluation.Rehearse(data, args.GetValue(Synthetic)!.Value, device, stop);
        TextWriter error = args.InvocationConfiguration.Error;
        GivenWeights weights = new(args.GetValue(Weights));
        List<EvaluatedMethod> methods = [];
        try
        {
            foreach (Method m in weights.Methods(args.GetValue(Names), Usual))
            {
                EvaluatedMethod method = new(m.Name, m.Open(clip, weights.Of(m)), m.NeedsWeights ? null : 0,
                    m.PublishedImageWeights.TryGetValue(data.Source.Name, out float weight) ? weight : null, Form: args.GetValue(Form) ?? m.CaptionForm, WritesSentences: m.WritesSentences)
                {
                    Sampling = SamplingSwitches.Read(args),
                };
                methods.Add(method);
                if (m.WritesSentences && SentenceSwitches.Read(args) is { } sentence)
                    methods.Add(method with { Name = $"{m.Name} {SentenceSwitches.Name(args)}", Sentence = sentence });
            }
            return BenchmarkEvaluation.Run(data, clip, methods, weights.Provenance(args),
                EvalPictureOptions.Read(args, args.GetRequiredValue(Data), error, args.GetValue(Quiet)), stop);
        }
        finally
        {
            foreach (Composer composer in methods.Select(m => m.Composer).Distinct())
                composer.Dispose();
        }
    }
}
