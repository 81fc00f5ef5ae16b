using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Evaluation.Submissions;

/// <summary>A file that an authors' server takes.</summary>
/// <param name="Title">for people: "CIRR test1, recall".</param>
/// <param name="Benchmark">the name of its <see cref="BenchmarkSource"/>.</param>
/// <param name="Metric">part of the file's name; null where the server takes one file.</param>
/// <param name="Server">where it goes.</param>
public abstract record SubmissionFormat(string Title, string Benchmark, string Split, string? Metric, string Server)
{
    /// <summary>All, in the order in which they are written.</summary>
    public static IReadOnlyList<SubmissionFormat> All { get; } = [CirrSubmission.Recall, CirrSubmission.Subset,
        CircoSubmission.Test, CircoSubmission.Val];

    /// <summary>Writes the names of the JSON object with their values.</summary>
    internal abstract void Write(Utf8JsonWriter json, Outcome outcome);

    /// <summary>True when a file is meant to be one of these, right or wrong.</summary>
    internal abstract bool Recognises(SubmissionContent content);

    /// <summary>Looks for all that is wrong; with the benchmark at hand also at every name.</summary>
    internal abstract void Check(SubmissionContent content, BenchmarkData? data, SubmissionCheck check);

    /// <summary>The file, compact: servers limit its size.</summary>
    internal byte[] ToJson(Outcome outcome)
    {
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        Write(json, outcome);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
