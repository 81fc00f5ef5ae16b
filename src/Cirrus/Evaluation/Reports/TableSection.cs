namespace Cirrus.Evaluation.Reports;

/// <summary>A row of cells; null is an empty one.</summary>
public sealed record TableRow(string Name, IReadOnlyList<double?> Cells, bool Emphasis);

/// <summary>A table of shares in percent; the best of each column stands out.</summary>
/// <param name="Plain">how many columns at the end are not compared: they are printed as they are, without a best.</param>
public sealed record TableSection(string Title, string Note, IReadOnlyList<string> Columns, IReadOnlyList<TableRow> Rows,
    int Plain = 0) : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(
            $"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{Html.Text(Title)}\"><table>\n<thead><tr><th "
                + $"scope=\"col\">method</th>");
        foreach (string column in Columns)
            html.WriteLine($"<th scope=\"col\">{Html.Text(column)}</th>");
        html.WriteLine("</tr></thead>\n<tbody>");
        double?[] best = [.. Columns.Select((_, c) => c < Columns.Count - Plain ? Rows.Max(r => r.Cells[c]) : null)];
        foreach (TableRow row in Rows)
        {
            html.Write($"<tr{(row.Emphasis ? " class=\"strong\"" : "")}><th scope=\"row\">{Html.Text(row.Name)}</th>");
            for (int c = 0; c < Columns.Count; c++)
                html.Write($"<td{(row.Cells[c] is double v && v == best[c] ? " class=\"best\"" : "")}>{EvaluationResult.Percent(row.Cells[c])}</td>");
            html.WriteLine("</tr>");
        }
        html.WriteLine("</tbody></table></div>");
    }
}
