namespace Cirrus.Evaluation;

/// <summary>A column of a table of scores.</summary>
/// <param name="Group">above it and its neighbours: a family, "mean"; "" where there is only one.</param>
/// <param name="Family">of the rows it shows (<see cref="ScoreRow.Family"/>).</param>
internal sealed record ScoreColumn(string Group, string Family, Metric Metric);

/// <summary>Which numbers of an evaluation stand side by side, for text and reports alike.</summary>
internal sealed record ScoreTable(string Title, IReadOnlyList<ScoreColumn> Columns)
{
    private const int MostColumns = 16, MostFamilies = 5;

    /// <summary>
    /// The tables whose rows are methods: every metric of every family and of their mean; where that is too wide, one
    /// table a kind of metric.
    /// </summary>
    public static IReadOnlyList<ScoreTable> Of(EvaluationResult result)
    {
        string[] families = Families(result);
        (string Group, string Family)[] groups = families.Length is > 0 and <= MostFamilies
            ? [.. families.Select(f => (f, f)), ("mean", ScoreRow.All)] : [("", ScoreRow.All)];
        return groups.Length * result.Metrics.Count <= MostColumns
            ? [new("", Columns(result.Metrics))]
            : [.. result.Metrics.GroupBy(m => Kind(m.Name)).Select(k => new ScoreTable(k.Key, Columns(k)))];

        ScoreColumn[] Columns(IEnumerable<Metric> metrics) =>
            [.. groups.SelectMany(g => metrics.Select(m => new ScoreColumn(g.Group, g.Family, m)))];
    }

    /// <summary>
    /// What is left over: families that were too many for columns, and aspects; each of these is a row, each method a column.
    /// </summary>
    /// <returns>families by label, and the metric they are shown in.</returns>
    public static IReadOnlyList<(string Title, IReadOnlyList<(string Label, string Family)> Rows, Metric Metric)> Breakdowns(
        EvaluationResult result)
    {
        string[] families = Families(result), aspects = [.. Distinct(result).Where(IsAspect)];
        return
        [
            .. families.Length > MostFamilies
            ? [("family", [.. families.Select(f => (f, f))], result.Metrics[0])]
            : Array.Empty<(string, IReadOnlyList<(string, string)>, Metric)>(),
            .. aspects.Length > 0 ? [("aspect", [.. aspects.Select(a => (a[ScoreRow.AspectOf.Length..], a))],
                result.Metrics.FirstOrDefault(m => m.Key == "map10") ?? result.Metrics[0])]
                : Array.Empty<(string, IReadOnlyList<(string, string)>, Metric)>(),
        ];
    }

    /// <summary>A metric's value as papers print it: in percent (ranks as they are), two decimals.</summary>
    public static string Number(Metric metric, double? value) => metric.Format(value, "0.00");

    /// <summary>What the numbers of the columns are.</summary>
    public string Units => Columns.Any(c => c.Metric.Unit == MetricUnit.Rank) ? "in %, ranks from 1" : "in %";

    internal static string[] Families(EvaluationResult result) =>
        [.. Distinct(result).Where(f => f != ScoreRow.All && !IsAspect(f))];

    private static IEnumerable<string> Distinct(EvaluationResult result) => result.Rows.Select(r => r.Family).Distinct();

    private static bool IsAspect(string family) => family.StartsWith(ScoreRow.AspectOf, StringComparison.Ordinal);

    private static string Kind(string metric) =>
        metric.IndexOf('@', StringComparison.Ordinal) is > 0 and int at ? metric[..at] : metric;
}
