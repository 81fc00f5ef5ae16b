using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cirrus.Cli;

/// <summary>Answers as text: for people, for pipes and for programs.</summary>
internal static class SearchFormat
{
    public static readonly string[] Names = ["table", "tsv", "paths", "paths0", "json", "jsonl", "csv"];

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions OneLine = Readable with { Indented = false };

    public static void Write(TextWriter output, string format, SearchAnswer answer)
    {
        switch (format)
        {
            case "json":
                output.WriteLine(Json(Readable, w => WriteAnswer(w, answer)));
                return;
            case "csv":
                output.WriteLine("rank,id,score,path,width,height");
                break;
            default:
                break;
        }
        foreach (SearchHit hit in answer.Hits)
            output.Write(Line(format, hit));
    }

    private static string Line(string format, SearchHit hit)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string terms = hit.Terms is null ? "" : string.Join("  ", hit.Terms.Select(t => string.Create(c, $"{t.Key} {t.Value:F3}")));
        return format switch
        {
            "paths" => hit.FullPath + "\n",
            "paths0" => hit.FullPath + "\0",
            "jsonl" => Json(OneLine, w => WriteHit(w, hit)) + "\n",
            "csv" => string.Create(c, $"{hit.Rank},{hit.Id},{hit.Score:R},{Quoted(hit.Path)},{hit.Width},{hit.Height}\n"),
            "tsv" => string.Create(c, $"{hit.Rank}\t{hit.Score:F4}\t{hit.FullPath}{(terms.Length > 0 ? "\t" + terms : "")}\n"),
            _ => string.Create(c, $"{hit.Rank,4}  {hit.Score,7:F4}  {hit.Path}{(terms.Length > 0 ? "   " + terms : "")}\n"),
        };
    }

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static string Json(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, options))
            write(writer);
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteAnswer(Utf8JsonWriter w, SearchAnswer answer)
    {
        w.WriteStartObject();
        w.WriteString("method", answer.Method);
        w.WriteString("prompt", answer.Prompt);
        w.WriteNumber("searched", answer.Searched);
        w.WriteStartArray("warnings");
        foreach (string warning in answer.Warnings)
            w.WriteStringValue(warning);
        w.WriteEndArray();
        w.WriteStartArray("hits");
        foreach (SearchHit hit in answer.Hits)
            WriteHit(w, hit);
        w.WriteEndArray();
        w.WriteEndObject();
    }

    private static void WriteHit(Utf8JsonWriter w, SearchHit hit)
    {
        w.WriteStartObject();
        w.WriteNumber("rank", hit.Rank);
        w.WriteNumber("id", hit.Id);
        w.WriteNumber("score", hit.Score);
        w.WriteString("path", hit.Path);
        w.WriteString("fullPath", hit.FullPath);
        w.WriteNumber("width", hit.Width);
        w.WriteNumber("height", hit.Height);
        if (hit.Terms is not null)
        {
            w.WriteStartObject("terms");
            foreach ((string name, float cosine) in hit.Terms)
                w.WriteNumber(name, cosine);
            w.WriteEndObject();
        }
        w.WriteEndObject();
    }
}
