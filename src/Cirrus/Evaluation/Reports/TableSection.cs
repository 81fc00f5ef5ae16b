namespace Cirrus.Evaluation.Reports;

/// <summary>A row of cells; null is an empty one.</summary>
public sealed record TableRow(string Name, IReadOnlyList<double?> Cells, bool Emphasis);

/// <summary>A table of shares in percent; the best of each column stands out.</summary>
/// <param name="Plain">how many columns at the end are not compared: they are printed as they are, without a best.</param>
public sealed record TableSection(string Title, string Note, IReadOnlyList<string> Columns, IReadOnlyList<TableRow> Rows,
    int Plain = 0)
    : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(Html.Table(Title));
        html.WriteLine(Html.Head(Columns.Prepend("method")));
        double?[] best = [.. Columns.Select((_, c) => c < Columns.Count - Plain ? Rows.Max(r => r.Cells[c]) : null)];
        foreach (TableRow row in Rows)
        {
            html.Write($"<tr{(row.Emphasis ? " class=\"strong\"" : "")}><th scope=\"row\">{Html.Text(row.Name)}</th>");
            for (int c = 0; c < Columns.Count; c++)
            {
                string kind = row.Cells[c] is double v && v == best[c] ? " class=\"best\"" : "";
                html.Write($"<td{kind}>{EvaluationResult.Percent(row.Cells[c])}</td>");
            }
            html.WriteLine("</tr>");
        }
        html.WriteLine("</tbody></table></div>");
    }
}
