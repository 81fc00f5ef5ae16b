using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>
/// What a download has and lacks: counts beside those of the official one, and pictures that are missing, or cannot be
/// decoded or shown as asked.
/// </summary>
/// <param name="Files">picture files that are there.</param>
/// <param name="Missing">in the benchmark's order.</param>
/// <param name="Undecodable">in the benchmark's order; the reason is never null.</param>
public sealed record BenchmarkCheck(BenchmarkData Data, int Files, IReadOnlyList<BenchmarkPicture> Missing, IReadOnlyList<MissingPicture> Undecodable)
{
    /// <summary>Of the JSON object.</summary>
    public const int Version = 1;

    public bool AllIsWell => Missing.Count == 0 && Undecodable.Count == 0 && !Data.Counts.Any(c => c.Differs);

    /// <summary>Decodes every picture, and every crop that is asked for, once and on all cores; nothing is computed or kept.</summary>
    /// <param name="report">called with the number done and of all.</param>
    /// <exception cref="CirrusException">No picture can be decoded here: libvips is not there.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static BenchmarkCheck Run(BenchmarkData data, Action<int, int>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        (string? Path, string? View)[] keys = [.. data.Pictures.Select(p => (p.Find(), p.View?.Key))];
        BenchmarkPicture[] shown = [.. data.Pictures.Zip(keys).Where(p => p.Second.Path is not null).DistinctBy(p => p.Second).Select(p => p.First)];
        if (shown.Length > 0)
            LibVips.NeedsToBeThere();                                 // else every picture would be called broken
        ConcurrentDictionary<(string?, string?), string> reasons = new();
        int done = 0;
        Lock telling = new();
        Parallel.ForEach(Partitioner.Create(shown, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount }, picture =>
        {
            if (WhatIsWrong(picture) is string reason)
                reasons[(picture.Find(), picture.View?.Key)] = reason;
            lock (telling)
                report?.Invoke(++done, shown.Length);
        });
        return new(data, keys.Select(k => k.Path).OfType<string>().Distinct().Count(), [.. data.Pictures.Where((_, i) => keys[i].Path is null)],
            [.. data.Pictures.Select((p, i) => (p.Name, Key: keys[i])).Where(p => reasons.ContainsKey(p.Key)).Select(p =>
                new MissingPicture(p.Name, reasons[p.Key]))]);
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="CirrusException">The file cannot be written.</exception>
    public void SaveJson(string path) => ResultFile.Write(path, file => file.Write(ToJson()));

    /// <summary>One JSON object with everything that was found (docs/formats.md).</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, EvaluationResult.Indented);
        Write(json);
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("benchmark", Data.Source.Name);
        json.WriteString("protocol", Data.Protocol);
        json.WriteBoolean("ok", AllIsWell);
        json.WriteStartArray("counts");
        foreach (BenchmarkCount count in Data.Counts)
        {
            json.WriteStartObject();
            json.WriteString("what", count.What);
            json.WriteNumber("found", count.Found);
            if (count.Published is long published)
                json.WriteNumber("published", published);
            else
                json.WriteNull("published");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("pictures", Data.Pictures.Count);
        json.WriteNumber("files", Files);
        json.WriteStartArray("missing");
        foreach (BenchmarkPicture picture in Missing)
        {
            json.WriteStartObject();
            json.WriteString("name", picture.Name);
            json.WriteStartArray("places");
            foreach (string place in picture.Places)
                json.WriteStringValue(place);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("undecodable");
        foreach (MissingPicture picture in Undecodable)
        {
            json.WriteStartObject();
            json.WriteString("name", picture.Name);
            json.WriteString("reason", picture.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Null when the file is a picture, and has what the benchmark shows of it.</summary>
    private static string? WhatIsWrong(BenchmarkPicture picture)
    {
        try
        {
            BenchmarkPictures.Open(picture, new Preprocessing().Size);
            return null;
        }
        catch (CirrusException e)
        {
            return e.Message;
        }
    }
}
