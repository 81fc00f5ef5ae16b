namespace Cirrus.Evaluation.Reports;

/// <summary>A heading and a paragraph.</summary>
public sealed record NoteSection(string Title, string Note) : ReportSection(Title, Note)
{
    protected override void WriteBody(TextWriter html)
    {
    }
}
