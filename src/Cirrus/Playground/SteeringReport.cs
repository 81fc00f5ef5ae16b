using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Playground;

/// <summary>Negative words, masks and steps as text, as parts of a page and as JSON.</summary>
internal static class SteeringReport
{
    private static readonly Metric Map = PlaygroundEvaluation.Metrics[0];

    /// <summary>Three tables.</summary>
    public static void WriteText(SteeringResult result, TextWriter output)
    {
        output.WriteLine($"negative words · {Queries(result.Negative)} queries, asked plainly and saying what is not wanted · "
            + "share of the first ten that hold it, and mAP@10 of what is right, in %");
        TextTable negative = new(["method", "hold it", "told so", "left", "mAP@10", "told so"]);
        foreach (string method in ByNegative(result))
        {
            negative.Add([method, Percent(SteeringWords.Share(result, method, null)), Percent(SteeringWords.Share(result, method, NegativeQueries.Without)),
                TextTable.Number(SteeringWords.Left(result, method), "0.00"),
                Percent(SteeringWords.Found(result, method, null)), Percent(SteeringWords.Found(result, method, NegativeQueries.Without))]);
        }
        negative.Write(output);
        output.WriteLine($"\nmasks · {Queries(result.Masked)} queries, change one of two objects · edit, in %");
        TextTable masked = new(["method", .. MaskedQueries.Metrics.Select(m => m.Name)]);
        foreach ((string name, ScoreRow row) in ByMask(result))
            masked.Add([name, .. MaskedQueries.Metrics.Select(m => Percent(row.Scores[m.Key]))]);
        masked.Write(output);
        output.WriteLine("\nsteps of sampling · mAP@10 (seen pairs) in %");
        TextTable steps = new(["method", "steps", "concept", "95 %", "edit", "95 %", "ms a query"]);
        foreach (StepsPoint p in result.Steps)
            steps.Add([p.Method, TextTable.Number(p.Steps, "0"), Percent(p.Map), Interval(p.Map), Percent(p.Edit), Interval(p.Edit),
                TextTable.Number(p.Milliseconds, "0.0")]);
        steps.Write(output);
        output.WriteLine();
    }

    /// <summary>Bars with and without negative words, bars with and without masks, and the curve of steps.</summary>
    public static IEnumerable<ReportSection> Sections(SteeringResult result)
    {
        yield return new BarsSection("Saying what is not wanted",
            $"{Queries(result.Negative)} questions of which half of the fitting pictures hold another object as well, which is then not wanted: “is green”, without “a fish”. "
            + "Methods that do not read negative words have half of the words' feature taken away from the query.",
            "In percent. Bar: told what is not wanted, with its 95 % interval; ring: not told.",
            [Panel("hold what is not wanted, of the first ten", SteeringWords.Share),
                Panel("mAP@10 of what fits and does not hold it", SteeringWords.Found)]);
        yield return new BarsSection("Changing one of two objects",
            $"{Queries(result.Masked)} questions that name a new object, “a green heart”, which is to stand in the place of one of two. Right is the same scene with the other object as it was. "
            + "The mask is a rectangle around the one that is to go; only methods named with it see it.", "In percent, with 95 % intervals.",
            [.. MaskedQueries.Metrics.Take(2).Select(m => new BarPanel(m.Depth == 1 ? "the first answer is right" : m.Name,
                [.. ByMask(result).Select(p => new Bar(p.Name, p.Row.Scores[m.Key], null,
                    p.Name != p.Row.Method ? Emphasis.Subject : Reads(p.Name) ? Emphasis.Kin : Emphasis.None))]))]);
        yield return new ScatterSection("What a step is worth",
            "Sampling in fewer or more steps: mAP@10 of the plain questions on the first gallery of seen pairs.",
            "A dot is a number of steps; whiskers are 95 % intervals. "
            + string.Join("; ", result.Steps.GroupBy(p => p.Method).Select(g =>
                $"{g.Key}: {string.Join(", ", g.Select(p => $"{p.Steps} steps {Compare.ComparisonWords.Ms(p.Milliseconds)}"))}"))
            + " a query.",
            "steps", "mAP@10 in percent", [.. result.Steps.GroupBy(p => p.Method).SelectMany(g => new[]
            {
                Curve(g, PlaygroundEvaluation.Concept, p => p.Map), Curve(g, PlaygroundEvaluation.Edit, p => p.Edit),
            })]);

        static ScatterSeries Curve(IGrouping<string, StepsPoint> points, string truth, Func<StepsPoint, Score> of) => new($"{points.Key}, {truth}",
            [.. points.Select(p =>
                new ScatterPoint(p.Steps, of(p), 0, $"{p.Steps} steps: {Percent(of(p))} % in {Compare.ComparisonWords.Ms(p.Milliseconds)}"))]);

        bool Reads(string method) => result.Readers.Any(r => r.Name == method);

        BarPanel Panel(string title, Func<SteeringResult, string, string?, Score> of) => new(title, [.. ByNegative(result).Select(m =>
            new Bar(m, of(result, m, NegativeQueries.Without), of(result, m, null).Mean, Reads(m) ? Emphasis.Subject : Emphasis.None))]);
    }

    /// <summary>An object: rows as an evaluation's, and points of the curve (docs/formats.md, Playground and benchmarks).</summary>
    public static void Write(SteeringResult result, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach ((string name, EvaluationResult part) in new[] { ("negative", result.Negative), ("masked", result.Masked) })
        {
            json.WriteStartArray(name);
            foreach (ScoreRow row in part.Rows)
                part.WriteRow(json, row);
            json.WriteEndArray();
        }
        json.WriteStartObject("maskGain");
        foreach (SteeredMethod reader in result.Readers)
        {
            json.WriteStartObject(reader.Name);
            json.WriteNumber(Map.Key, reader.MaskGain.Mean);
            json.WriteNumber("low", reader.MaskGain.Low);
            json.WriteNumber("high", reader.MaskGain.High);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("steps");
        foreach (StepsPoint p in result.Steps)
        {
            json.WriteStartObject();
            json.WriteString("method", p.Method);
            json.WriteNumber("steps", p.Steps);
            json.WriteNumber(Map.Key, p.Map.Mean);
            json.WriteNumber("low", p.Map.Low);
            json.WriteNumber("high", p.Map.High);
            json.WriteStartObject("edit");
            json.WriteNumber(Map.Key, p.Edit.Mean);
            json.WriteNumber("low", p.Edit.Low);
            json.WriteNumber("high", p.Edit.High);
            json.WriteEndObject();
            json.WriteNumber("composeMs", p.Milliseconds);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("words");
        foreach (string sentence in SteeringWords.Of(result))
            json.WriteStringValue(sentence);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Methods by what they find once told.</summary>
    private static IEnumerable<string> ByNegative(SteeringResult result) => result.Negative.Rows.Select(r => r.Method)
        .Distinct().OrderByDescending(m => SteeringWords.Found(result, m, NegativeQueries.Without).Mean);

    /// <summary>Methods with and without masks by their mAP@10.</summary>
    private static IEnumerable<(string Name, ScoreRow Row)> ByMask(SteeringResult result) => result.Masked.Rows
        .Where(r => r.Family is ScoreRow.All or $"{ScoreRow.All}, {MaskedQueries.Masked}")
        .OrderByDescending(r => r.Scores[Map.Key].Mean).Select(r => (r.Family == ScoreRow.All ? r.Method : $"{r.Method}, {MaskedQueries.Masked}", r));

    private static string Queries(EvaluationResult part) => TextTable.Number(part.Rows.First(r => r.Family == ScoreRow.All).Queries, "N0");

    private static string Percent(Score score) => EvaluationResult.Percent(score.Mean);

    private static string Interval(Score score) => $"{EvaluationResult.Percent(score.Low)} to {EvaluationResult.Percent(score.High)}";
}
