using System.Buffers;
using System.Text;
using System.Text.Json;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Reports;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Evaluations on every benchmark that is there.</summary>
/// <param name="NotFound">names of benchmarks whose files are not below the folder.</param>
/// <param name="Failed">names of benchmarks that could not be evaluated, with the reason.</param>
public sealed record BenchmarkSuite(IReadOnlyList<EvaluatedBenchmark> Evaluated, IReadOnlyList<string> NotFound,
    IReadOnlyList<KeyValuePair<string, string>> Failed)
{
    /// <summary>Of the JSON object.</summary>
    public const int Version = 1;

    /// <summary>Reads and evaluates each in turn; what is wrong with one does not stop the others.</summary>
    /// <param name="sources">those to look for.</param>
    /// <param name="request">names the folder; splits and protocols are each benchmark's first.</param>
    /// <param name="done">called with each result as soon as it is there.</param>
    /// <exception cref="CirrusException">There is no such folder, or none of the benchmarks is in it.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static BenchmarkSuite Run(IReadOnlyList<BenchmarkSource> sources, BenchmarkRequest request,
        Func<BenchmarkData, EvaluatedBenchmark> evaluate, Action<EvaluatedBenchmark> done)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Directory.Exists(request.Data))
            throw new CirrusException($"There is no folder '{request.Data}'.",
                hint: "name the folder that holds the benchmarks' folders: --data DIR");
        List<EvaluatedBenchmark> evaluated = [];
        List<string> absent = [];
        List<KeyValuePair<string, string>> failed = [];
        foreach (BenchmarkSource source in sources)
        {
            bool found = false;
            try
            {
                evaluated.Add(evaluate(source.Open(request with { Found = () => found = true })));
            }
            catch (CirrusException e)
            {
                if (found)
                    failed.Add(new(source.Name, $"{e.Message} ({e.Hint})"));
                else
                    absent.Add(source.Name);
                continue;
            }
            done(evaluated[^1]);
        }
        return evaluated.Count + failed.Count > 0 ? new(evaluated, absent, failed)
            : throw new CirrusException($"'{request.Data}' holds no benchmark.",
                hint: $"it may hold {string.Join(", ", sources.Select(s => s.Name))}; cirrus eval NAME --data DIR says which files each needs");
    }

    /// <summary>One line a benchmark that has no numbers.</summary>
    public IReadOnlyList<string> Said => [.. NotFound.Select(n => $"{n}: not found"), .. Failed.Select(f => $"{f.Key}: FAILED: {f.Value}")];

    /// <summary>The first metric of each benchmark, a column a method; then what was not evaluated.</summary>
    public void WriteSummary(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        string[] methods = [.. Evaluated.SelectMany(e => e.Outcomes).Select(o => o.Method).Distinct()];
        TextTable table = new(["summary, in %", "", .. methods]);
        foreach (EvaluatedBenchmark e in Evaluated.Where(e => e.Result.Rows.Count > 0))
        {
            Metric first = e.Result.Metrics[0];
            table.Add([e.Data.Protocol, $"{(ScoreTable.Families(e.Result).Length > 0 ? "mean " : "")}{first.Name}",
                .. methods.Select(m => ScoreTable.Number(first,
                    e.Result.Find(m, e.Data.Benchmark.Split, e.Data.Benchmark.Truths[0])?.Scores[first.Key].Mean))]);
        }
        table.Write(output);
        foreach (string line in Said)
            output.WriteLine(line);
    }

    /// <summary>One JSON object: results by benchmark, as <see cref="EvaluationResult.ToJson"/> writes them, and what was not evaluated.</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes, EvaluationResult.Indented);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteStartObject("benchmarks");
        foreach (EvaluatedBenchmark e in Evaluated)
        {
            json.WritePropertyName(e.Data.Source.Name);
            e.Result.Write(json);
        }
        json.WriteEndObject();
        json.WriteStartArray("notFound");
        foreach (string name in NotFound)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartObject("failed");
        foreach ((string name, string why) in Failed)
            json.WriteString(name, why);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="CirrusException">The file cannot be written.</exception>
    public void SaveJson(string path) => ResultFile.Write(path, file => file.Write(ToJson()));

    /// <summary>One page of all.</summary>
    public Report Report() => BenchmarkReport.Create(Evaluated, Said);
}
