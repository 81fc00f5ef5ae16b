using System.Globalization;
using System.Text.Json;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;

namespace Cirrus.Evaluation.Submissions;

/// <summary>The two files of CIRR's test server (benchmarks: 8.1): names best first, the reference removed.</summary>
internal sealed record CirrSubmission : SubmissionFormat
{
    private const string Version = "rc2";
    private const int Pairs = 4148, MostBytes = 5_000_000;
    private readonly int _names;
    private readonly bool _group;

    /// <param name="metric">as the server calls it.</param>
    /// <param name="names">of a list.</param>
    /// <param name="group">only the query's group is ranked.</param>
    private CirrSubmission(string metric, int names, bool group)
        : base($"CIRR test1, {metric}", "cirr", "test1", metric, "http://cirr.cecs.anu.edu.au/ (also https://cirr.junjie.au/)") =>
            (_names, _group) = (names, group);

    public static CirrSubmission Recall { get; } = new("recall", 50, false);

    public static CirrSubmission Subset { get; } = new("recall_subset", 3, true);

    internal override void Write(Utf8JsonWriter json, Outcome outcome)
    {
        json.WriteString("version", Version);
        json.WriteString("metric", Metric);
        for (int q = 0; q < outcome.Benchmark.Queries.Count; q++)
        {
            json.WriteStartArray(outcome.Benchmark.Queries[q].Id);
            foreach (int place in (_group ? outcome.Subsets : outcome.Ranked)[q].Take(_names))
                json.WriteStringValue(outcome.Benchmark.Candidates[place]);
            json.WriteEndArray();
        }
    }

    internal override bool Recognises(SubmissionContent content) => MetricOf(content) == Metric;

    /// <summary>
    /// The metric that a file says it is of; of one that says nothing but holds names the likelier one; null: it is
    /// none of CIRR's.
    /// </summary>
    internal static string? MetricOf(SubmissionContent content)
    {
        if (content.Text("metric") is "recall" or "recall_subset")
            return content.Text("metric");
        bool named = content.Text("metric") is not null || content.Text("version") is not null
            || content.Lists.Take(100).Any(l => l.Value.Any(id => id is { IsId: true, Number: false } && !Ids.IsNumber(Ids.Normal(id.Text))));
        return named ? content.Lists.All(l => l.Value.Length <= 3) && content.Lists.Count > 0 ? "recall_subset" : "recall" : null;
    }

    internal override void Check(SubmissionContent content, BenchmarkData? data, SubmissionCheck check)
    {
        check.Looked($"version is {Version}, metric is {Metric}, nothing else beside the lists");
        foreach ((string name, string wanted) in new[] { ("version", Version), ("metric", Metric!) })
            if (content.Text(name) != wanted)
            {
                string found = content.Text(name) is string text ? $"'{text}'" : "missing";
                check.Problem($"'{name}' is {found}; the server wants \"{wanted}\"");
            }
        foreach ((string name, string value) in content.Texts.Where(t => t.Key is not ("version" or "metric")))
            check.Problem($"'{name}': {value} instead of a list of names");
        check.Looked(string.Create(CultureInfo.InvariantCulture,
            $"the file is compact enough: {content.Bytes:N0} of at most {MostBytes:N0} bytes"));
        if (content.Bytes > MostBytes)
            check.Problem(string.Create(CultureInfo.InvariantCulture,
                $"the file has {content.Bytes:N0} bytes; the server takes 5 MB: write it without indentation"));
        Queries(content, data, check);
        string among = _group ? "the query's group" : "the gallery";
        string which = data is null ? "of test1 by their look" : $"all of {among}, never the reference";
        check.Looked($"{_names} bare names a query, none twice, {which}");
        if (data is null)
            check.Note($"references and {(_group ? "groups" : "the gallery")} were not looked at: that needs --data");
        Dictionary<string, BenchmarkQuery>? queries = data?.Benchmark.Queries.ToDictionary(q => q.Id, StringComparer.Ordinal);
        HashSet<string>? gallery = data is null ? null : [.. data.Benchmark.Candidates];
        foreach ((string name, ListedId[] ids) in content.Lists)
        {
            BenchmarkQuery? query = queries?.GetValueOrDefault(name);
            HashSet<string>? allowed = _group && query is not null
                ? [.. query.Subset!.Select(place => data!.Benchmark.Candidates[place])] : gallery;
            int wanted = Math.Min(_names, (allowed?.Count ?? int.MaxValue) - 1);
            if (ids.Length != wanted)
                check.Problem($"query '{name}': {ids.Length} names instead of {wanted}");
            List(name, ids, query is null ? null : data!.Benchmark.Candidates[query.Itself], gallery, allowed, check);
        }
    }

    private static void Queries(SubmissionContent content, BenchmarkData? data, SubmissionCheck check)
    {
        int wanted = data?.Benchmark.Queries.Count ?? Pairs;
        check.Looked(string.Create(CultureInfo.InvariantCulture,
            $"{wanted:N0} queries{(data is null ? " (pairs of test1)" : ", the pairs of test1")}, each once"));
        foreach (string name in content.Repeated())
            check.Problem($"'{name}' is there more than once");
        if (data is null)
        {
            if (content.Lists.Count != wanted)
                check.Problem(string.Create(CultureInfo.InvariantCulture, $"{content.Lists.Count:N0} queries instead of {wanted:N0}"));
            foreach ((string name, _) in content.Lists.Where(l => !Ids.IsNumber(l.Key)))
                check.Problem($"query '{name}': not a pair's number");
            return;
        }
        HashSet<string> there = [.. content.Lists.Select(l => l.Key)], known = [.. data.Benchmark.Queries.Select(q => q.Id)];
        foreach (BenchmarkQuery query in data.Benchmark.Queries.Where(q => !there.Contains(q.Id)))
            check.Problem($"query '{query.Id}' is missing");
        foreach (string name in there.Where(n => !known.Contains(n)))
            check.Problem($"query '{name}': no pair of test1");
    }

    private static void List(string query, ListedId[] ids, string? reference, HashSet<string>? gallery,
        HashSet<string>? allowed, SubmissionCheck check)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (ListedId id in ids)
            if (!id.IsId || id.Number)
                check.Problem($"query '{query}': {(id.IsId ? $"the number {id.Text}" : id.Text)} instead of a name");
            else if (!seen.Add(id.Text))
                check.Problem($"query '{query}': '{id.Text}' is there twice");
            else if (Ids.Normal(id.Text) != id.Text || id.Text.Contains('/', StringComparison.Ordinal))
                check.Problem($"query '{query}': '{id.Text}' is not a bare name; "
                    + $"without folder and extension: '{Path.GetFileName(Ids.Normal(id.Text))}'");
            else if (id.Text == reference)
                check.Problem($"query '{query}': '{id.Text}' is the reference itself, which must be removed before the list is cut");
            else if (gallery is null ? !id.Text.StartsWith("test1-", StringComparison.Ordinal) : !gallery.Contains(id.Text))
                check.Problem($"query '{query}': '{id.Text}' is no picture of test1");
            else if (allowed?.Contains(id.Text) == false)
                check.Problem($"query '{query}': '{id.Text}' is not of the query's group");
    }
}
