using System.Globalization;
using System.Text.Json;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;

namespace Cirrus.Evaluation.Submissions;

/// <summary>
/// The file of CIRCO's test server (benchmarks: 8.2), and the same of val for the authors' script: up to 50 ids of COCO a query.
/// </summary>
internal sealed record CircoSubmission : SubmissionFormat
{
    private const int Names = 50, TestQueries = 800, ValQueries = 220, Between = (TestQueries + ValQueries) / 2;
    private readonly int _queries;

    private CircoSubmission(string split, int queries, string server)
        : base($"CIRCO {split}", "circo", split, null, server) => _queries = queries;

    public static CircoSubmission Test { get; } = new("test", TestQueries, "https://circo.micc.unifi.it/");

    public static CircoSubmission Val { get; } = new("val", ValQueries,
        "nowhere: val is scored by cirrus eval circo --rankings, or by the authors' script");

    internal override bool Recognises(SubmissionContent content) =>
        CirrSubmission.MetricOf(content) is null && content.Lists.Count > 0 && (content.Lists.Count <= Between) == (Split == "val");

    internal override void Write(Utf8JsonWriter json, Outcome outcome)
    {
        for (int q = 0; q < outcome.Benchmark.Queries.Count; q++)
        {
            json.WriteStartArray(outcome.Benchmark.Queries[q].Id);
            foreach (int place in outcome.Ranked[q].Take(Names))
            {
                string id = Ids.Normal(outcome.Benchmark.Candidates[place]);
                json.WriteNumberValue(long.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture));
            }
            json.WriteEndArray();
        }
    }

    internal override void Check(SubmissionContent content, BenchmarkData? data, SubmissionCheck check)
    {
        int queries = data?.Benchmark.Queries.Count ?? _queries;
        check.Looked(string.Create(CultureInfo.InvariantCulture, $"{queries} queries, 0 to {queries - 1}, each once"));
        HashSet<string> there = [.. content.Lists.Select(l => l.Key)],
            wanted = [.. Enumerable.Range(0, queries).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        foreach (string name in content.Repeated())
            check.Problem($"query '{name}' is there more than once");
        foreach (string name in wanted.Where(n => !there.Contains(n)))
            check.Problem($"query '{name}' is missing");
        foreach (string name in there.Where(n => !wanted.Contains(n)))
            check.Problem($"query '{name}': queries are 0 to {queries - 1}");
        foreach ((string name, string value) in content.Texts)
            check.Problem($"query '{name}': {value} instead of a list of ids");
        IdLookup? gallery = data is { GalleryKnown: true } ? new(data.Benchmark.Candidates) : null;
        check.Looked($"1 to {Names} ids a query, whole numbers, none twice{(gallery is null ? "" : ", all of COCO's unlabeled pictures")}");
        if (gallery is null)
            check.Note("whether the ids are pictures of COCO's unlabeled set was not looked at: "
                + "that needs --data with image_info_unlabeled2017.json");
        foreach ((string name, ListedId[] ids) in content.Lists)
            List(name, ids, gallery, check);
        check.Looked(string.Create(CultureInfo.InvariantCulture, $"size: {content.Bytes:N0} bytes"));
        if (content.Lists.Count(l => l.Value.Length is > 0 and < Names) is > 0 and int brief)
            check.Note($"{brief} of {content.Lists.Count} lists have fewer than {Names} ids; they are scored as they are");
        if (content.Lists.SelectMany(l => l.Value).Any(id => id is { IsId: true, Number: false }))
            check.Note("ids are texts; the authors' script turns them into numbers");
    }

    private static void List(string name, ListedId[] ids, IdLookup? gallery, SubmissionCheck check)
    {
        if (ids.Length is 0 or > Names)
            check.Problem($"query '{name}': {ids.Length} ids instead of 1 to {Names}");
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (ListedId id in ids)
            if (!id.IsId || !Ids.IsNumber(id.Text))
                check.Problem($"query '{name}': {(id.IsId ? $"'{id.Text}'" : id.Text)} instead of a picture's number");
            else if (!seen.Add(Ids.Normal(id.Text)))
                check.Problem($"query '{name}': {id.Text} is there twice; the server rejects the file");
            else if (id.Text != Ids.Normal(id.Text))
                check.Problem($"query '{name}': '{id.Text}' has leading zeros");
            else if (gallery?.Find(id.Text) < 0)
                check.Problem($"query '{name}': {id.Text} is no picture of COCO's unlabeled set");
    }
}
