namespace Cirrus.Evaluation.Reports;

/// <param name="Best">it stands out among its column's.</param>
public sealed record ScoreCell(string Text, bool Best = false);

/// <param name="Mark">small words behind the name: where a number comes from; empty: none.</param>
/// <param name="Quiet">true: of others, for comparison.</param>
public sealed record ScoreLine(string Name, string Mark, IReadOnlyList<ScoreCell> Cells, bool Emphasis = false, bool Quiet = false);

/// <summary>Lines below a heading of their own; an empty heading has no line.</summary>
public sealed record ScoreBlock(string Heading, IReadOnlyList<ScoreLine> Lines);

/// <summary>A table of scores as they are to be read: ours, and published ones below.</summary>
/// <param name="Groups">a name above each column, the same above neighbours that belong together; all empty: none.</param>
/// <param name="Corner">above the names.</param>
public sealed record ScoresSection(string Title, string Note, string Corner, IReadOnlyList<string> Groups,
    IReadOnlyList<string> Columns, IReadOnlyList<ScoreBlock> Blocks)
    : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(Html.Table(Title, " scores"));
        html.WriteLine("<thead>");
        bool grouped = Groups.Any(g => g.Length > 0);
        if (grouped)
        {
            html.Write("<tr><td></td>");
            for (int first = 0, next; first < Groups.Count; first = next)
            {
                for (next = first + 1; next < Groups.Count && Groups[next] == Groups[first]; next++)
                {
                }
                html.Write($"<th scope=\"colgroup\" colspan=\"{next - first}\" class=\"group\">{Html.Text(Groups[first])}</th>");
            }
            html.WriteLine("</tr>");
        }
        html.Write($"<tr><th scope=\"col\">{Html.Text(Corner)}</th>");
        for (int c = 0; c < Columns.Count; c++)
            html.Write($"<th scope=\"col\"{(StartsGroup(grouped, c) ? " class=\"edge\"" : "")}>{Html.Text(Columns[c])}</th>");
        html.WriteLine("</tr>\n</thead>");
        foreach (ScoreBlock block in Blocks)
        {
            html.WriteLine("<tbody>");
            if (block.Heading.Length > 0)
            {
                string heading = $"<th scope=\"rowgroup\" colspan=\"{Columns.Count + 1}\">{Html.Text(block.Heading)}</th>";
                html.WriteLine($"<tr class=\"heading\">{heading}</tr>");
            }
            foreach (ScoreLine line in block.Lines)
                WriteLine(html, line, grouped);
            html.WriteLine("</tbody>");
        }
        html.WriteLine("</table></div>");
    }

    private void WriteLine(TextWriter html, ScoreLine line, bool grouped)
    {
        string kind = line.Emphasis ? " class=\"strong\"" : line.Quiet ? " class=\"quiet\"" : "";
        string mark = line.Mark.Length > 0 ? $"<small>{Html.Text(line.Mark)}</small>" : "";
        html.Write($"<tr{kind}><th scope=\"row\">{Html.Text(line.Name)}{mark}</th>");
        for (int c = 0; c < line.Cells.Count; c++)
        {
            string classes = (line.Cells[c].Best, StartsGroup(grouped, c)) switch
            {
                (true, true) => " class=\"best edge\"",
                (true, false) => " class=\"best\"",
                (false, true) => " class=\"edge\"",
                _ => "",
            };
            html.Write($"<td{classes}>{Html.Text(line.Cells[c].Text)}</td>");
        }
        html.WriteLine("</tr>");
    }

    private bool StartsGroup(bool grouped, int column) => grouped && (column == 0 || Groups[column] != Groups[column - 1]);
}
