using Cirrus.Evaluation;
using Cirrus.Evaluation.Published;
using Cirrus.Evaluation.Reports;

namespace Cirrus;

/// <summary>The HTML report of evaluations on benchmarks of the field. The same results give the same bytes.</summary>
public static class BenchmarkReport
{
    private const int MostFigures = 4, MostPanels = 12, CurveDepth = 50;

    /// <summary>One benchmark's report.</summary>
    public static Report Create(EvaluatedBenchmark evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        return new(evaluated.Data.Protocol, Lead(evaluated), [.. Sections(evaluated, "", examples: 3)],
            [.. evaluated.Result.Provenance, new("intervals", "95 %, bootstrap over queries within each family")]);
    }

    /// <summary>One report of several benchmarks.</summary>
    /// <param name="said">lines on benchmarks that are not in it.</param>
    public static Report Create(IReadOnlyList<EvaluatedBenchmark> evaluated, IReadOnlyList<string> said)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        ArgumentNullException.ThrowIfNull(said);
        KeyValuePair<string, string>[][] facts = [.. evaluated.Select(e => e.Result.Provenance.ToArray())];
        KeyValuePair<string, string>[] common = [.. facts.SelectMany(f => f).Distinct().Where(f => facts.All(of => of.Contains(f)))];
        return new("Benchmarks of the field",
            $"{evaluated.Count} benchmark{(evaluated.Count == 1 ? "" : "s")}: {string.Join("; ", evaluated.Select(e => e.Data.Protocol))}."
            + string.Concat(evaluated.Select(e => (e.Data.Protocol, Text: Warnings(e))).Where(w => w.Text.Length > 0)
                .GroupBy(w => w.Text, w => w.Protocol)
                .Select(g => g.Count() == evaluated.Count ? g.Key : $" {string.Join(", ", g)}:{g.Key}")),
            [
                new FiguresSection([.. evaluated.SelectMany(e => Figures(e, 1, $" on {e.Data.Protocol}"))]),
                .. said.Count > 0 ? new[] { new WordsSection("Not evaluated", "", said) } : [],
                .. evaluated.SelectMany(e => Sections(e, $"{e.Data.Protocol}: ", examples: 2)),
            ],
            [.. common, .. evaluated.SelectMany((e, i) =>
                facts[i].Except(common).Select(f => new KeyValuePair<string, string>($"{e.Data.Source.Name}: {f.Key}", f.Value))),
             new("intervals", "95 %, bootstrap over queries within each family")]);
    }

    private static string Lead(EvaluatedBenchmark evaluated)
    {
        string Fact(string name) => evaluated.Result.Provenance.FirstOrDefault(p => p.Key == name).Value ?? "";
        string[] methods = [.. evaluated.Outcomes.Select(o => o.Method)];
        return $"{char.ToUpperInvariant(evaluated.Data.Source.Summary[0])}{evaluated.Data.Source.Summary[1..]}. {Fact("queries")} queries, {Fact("gallery")}; {string.Join(", ", methods)}."
            + Warnings(evaluated);
    }

    /// <summary>Why the numbers are not those of the benchmark.</summary>
    private static string Warnings(EvaluatedBenchmark evaluated)
    {
        string features = evaluated.Result.Provenance.FirstOrDefault(p => p.Key == "features").Value ?? "";
        return (features.Length > 0 ? $" Features are {features}." : "")
            + (evaluated.Missing.Count > 0
                ? $" INCOMPLETE: {evaluated.Missing.Count} of {evaluated.Data.Pictures.Count} pictures are missing; these are "
                + "not the benchmark's numbers." : "")
            + (evaluated.Data.Counts.Any(c => c.Differs) ? " NOT the official data: do not compare with published numbers." : "");
    }

    /// <param name="before">the title of each section.</param>
    private static IEnumerable<ReportSection> Sections(EvaluatedBenchmark evaluated, string before, int examples)
    {
        EvaluationResult result = evaluated.Result;
        if (result.Rows.Count == 0)
        {
            yield return new WordsSection($"{before}answers are elsewhere", "", [BenchmarkFacts.AnswersElsewhere(evaluated.Data)]);
            yield break;
        }
        if (before.Length == 0)
            yield return new FiguresSection([.. Figures(evaluated, MostFigures, "")]);
        for (int truth = 0; truth < evaluated.Data.Benchmark.Truths.Count; truth++)
        {
            string name = evaluated.Data.Benchmark.Truths[truth], title = evaluated.Data.Benchmark.Truths.Count > 1 ? $"{before}{name}: " : before;
            ScoreRow[] rows = [.. result.Rows.Where(r => r.Truth == name)];
            Outcome[] outcomes = [.. result.ByScore(rows).Select(m => evaluated.Outcomes.First(o => o.Method == m.Key))];
            ScoreTable[] tables = [.. ScoreTable.Of(result)];
            foreach (ScoreTable table in tables)
                yield return Table(evaluated, rows, table, title);
            if (BenchmarkPublished.OtherSums(evaluated, tables) is { Count: > 0 } others)
                yield return new WordsSection(Titled(title, "Published, summed up otherwise"), $"In percent. {BenchmarkPublished.Legend}", others);
            foreach (BarsSection bars in Bars(result, rows, title))
                yield return bars;
            int depth = Math.Min(CurveDepth, outcomes.SelectMany(o => o.Ranked).Select(r => r.Length).DefaultIfEmpty().Max());
            if (depth > 1)
                yield return new LinesSection(Titled(title, "How far down the right answers are"),
                    "Of the right answers to a query the share that is among the first K; with one right answer it is R@K. Mean of families.",
                    "K", "right answers found, in percent,", [.. outcomes.Select(o => new Line(o.Method, RankCurve.Of(o, truth, depth)))]);
            foreach (ExamplesSection section in new BenchmarkExamples(evaluated).Sections(outcomes, truth, examples))
                yield return section with { Title = Titled(title, section.Title) };
            if (evaluated.Backbone is null && Blocks(evaluated, tables[0], p => p.Backbone.Length > 0) is { Count: > 0 } blocks)
                yield return new ScoresSection(Titled(title, "Published, on other models"),
                    $"As printed, in percent. {BenchmarkPublished.Legend}", "method",
                    [.. tables[0].Columns.Select(c => c.Group)], [.. tables[0].Columns.Select(c => c.Metric.Name)], blocks);
        }
    }

    private static string Titled(string before, string title) => before.Length == 0 ? title : before + char.ToLowerInvariant(title[0]) + title[1..];

    /// <summary>The best method's first metrics, each with the same method's published number of this backbone.</summary>
    private static IEnumerable<Figure> Figures(EvaluatedBenchmark evaluated, int most, string where)
    {
        EvaluationResult result = evaluated.Result;
        if (result.Rows.Count == 0)
            yield break;
        ScoreRow best = result.ByScore(result.Rows.Where(r => r.Truth == evaluated.Data.Benchmark.Truths[0])).First().First(r =>
            r.Family == ScoreRow.All);
        PublishedResult? same = evaluated.Backbone is null ? null : result.Published.FirstOrDefault(p => p.Ours == best.Method.Split(' ')[0]);
        foreach (Metric metric in result.Metrics.Where(m => m.Unit == MetricUnit.Share).Take(most))
        {
            Score score = best.Scores[metric.Key];
            string interval = $"95 % interval {ScoreTable.Number(metric, score.Low)} to {ScoreTable.Number(metric, score.High)}";
            yield return new(ScoreTable.Number(metric, score.Mean), $"{metric.Name} of {best.Method}{where}",
                same?.Values.GetValueOrDefault((ScoreRow.All, metric.Key)) is { } published
                ? $"{interval}; {same.Method} on {same.Backbone}: {published.Text} ({same.Split}, {published.Source})" : interval);
        }
    }

    private static ScoresSection Table(EvaluatedBenchmark evaluated, ScoreRow[] rows, ScoreTable table, string title)
    {
        EvaluationResult result = evaluated.Result;
        IGrouping<string, ScoreRow>[] methods = [.. result.ByScore(rows)];
        ScoreLine[] ours = [.. methods.Select((m, i) => new ScoreLine(m.Key, "", [.. table.Columns.Select(c => Cell(m, c))], Emphasis: i == 0))];
        List<ScoreBlock> blocks = [new("", ours), .. Blocks(evaluated, table, p => evaluated.Backbone is not null || p.Backbone.Length == 0)];
        string note =
            $"In percent{(table.Columns.Any(c => c.Metric.Unit == MetricUnit.Rank) ? ", ranks from 1" : "")}, means of all queries, for families the unweighted mean; the best of ours stands out."
            + (blocks.Count > 1 ? $" Published numbers are as printed. {BenchmarkPublished.Legend}" : "");
        return new(Titled(title, table.Title.Length > 0 ? $"All numbers: {table.Title}" : "All numbers"), note, "method",
            [.. table.Columns.Select(c => c.Group)], [.. table.Columns.Select(c => c.Metric.Name)], blocks);

        ScoreCell Cell(IGrouping<string, ScoreRow> method, ScoreColumn column)
        {
            double? Of(IEnumerable<ScoreRow> of) => of.FirstOrDefault(r => r.Family == column.Family)?.Scores[column.Metric.Key].Mean;
            double? value = Of(method);
            double? best = column.Metric.Unit == MetricUnit.Rank ? methods.Min(m => Of(m)) : methods.Max(m => Of(m));
            return new(ScoreTable.Number(column.Metric, value), methods.Length > 1 && value is not null && value == best);
        }
    }

    /// <summary>Published numbers of a table's columns, a block a backbone.</summary>
    private static List<ScoreBlock> Blocks(EvaluatedBenchmark evaluated, ScoreTable table, Func<PublishedResult, bool> which) =>
    [
        .. evaluated.Result.Published.Where(p => which(p)
            && table.Columns.Any(c => p.Values.ContainsKey((c.Family, c.Metric.Key)))).GroupBy(p => (p.Backbone, p.Split))
            .Select(g => new ScoreBlock(
                $"published{(g.Key.Backbone.Length > 0 ? $", {g.Key.Backbone}" : "")}, {BenchmarkPublished.SplitOf(evaluated, g)}",
                [.. g.Select(p => new ScoreLine(p.Kind == "supervised" ? $"{p.Method} (supervised)" : p.Method, BenchmarkPublished.Origin(p),
                    [.. table.Columns.Select(c => new ScoreCell(BenchmarkPublished.Cell(p, c)))], Quiet: true))])),
    ];

    /// <summary>A panel a family, or a metric where there is one family; and a panel an aspect.</summary>
    private static IEnumerable<BarsSection> Bars(EvaluationResult result, ScoreRow[] rows, string title)
    {
        const string Legend = "In percent, with 95 % intervals (bootstrap over queries).";
        IGrouping<string, ScoreRow>[] methods = [.. result.ByScore(rows)];
        string[] families = ScoreTable.Families(result);
        if (families.Length == 0)
            yield return new(Titled(title, "How sure the numbers are"),
                "Methods are resampled alike: intervals that overlap may still be apart query by query.", Legend,
                [.. result.Metrics.Where(m => m.Unit == MetricUnit.Share).Take(MostPanels).Select(m => Panel(m.Name, ScoreRow.All, m))]);
        else if (families.Length <= MostPanels)
            yield return new(Titled(title, "By family"), $"{result.Metrics[0].Name} of each family and their unweighted mean.", Legend,
                [Panel("mean of families", ScoreRow.All, result.Metrics[0]), .. families.Select(f => Panel(f, f, result.Metrics[0]))]);
        foreach ((string what, IReadOnlyList<(string Label, string Family)> parts, Metric metric) in ScoreTable.Breakdowns(result)
            .Where(b => b.Title == "aspect"))
            yield return new(Titled(title, $"By {what}"), $"{metric.Name} over the queries that carry it; a query may carry several.", Legend,
                [.. parts.Select(p => Panel($"{p.Label} ({rows.First(r => r.Family == p.Family).Queries})", p.Family, metric))]);

        BarPanel Panel(string name, string family, Metric metric) => new(name, [.. methods.Select((m, i) =>
            new Bar(m.Key, m.First(r => r.Family == family).Scores[metric.Key], null,
                i == 0 && methods.Length > 1 ? Emphasis.Subject : Emphasis.None))]);
    }
}
