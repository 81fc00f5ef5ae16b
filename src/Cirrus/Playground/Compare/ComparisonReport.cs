using System.Buffers;
using System.Text;
using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Playground.Compare;

/// <summary>A comparison for people: text, an HTML page, JSON.</summary>
public static class ComparisonReport
{
    /// <summary>Of the JSON object.</summary>
    public const int Version = 1;

    private static readonly string[] Columns = ["kind", "learns from", "parameters", "training", "ms a query", "from pixels", "concept", "edit"];

    /// <summary>Tables and sentences for a terminal.</summary>
    public static void WriteText(ComparisonResult result, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(output);
        result.Evaluation.WriteTables(output);
        output.WriteLine($"costs; mAP@10 in % on {Split(result)} pairs; ms a query from the picture's feature, and from its pixels");
        TextTable table = new(["method", .. Columns]);
        foreach (CellsRow row in Rows(result))
            table.Add([row.Name, .. row.Cells]);
        table.Write(output);
        if (result.Sizes.Count > 0)
        {
            output.WriteLine("\ntraining time against mAP@10 (concept), by backbone");
            TextTable sizes = new(["method", "backbone", "parameters", "training", "mAP@10"]);
            foreach (SizePoint p in result.Sizes)
                sizes.Add([p.Method, p.Backbone, Count(p.BackboneParameters), ComparisonWords.Seconds(p.TrainSeconds),
                    EvaluationResult.Percent(p.Map.Mean)]);
            sizes.Write(output);
        }
        output.WriteLine();
        foreach (string sentence in ComparisonWords.Of(result))
            output.WriteLine($"- {sentence}");
    }

    /// <summary>The page: who wins, what it costs, training time against quality, and all that an evaluation's report shows.</summary>
    public static Report Create(ComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        string subject = ComparisonWords.BestZeroShot(result) ?? "slerp";
        Report evaluation = PlaygroundReport.Create(result.Evaluation, subject);
        List<ReportSection> sections =
        [
            new FiguresSection([.. Figures(result)]),
            new WordsSection("Who wins where, and why", "Computed from the numbers below.", ComparisonWords.Of(result)),
            new CellsSection("What it costs",
                $"mAP@10 in percent on {Split(result)} pairs. A query is timed alone, one after the other: from the picture's feature (the text tower included), and from its pixels."
                + (result.Evaluation.Evaluation.Find(PlaygroundEvaluation.SlerpTuned, Split(result), PlaygroundEvaluation.Concept) is null
                    ? "" : " With weights chosen on val, sum and slerp cost the same as without."),
                Columns, Rows(result)),
            .. result.Sizes.Count > 0 ? new ReportSection[] { Sizes(result) } : [],
            .. evaluation.Sections.Where(s => s is not (FiguresSection or WordsSection)),
        ];
        int trained = result.Methods.Where(m => m.Evaluated is { TrainSeconds: > 0, Sentence: null }).Count();
        return new("Every method, one world",
            $"{result.Evaluation.Evaluation.Rows.Select(r => r.Method).Distinct().Count()} ways of putting a picture and words together, {trained} of them trained, "
            + "all asked the same questions. This is a miniature: its numbers compare methods with each other, not with published ones.",
        sections, evaluation.Facts);
    }

    /// <summary>One JSON object in full precision (docs/formats.md, Comparison).</summary>
    public static string ToJson(ComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, EvaluationResult.Indented);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteStartArray("methods");
        foreach ((ComparedMethod m, QueryTime time) in result.Methods.Zip(result.Times))
        {
            json.WriteStartObject();
            json.WriteString("method", m.Name);
            json.WriteString("kind", m.Kind);
            json.WriteString("learnsFrom", m.LearnsFrom);
            json.WriteNumber("parameters", m.Parameters);
            if (m.Evaluated.TrainSeconds is double seconds)
                json.WriteNumber("trainSeconds", seconds);
            else
                json.WriteNull("trainSeconds");
            json.WriteNumber("composeMs", time.Compose);
            json.WriteNumber("fromPixelsMs", time.WithPicture);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("sizes");
        foreach (SizePoint p in result.Sizes)
        {
            json.WriteStartObject();
            json.WriteString("backbone", p.Backbone);
            json.WriteNumber("backboneParameters", p.BackboneParameters);
            json.WriteString("method", p.Method);
            json.WriteNumber("trainSeconds", p.TrainSeconds);
            json.WriteNumber(PlaygroundEvaluation.Metrics[0].Key, p.Map.Mean);
            json.WriteNumber("low", p.Map.Low);
            json.WriteNumber("high", p.Map.High);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("words");
        foreach (string sentence in ComparisonWords.Of(result))
            json.WriteStringValue(sentence);
        json.WriteEndArray();
        json.WritePropertyName("evaluation");
        result.Evaluation.Write(json);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="Tensors.CirrusException">The file cannot be written.</exception>
    public static void SaveJson(ComparisonResult result, string path) => ResultFile.Write(path, file => file.Write(ToJson(result)));

    private static string Split(ComparisonResult result) => result.Evaluation.First.Keys.First();

    private static string Count(long n) => n == 0 ? "–" : TextTable.Number(n, "N0");

    private static CellsRow[] Rows(ComparisonResult result) => [.. result.Methods.Zip(result.Times)
        .OrderByDescending(p => Mean(result, p.First.Name, PlaygroundEvaluation.Concept))
        .Select(p => new CellsRow(p.First.Name, p.First.Supervised ? "supervised" : "",
            [p.First.Kind, p.First.LearnsFrom, Count(p.First.Parameters), p.First.Evaluated.TrainSeconds switch { 0 => "–", null => "not here", double s => ComparisonWords.Seconds(s) },
             TextTable.Number(p.Second.Compose, "0.0"), TextTable.Number(p.Second.WithPicture, "0.0"),
             EvaluationResult.Percent(Mean(result, p.First.Name, PlaygroundEvaluation.Concept)),
                 EvaluationResult.Percent(Mean(result, p.First.Name, PlaygroundEvaluation.Edit))]))];

    private static double Mean(ComparisonResult result, string method, string truth) =>
        result.Evaluation.Evaluation.Find(method, Split(result), truth)!.Scores[PlaygroundEvaluation.Metrics[0].Key].Mean;

    private static IEnumerable<Figure> Figures(ComparisonResult result)
    {
        foreach ((string truth, string what) in new[] { (PlaygroundEvaluation.Concept, "the same thing, changed as asked"), (PlaygroundEvaluation.Edit, "the same scene, and nothing else different") })
        {
            // Sum and slerp with weights chosen on val are rows of the evaluation alone.
            string[] supervised = [.. result.Methods.Where(m => m.Supervised).Select(m => m.Name)];
            if (result.Evaluation.Evaluation.Rows.Select(r => r.Method).Distinct().Except(supervised).MaxBy(m => Mean(result, m, truth)) is { } best)
                yield return new(EvaluationResult.Percent(Mean(result, best, truth)), $"mAP@10 of {best}",
                    $"the best that is not supervised: {what}");
        }
        if (result.Methods.Where(m => m.Supervised).MaxBy(m => Mean(result, m.Name, PlaygroundEvaluation.Concept)) is { } taught)
            yield return new(EvaluationResult.Percent(Mean(result, taught.Name, PlaygroundEvaluation.Concept)),
                $"mAP@10 of {taught.Name}", "the best of the supervised, same truth as the first");
        if (result.Methods.Where(m => m.Evaluated is { TrainSeconds: > 0, Sentence: null }).MinBy(m => m.Evaluated.TrainSeconds) is { } quick)
            yield return new(ComparisonWords.Seconds(quick.Evaluated.TrainSeconds!.Value), $"of training: {quick.Name}",
                $"the shortest here, from {quick.LearnsFrom}");
    }

    private static ScatterSection Sizes(ComparisonResult result)
    {
        string[] backbones = [.. result.Sizes.Select(p => p.Backbone).Distinct()];
        return new("More training, or a larger CLIP",
            "Each zero-shot method trained on CLIPs of the drawn world in several sizes: the miniature of LinCIR's figure 1.",
            $"A dot is a method on a backbone, larger dots on larger ones "
                + $"({string.Join(", ", result.Sizes.Select(p => $"{p.Backbone} {Count(p.BackboneParameters)}").Distinct())} "
                + "parameters); whiskers are 95 % intervals.",
            "seconds of training", "mAP@10 (concept) in percent",
                [.. result.Sizes.GroupBy(p => p.Method).Select(g => new ScatterSeries(g.Key, [.. g.Select(p =>
                new ScatterPoint(Math.Max(p.TrainSeconds, 0.01), p.Map, Array.IndexOf(backbones, p.Backbone),
                    $"{p.Method} on {p.Backbone}: {EvaluationResult.Percent(p.Map.Mean)} % after {ComparisonWords.Seconds(p.TrainSeconds)}"))]))]);
    }
}
