using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cirrus.Evaluation.Published;

namespace Cirrus.Evaluation;

/// <summary>All rows of an evaluation with what made them.</summary>
/// <param name="Benchmark">its name.</param>
/// <param name="Provenance">model, weights, seeds, versions: what someone needs to get the same numbers.</param>
public sealed record EvaluationResult(string Benchmark, IReadOnlyList<Metric> Metrics, IReadOnlyList<ScoreRow> Rows,
    IReadOnlyList<KeyValuePair<string, string>> Provenance, double Seconds)
{
    /// <summary>Of the JSON object.</summary>
    public const int Version = 1;

    /// <summary>What papers say of this benchmark.</summary>
    public IReadOnlyList<PublishedResult> Published { get; init; } = [];

    /// <summary>How results are written for people and programs.</summary>
    internal static JsonWriterOptions Indented { get; } = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The row of a method; null when there is none.</summary>
    public ScoreRow? Find(string method, string split, string truth, string family = ScoreRow.All) =>
        Rows.FirstOrDefault(r => r.Method == method && r.Split == split && r.Truth == truth && r.Family == family);

    /// <summary>One JSON object in full precision (docs/formats.md, Evaluation).</summary>
    public string ToJson() => JsonWith(null);

    /// <param name="more">writes properties of its own behind all others.</param>
    internal string JsonWith(Action<Utf8JsonWriter>? more)
    {
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, Indented);
        Write(json, more);
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>Writes <see cref="ToJson"/> as a value of something larger.</summary>
    public void Write(Utf8JsonWriter json) => Write(json, null);

    internal void Write(Utf8JsonWriter json, Action<Utf8JsonWriter>? more)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("benchmark", Benchmark);
        json.WriteNumber("seconds", Seconds);
        json.WriteStartObject("provenance");
        foreach ((string name, string value) in Provenance)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("rows");
        foreach (ScoreRow row in Rows)
            WriteRow(json, row);
        json.WriteEndArray();
        if (Published.Count > 0)
        {
            json.WriteStartArray("published");
            foreach (PublishedResult p in Published)
                p.Write(json);
            json.WriteEndArray();
        }
        more?.Invoke(json);
        json.WriteEndObject();
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="Tensors.CirrusException">The file cannot be written.</exception>
    public void SaveJson(string path) => ResultFile.Write(path, file => file.Write(ToJson()));

    /// <summary>Writes one row: its means under the metrics' keys, spread and interval in objects of their own.</summary>
    public void WriteRow(Utf8JsonWriter json, ScoreRow row)
    {
        json.WriteStartObject();
        json.WriteString("method", row.Method);
        json.WriteString("split", row.Split);
        json.WriteString("truth", row.Truth);
        json.WriteString("family", row.Family);
        json.WriteNumber("queries", row.Queries);
        foreach (Metric m in Metrics)
            json.WriteNumber(m.Key, row.Scores[m.Key].Mean);
        if (row.TrainSeconds is double seconds)
            json.WriteNumber("trainSeconds", seconds);
        else
            json.WriteNull("trainSeconds");
        Object("spread", s => s.Spread);
        Object("low", s => s.Low);
        Object("high", s => s.High);
        json.WriteEndObject();

        void Object(string name, Func<Score, double> of)
        {
            json.WriteStartObject(name);
            foreach (Metric m in Metrics)
                json.WriteNumber(m.Key, of(row.Scores[m.Key]));
            json.WriteEndObject();
        }
    }

    /// <summary>Writes tables for people: one a split and truth, methods by their mean, values in percent, ranks plain.</summary>
    public void WriteText(TextWriter output)
    {
        foreach (IGrouping<(string Split, string Truth), ScoreRow> table in Rows.GroupBy(r => (r.Split, r.Truth)))
        {
            output.WriteLine(
                $"{Benchmark} · {table.Key.Split} · {table.Key.Truth} · {Metrics[0].Name} by family, in "
                    + $"%{(Metrics.Any(m => m.Unit == MetricUnit.Rank) ? "; ranks from 1" : "")}");
            bool several = table.Any(r => r.Scores[Metrics[0].Key].Spread > 0);          // of one seed nothing is known to vary
            TextTable text = new(["method", "all", .. several ? ["±"] : Array.Empty<string>(),
                .. Families(table).Select(ShortName), .. Metrics.Skip(1).Select(m => ShortName(m.Name)), "train"]);
            foreach (IGrouping<string, ScoreRow> method in ByScore(table))
                text.Add(Cells(method, Families(table), several));
            text.Write(output);
            output.WriteLine();
        }
    }

    /// <summary>Rows of a table a method, best "all" first.</summary>
    internal IEnumerable<IGrouping<string, ScoreRow>> ByScore(IEnumerable<ScoreRow> rows) => rows.GroupBy(r => r.Method)
        .OrderByDescending(m => m.FirstOrDefault(r => r.Family == ScoreRow.All)?.Scores[Metrics[0].Key].Mean ?? 0);

    /// <summary>All families but the mean of the plain ones; those of another wording only as their mean.</summary>
    internal static string[] Families(IEnumerable<ScoreRow> rows) => [.. rows.Select(r => r.Family).Distinct()
        .Where(f => f != ScoreRow.All && (!f.Contains(',', StringComparison.Ordinal) || f.StartsWith(ScoreRow.All, StringComparison.Ordinal)))];

    private IEnumerable<string> Cells(IGrouping<string, ScoreRow> method, string[] families, bool several)
    {
        ScoreRow? all = method.FirstOrDefault(r => r.Family == ScoreRow.All);
        yield return method.Key;
        yield return Metrics[0].Format(all?.Scores[Metrics[0].Key].Mean);
        if (several)
            yield return Metrics[0].Format(all?.Scores[Metrics[0].Key].Spread);
        foreach (string family in families)
            yield return Metrics[0].Format(method.FirstOrDefault(r => r.Family == family)?.Scores[Metrics[0].Key].Mean);
        foreach (Metric m in Metrics.Skip(1))
            yield return m.Format(all?.Scores[m.Key].Mean);
        yield return Took(method.First().TrainSeconds);

        static string Took(double? s) => s switch { null => "", 0 => "–", double known => TextTable.Number(known, "0") + " s" };
    }

    internal static string Percent(double? share) => share is double s ? TextTable.Number(100 * s, "0.0") : "";

    /// <summary>The first word of a family or metric; another wording by its name.</summary>
    private static string ShortName(string name) =>
        name.IndexOf(',', StringComparison.Ordinal) is >= 0 and int comma ? name[(comma + 2)..] : name.Split(' ')[0];
}
