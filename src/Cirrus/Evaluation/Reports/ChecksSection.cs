namespace Cirrus.Evaluation.Reports;

/// <summary>A ratio in each column, and the bar it is held against; no bar: for information.</summary>
public sealed record Check(string Name, string Note, IReadOnlyList<double> Values, double? Bar)
{
    /// <summary>
    /// A ratio with two decimals, or with four where two would hide that it is below its bar; a dash for what is
    /// divided by nothing.
    /// </summary>
    internal static string Text(double ratio, double? bar)
    {
        if (!double.IsFinite(ratio))
            return "–";
        bool hidden = ratio < bar && Math.Round(ratio, 2) >= bar;
        return TextTable.Number(ratio, hidden ? "0.0000" : "0.00");
    }
}

/// <summary>Ratios against their bars: what holds and what does not.</summary>
public sealed record ChecksSection(string Title, string Note, IReadOnlyList<string> Columns, IReadOnlyList<Check> Checks)
    : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(Html.Table(Title, " checks"));
        html.WriteLine(Html.Head(["", .. Columns, "bar"]));
        foreach (Check check in Checks)
        {
            html.Write($"<tr><th scope=\"row\">{Html.Text(check.Name)}<small>{Html.Text(check.Note)}</small></th>");
            foreach (double value in check.Values)
                html.Write(Cell(value, check.Bar));
            html.WriteLine($"<td>{(check.Bar is double bar ? Ratio(bar, null) : "none")}</td></tr>");
        }
        html.WriteLine("</tbody></table></div>");
    }

    private static string Cell(double value, double? bar)
    {
        if (bar is null)
            return $"<td>{Ratio(value, null)}</td>";
        string word = value >= bar ? "holds" : "misses";
        return $"<td class=\"{word}\">{Ratio(value, bar)}<b>{word}</b></td>";
    }

    private static string Ratio(double value, double? bar) => Check.Text(value, bar) + "×";
}
