using Cirrus.Evaluation;
using Cirrus.Evaluation.Published;

namespace Cirrus;

/// <summary>How published numbers are said beside ours.</summary>
internal static class BenchmarkPublished
{
    public const string Legend = "file: read in a paper, a README or a table; mem, with *: remembered, not read again; calc: computed.";

    /// <summary>Of which split they are, and whether ours is another.</summary>
    public static string SplitOf(EvaluatedBenchmark evaluated, IEnumerable<PublishedResult> published)
    {
        string splits = string.Join(", ", published.Select(p => p.Split).Distinct()), ours = evaluated.Data.Benchmark.Split;
        return splits == ours ? $"{splits} as here" : $"of {splits}, while ours are of {ours}";
    }

    /// <summary>The number as printed, * behind one that is remembered; "" when there is none.</summary>
    public static string Cell(PublishedResult published, ScoreColumn column) =>
        published.Values.TryGetValue((column.Family, column.Metric.Key), out PublishedValue? value)
            ? value.Text + (value.Source == PublishedValue.Remembered ? "*" : "") : "";

    /// <summary>Published numbers that no column shows, a line each: of our backbone, or of all where it is none of theirs.</summary>
    public static IReadOnlyList<string> OtherSums(EvaluatedBenchmark evaluated, IReadOnlyList<ScoreTable> tables) =>
    [
        .. evaluated.Result.Published.SelectMany(p => p.Values
            .Where(v => !tables.Any(t => t.Columns.Any(c => (c.Family, c.Metric.Key) == v.Key)))
            .Select(v =>
                $"{p.Method}{(p.Backbone.Length > 0 ? $" ({p.Backbone})" : "")}: "
                    + $"{(v.Key.Family == ScoreRow.All ? "" : $"{v.Key.Family} ")}{v.Key.Metric} {v.Value.Text}; {Origin(p)}")),
    ];

    /// <summary>Source tag, paper and note.</summary>
    public static string Origin(PublishedResult published) =>
        string.Join("; ", new[] { $"{published.Sources}{(published.Paper.Length > 0 ? $", {published.Paper}" : "")}", published.Note }
            .Where(s => s.Length > 0));
}
