namespace Cirrus.Evaluation.Reports;

/// <summary>A number that stands for itself.</summary>
public sealed record Figure(string Value, string Label, string Note = "");

/// <summary>The few numbers to take home.</summary>
public sealed record FiguresSection(IReadOnlyList<Figure> Figures) : ReportSection("", "")
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine("<div class=\"figures\">");
        foreach (Figure f in Figures)
            html.WriteLine($"<div><strong>{Html.Text(f.Value)}</strong><span>{Html.Text(f.Label)}</span><small>{Html.Text(f.Note)}</small></div>");
        html.WriteLine("</div>");
    }
}
