using Cirrus.Evaluation;
using Cirrus.Evaluation.Published;

namespace Cirrus;

/// <summary>An evaluation on a benchmark of the field as text: what was done, our numbers, and published ones below them.</summary>
internal static class BenchmarkText
{
    private const int MostPublished = 8, LongestValue = 300;

    public static void Write(EvaluatedBenchmark evaluated, TextWriter output)
    {
        EvaluationResult result = evaluated.Result;
        Benchmark benchmark = evaluated.Data.Benchmark;
        if (evaluated.Missing.Count > 0)
            output.WriteLine(
                $"INCOMPLETE: {evaluated.Missing.Count} of {evaluated.Data.Pictures.Count} pictures are missing; these are not "
                    + "the benchmark's numbers");
        output.WriteLine($"{evaluated.Data.Source.Name}: {evaluated.Data.Source.Summary}");
        int width = result.Provenance.Max(p => p.Key.Length);
        foreach ((string name, string value) in result.Provenance)
            output.WriteLine($"  {name.PadRight(width)}  {(value.Length <= LongestValue ? value : $"{value[..LongestValue]} ... (whole in JSON)")}");
        output.WriteLine();
        if (result.Rows.Count == 0)
        {
            output.WriteLine(BenchmarkFacts.AnswersElsewhere(evaluated.Data));
            return;
        }
        foreach (string truth in benchmark.Truths)
        {
            ScoreRow[] rows = [.. result.Rows.Where(r => r.Truth == truth)];
            foreach (ScoreTable table in ScoreTable.Of(result))
                WriteTable(evaluated, rows, table, benchmark.Truths.Count > 1 ? truth : "", output);
            if (evaluated.Backbone is not null && BenchmarkPublished.OtherSums(evaluated, ScoreTable.Of(result)) is { Count: > 0 } others)
                output.WriteLine($"published, summed up otherwise:\n{string.Join('\n', others)}\n");
            foreach ((string title, IReadOnlyList<(string Label, string Family)> families, Metric metric) in ScoreTable.Breakdowns(result))
                WriteBreakdown(rows, title, families, metric, output);
        }
    }

    private static void WriteTable(EvaluatedBenchmark evaluated, ScoreRow[] rows, ScoreTable table, string truth, TextWriter output)
    {
        EvaluationResult result = evaluated.Result;
        TextTable text = new([truth.Length > 0 ? $"{truth}, {table.Units}" : table.Units, .. table.Columns.Select(c => c.Metric.Name)],
            table.Columns.Any(c => c.Group.Length > 0) ? ["", .. table.Columns.Select(c => c.Group)] : null);
        foreach (IGrouping<string, ScoreRow> method in result.ByScore(rows))
            text.Add([method.Key, .. table.Columns.Select(c =>
                ScoreTable.Number(c.Metric, method.FirstOrDefault(r => r.Family == c.Family)?.Scores[c.Metric.Key].Mean))]);
        PublishedResult[] published = [.. result.Published.Where(p => table.Columns.Any(c => p.Values.ContainsKey((c.Family, c.Metric.Key))))];
        bool same = evaluated.Backbone is not null && published.Length > 0;
        if (same)
        {
            text.AddLine($"published, {evaluated.Backbone}, {BenchmarkPublished.SplitOf(evaluated, published)}:");
            foreach (PublishedResult p in published.Take(MostPublished))
                text.Add([p.Method, .. table.Columns.Select(c => BenchmarkPublished.Cell(p, c)), BenchmarkPublished.Origin(p)]);
        }
        text.Write(output);
        if (same)
            output.WriteLine(BenchmarkPublished.Legend + (published.Length > MostPublished
                ? $" {published.Length - MostPublished} more results are in the report." : ""));
        else if (published.Length > 0)
            output.WriteLine($"No published number is of this model's size; the report has {published.Length} of others.");
        output.WriteLine();
    }

    private static void WriteBreakdown(ScoreRow[] rows, string title, IReadOnlyList<(string Label, string Family)> families,
        Metric metric, TextWriter output)
    {
        string[] methods = [.. rows.Select(r => r.Method).Distinct()];
        TextTable text = new([$"{metric.Name} by {title}", "queries", .. methods]);
        foreach ((string label, string family) in families)
            text.Add([label, TextTable.Number(rows.First(r => r.Family == family).Queries, "N0"),
                .. methods.Select(m => ScoreTable.Number(metric,
                    rows.FirstOrDefault(r => r.Method == m && r.Family == family)?.Scores[metric.Key].Mean))]);
        text.Write(output);
        output.WriteLine();
    }
}
