namespace Cirrus.Evaluation.Reports;

/// <summary>Paragraphs that say what the numbers say.</summary>
public sealed record WordsSection(string Title, string Note, IReadOnlyList<string> Paragraphs) : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine("<ul class=\"words\">");
        foreach (string paragraph in Paragraphs)
            html.WriteLine($"<li>{Html.Text(paragraph)}</li>");
        html.WriteLine("</ul>");
    }
}
