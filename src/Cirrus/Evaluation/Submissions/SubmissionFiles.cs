using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Submissions;

/// <summary>Files for authors' test servers: writes them, and checks those of anyone.</summary>
public static class SubmissionFiles
{
    private const long MostBytes = 64L << 20;

    /// <summary>
    /// Writes the files of every outcome as BENCHMARK-SPLIT[-METRIC]-METHOD.json. They are checked first: nothing is
    /// written of a method whose files would not be valid.
    /// </summary>
    /// <returns>the paths.</returns>
    /// <exception cref="CirrusException">The benchmark has no server, a file would not be valid, or cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, BenchmarkData data, IReadOnlyList<Outcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(outcomes);
        SubmissionFormat[] formats = Formats(data.Source.Name, data.Benchmark.Split);
        List<string> written = [];
        string[] names = Names([.. outcomes.Select(o => o.Method)]);
        for (int i = 0; i < names.Length; i++)
        {
            (SubmissionFormat Format, string Path, byte[] Json)[] files = [.. formats.Select(f =>
                (f, Path.Combine(folder, $"{f.Benchmark}-{f.Split}{(f.Metric is null ? "" : $"-{f.Metric}")}-{names[i]}.json"),
                    f.ToJson(outcomes[i])))];
            foreach ((SubmissionFormat format, string path, byte[] json) in files)
                if (Check(path, json, [format], _ => data) is { Valid: false } wrong)
                {
                    string more = wrong.ProblemCount > 1 ? $" (and {wrong.ProblemCount - 1} more)" : "";
                    throw new CirrusException($"'{path}' would not be valid: {wrong.Problems[0]}{more}.",
                        hint: "a submission needs every query and the whole gallery; nothing was written of this method");
                }
            foreach ((_, string path, byte[] json) in files)
            {
                ResultFile.Write(path, json);
                written.Add(path);
            }
        }
        return written;
    }

    /// <exception cref="CirrusException">The benchmark or its split has no server.</exception>
    public static SubmissionFormat[] Formats(string benchmark, string split) =>
        SubmissionFormat.All.Where(f => f.Benchmark == benchmark && f.Split == split).ToArray() is { Length: > 0 } formats ? formats
            : throw new CirrusException($"There are no submission files for {benchmark} {split}.",
                hint: "there are some for: "
                    + string.Join(", ", SubmissionFormat.All.Select(f => $"{f.Benchmark} --split {f.Split}").Distinct()));

    /// <summary>Checks a file.</summary>
    /// <param name="formats">what it may be; its content tells which, where there are several.</param>
    /// <param name="open">gives the benchmark of a format; null: its form alone is checked.</param>
    /// <exception cref="CirrusException">It cannot be read, or is no JSON object.</exception>
    public static SubmissionCheck Check(
        string path, IReadOnlyList<SubmissionFormat> formats, Func<SubmissionFormat, BenchmarkData>? open) =>
        Check(path, ListReader.Load(path, MostBytes), formats, open);

    private static SubmissionCheck Check(string path, ReadOnlyMemory<byte> json, IReadOnlyList<SubmissionFormat> formats,
        Func<SubmissionFormat, BenchmarkData>? open)
    {
        SubmissionContent content = SubmissionContent.Read(path, json);
        SubmissionCheck check = new(path)
        {
            Format = formats.Count == 1 ? formats[0] : formats.FirstOrDefault(f => f.Recognises(content)),
        };
        if (check.Format is null)
            check.Problem(
                $"it is none of: {string.Join("; ", formats.Select(f => f.Title))}. CIRR's have \"metric\": \"recall\" or "
                    + "\"recall_subset\" and lists of names, CIRCO's lists of numbers alone");
        else
            check.Format.Check(content, open?.Invoke(check.Format), check);
        return check;
    }

    /// <summary>Names of methods as parts of file names, each once.</summary>
    private static string[] Names(string[] methods)
    {
        static char Safe(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-';
        string[] names = [.. methods.Select(m => string.Concat(m.Select(Safe)))];
        return [.. names.Select((n, i) => names.Take(i).Count(n.Equals) is > 0 and int before ? $"{n}-{before + 1}" : n)];
    }
}
