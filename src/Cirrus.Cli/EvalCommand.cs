using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval playground --weights run</c>: measures methods on a benchmark.</summary>
internal static class EvalCommand
{
    private static readonly Option<string[]> Methods = new("--method")
    {
        Description = "which methods; else all that need no weights, and lincir when --weights is given",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Weights = new("--weights", "-w") { Description = "a trained φ: a file or a run's folder" };

    private static readonly Option<string?> Model = new("--model", "-m") { Description = "a CLIP; else the playground's own" };

    private static readonly Option<int> Seeds = new("--seeds") { Description = "galleries a split", DefaultValueFactory = _ => 4 };

    private static readonly Option<string> Pairs = new("--split") { Description = "seen, unseen or both", DefaultValueFactory = _ => "both" };

    private static readonly Option<string?> Json = new("--json") { Description = "write all rows as JSON here; - is standard output, instead of the table" };

    public static Command Create()
    {
        Pairs.AcceptOnlyFromAmong("seen", "unseen", "both");
        Command playground = new("playground", "Measure methods on the drawn world, with exact answers.") { Methods, Weights, Model, Seeds, Pairs, Json };
        playground.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        playground.WithExamples("eval playground", "eval playground --weights runs/toy --seeds 4", "eval playground --method sum slerp --json -");
        return new Command("eval", "Measure methods on a benchmark.") { playground };
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        Stopwatch clock = Stopwatch.StartNew();
        using Device device = Device.Open("cpu");
        using ClipModel clip = args.GetValue(Model) is string path ? ClipModel.Load(path, device) : PlaygroundClip.Load(device);
        string? weights = args.GetValue(Weights);
        string[] named = args.GetValue(Methods) is { Length: > 0 } some ? some : [.. Method.All.Where(m => !m.NeedsWeights || weights is not null).Select(m => m.Name)];
        List<Contender> contenders = [.. named.Select(n => new Contender(n, Method.Find(n).Open(clip, weights)))];
        if (args.GetValue(Methods) is not { Length: > 0 })
            contenders.AddRange(Tuned(clip));
        string[] splits = args.GetValue(Pairs) == "both" ? ["seen", "unseen"] : [args.GetValue(Pairs)!];
        List<PlaygroundRow> rows = PlaygroundEvaluation.Run(clip, contenders, args.GetValue(Seeds), splits, error.WriteLine, cancel: stop);
        foreach (Contender c in contenders)
            c.Composer.Dispose();
        PlaygroundResult result = new(clock.Elapsed.TotalSeconds, rows, Provenance(clip));
        if (args.GetValue(Json) is string json)
            WriteJson(json, result, output);
        if (args.GetValue(Json) != "-")
            PlaygroundTable.Write(output, rows);
        return ExitCode.Done;
    }

    /// <summary>The late fusions with a weight chosen on the validation split.</summary>
    public static IEnumerable<Contender> Tuned(ClipModel clip)
    {
        float[] weights = [.. Enumerable.Range(1, 9).Select(i => i / 10f)];
        yield return new("sum tuned", Method.Find("sum").Open(clip, null), Tune: weights);
        yield return new("slerp tuned", Method.Find("slerp").Open(clip, null), Tune: weights);
    }

    public static Dictionary<string, string> Provenance(ClipModel clip) => new()
    {
        ["clip"] = clip.Config.Name,
        ["fingerprint"] = clip.Fingerprint,
        ["cirrus"] = typeof(ClipModel).Assembly.GetName().Version?.ToString(3) ?? "",
    };

    public static void WriteJson(string path, PlaygroundResult result, TextWriter output)
    {
        string text = JsonSerializer.Serialize(result, PlaygroundJson.Default.PlaygroundResult);
        if (path == "-")
            output.WriteLine(text);
        else
            File.WriteAllText(path, text);
    }
}
