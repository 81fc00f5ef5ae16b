using System.Globalization;
using System.Text;
using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;
using Cirrus.Playground;

namespace Cirrus.Cli;

/// <summary>What <c>cirrus demo</c> prints.</summary>
internal static class DemoText
{
    /// <summary>Slerp's name in the demo: its weight is always chosen on val.</summary>
    public const string Slerp = "slerp";

    /// <summary>Hits a question.</summary>
    public const int Shown = 8;

    private const int Printed = 3;

    private static readonly string[] Methods = ["lincir", "image", "text", "sum", Slerp], Keys = ["map10", "r1", "r10"];

    public static void Write(TextWriter output, DemoFolder folder, DemoGallery gallery, DemoTraining training,
        EvaluationResult result, IReadOnlyList<DemoAnswer> answers, double seconds, bool served)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{gallery.Scenes.Count} pictures drawn and indexed in {folder.Path}; LinCIR trained on "
                + $"{PlaygroundLinCir.Captions:N0} captions, {training.Losses.Count} steps, {training.Seconds:0} s"));
        if (training.Losses.Count < training.Options.Steps)
            output.WriteLine($"Time was up before the {training.Options.Steps} steps were done: the figures below are of a φ half trained.");
        output.WriteLine("± is the spread over seeds; unchanged and reference: how often the unchanged scene, or the reference itself, comes first.");
        output.WriteLine("R@K asks for the one target of a query, as CIRCO does; Hit@K for any of its right answers.");
        output.WriteLine(
            "lincir has the papers' prompt, \"a photo of $ that ...\"; with a $ behind it a shorter one. slerp's weight was chosen on val.");
        output.WriteLine("This is a miniature: its numbers compare methods with each other, not with published ones.");
        output.WriteLine();
        result.WriteText(output);
        output.WriteLine(
            "Asked of the pictures on disk, method lincir (✓ right, = the reference's own scene unchanged; names tell what is "
                + "drawn, search sees pixels only):");
        foreach (DemoAnswer answer in answers.Where(a => !a.Question.Hard))
            Write(output, gallery, answer);
        output.WriteLine();
        output.WriteLine("Comparing, leaving out and counting are what no method here is made for; a right answer is luck:");
        foreach (DemoAnswer answer in answers.Where(a => a.Question.Hard))
            Write(output, gallery, answer);
        output.WriteLine();
        if (PlaygroundVerdict.Of(result, slerp: Slerp) is { } verdict)
            foreach (string sentence in verdict.Describe())
                output.WriteLine(sentence);
        output.WriteLine();
        output.WriteLine(FormattableString.Invariant($"{seconds:0} s in all. The report, with pictures: {folder.Report}"));
        DemoQuestion first = answers[0].Question;
        output.WriteLine(
            $"Try next: {CommandName.Typed} search {Quoted(folder.PictureAt(gallery.Names[first.Reference]))} "
                + $"\"{first.Words}\" -g {Quoted(folder.Path)}");
        if (!served)
            output.WriteLine($"The page: {CommandName.Typed} serve {Quoted(folder.Path)} --open");
    }

    /// <summary>One object: the rows of the five methods, nothing else.</summary>
    public static void WriteJson(TextWriter output, EvaluationResult result, double seconds)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new() { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("seconds", seconds);
            json.WriteStartArray("rows");
            foreach (ScoreRow row in result.Rows.Where(r => Methods.Contains(r.Method)))
                WriteRow(json, row);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static void WriteRow(Utf8JsonWriter json, ScoreRow row)
    {
        json.WriteStartObject();
        json.WriteString("method", row.Method);
        json.WriteString("split", row.Split);
        json.WriteString("truth", row.Truth);
        json.WriteString("family", row.Family);
        json.WriteNumber("queries", row.Queries);
        foreach (string key in Keys)
            json.WriteNumber(key, row.Scores[key].Mean);
        json.WriteNumber("trainSeconds", row.TrainSeconds ?? 0);
        json.WriteEndObject();
    }

    private static void Write(TextWriter output, DemoGallery gallery, DemoAnswer answer)
    {
        DemoQuestion q = answer.Question;
        output.WriteLine($"  {gallery.Names[q.Reference]}, but \"{q.Words}\" ({q.About})");
        for (int i = 0; i < Math.Min(Printed, answer.Found.Count); i++)
        {
            string mark = DemoReport.KindOf(q, answer.Found[i]) switch { HitKind.Right => "✓", HitKind.Unchanged => "=", _ => " " };
            output.WriteLine($"    {i + 1} {mark} {gallery.Names[answer.Found[i]]}");
        }
    }

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
