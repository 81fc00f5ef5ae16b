namespace Cirrus.Evaluation.Reports;

/// <summary>A row of texts as they are to be read.</summary>
/// <param name="Mark">a word behind the name that sets the row apart; empty: none.</param>
public sealed record CellsRow(string Name, string Mark, IReadOnlyList<string> Cells);

/// <summary>A table of texts, for what is not a share: times, sizes, kinds.</summary>
public sealed record CellsSection(string Title, string Note, IReadOnlyList<string> Columns, IReadOnlyList<CellsRow> Rows)
    : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(Html.Table(Title));
        html.WriteLine(Html.Head(Columns.Prepend("method")));
        foreach (CellsRow row in Rows)
        {
            string mark = row.Mark.Length > 0 ? $" <small class=\"mark-word\">{Html.Text(row.Mark)}</small>" : "";
            html.Write($"<tr><th scope=\"row\">{Html.Text(row.Name)}{mark}</th>");
            foreach (string cell in row.Cells)
                html.Write($"<td>{Html.Text(cell)}</td>");
            html.WriteLine("</tr>");
        }
        html.WriteLine("</tbody></table></div>");
    }
}
