using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Cirrus.Evaluation.Rankings;

/// <summary>What the metrics of a benchmark say of finished rankings.</summary>
public static class RankingScores
{
    private const string Method = "rankings";

    /// <summary>One JSON object: fractions in full precision (docs/formats.md, Rankings).</summary>
    public static string ToJson(RankingsFile rankings)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        Benchmark benchmark = rankings.Data.Benchmark;
        Outcome outcome = Outcome.OfRankings(benchmark, Method, rankings.Ranked);
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, EvaluationResult.Indented);
        json.WriteStartObject();
        json.WriteString("benchmark", rankings.Data.Source.Name);
        json.WriteString("split", benchmark.Split);
        json.WriteString("protocol", rankings.Data.Protocol);
        json.WriteNumber("queries", benchmark.Queries.Count);
        if (rankings.Data.GalleryKnown)
            json.WriteNumber("gallery", benchmark.Candidates.Count);
        else
            json.WriteNull("gallery");
        json.WritePropertyName("metrics");
        Write(json, outcome, m => outcome.MeanOfFamilies(benchmark.Truths[0], m));
        string[] families = [.. benchmark.Queries.Select(q => q.Family).Distinct()];
        json.WriteStartObject("families");
        foreach (string family in families.Length > 1 ? families : [])
        {
            json.WritePropertyName(family);
            Write(json, outcome, m => outcome.Mean(0, benchmark.IndexOf(m), q => q.Family == family));
        }
        json.WriteEndObject();
        json.WriteStartObject("aspects");
        foreach (string aspect in benchmark.Aspects)
        {
            json.WritePropertyName(aspect);
            Write(json, outcome, m => outcome.Mean(0, benchmark.IndexOf(m), q => q.Aspects.Contains(aspect)));
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="Tensors.CirrusException">The file cannot be written.</exception>
    public static void Save(RankingsFile rankings, string path) => ResultFile.Write(path, file => file.Write(ToJson(rankings)));

    private static void Write(Utf8JsonWriter json, Outcome outcome, Func<Metric, double?> of)
    {
        json.WriteStartObject();
        foreach (Metric m in outcome.Benchmark.Metrics)
            if (of(m) is double value)
                json.WriteNumber(m.Name, value);
            else
                json.WriteNull(m.Name);
        json.WriteEndObject();
    }
}
