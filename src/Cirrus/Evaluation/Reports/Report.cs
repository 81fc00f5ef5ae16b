using System.Globalization;
using System.Net;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Reports;

/// <summary>
/// One self-contained HTML page: no script, no request to anywhere; light and dark by the system, readable on a phone.
/// </summary>
/// <param name="Lead">what was found, in a sentence or two.</param>
/// <param name="Sections">in order; anyone may add their own kind.</param>
/// <param name="Facts">what made the numbers, at the foot.</param>
public sealed record Report(string Title, string Lead, IReadOnlyList<ReportSection> Sections,
    IReadOnlyList<KeyValuePair<string, string>> Facts)
{
    /// <summary>Writes the page to a file.</summary>
    /// <exception cref="CirrusException">The file cannot be written.</exception>
    public void Save(string path) => ResultFile.Write(path, Write);

    public void Write(TextWriter html)
    {
        html.WriteLine($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Html.Text(Title)} · Cirrus</title>
            <style>
            {Html.Style}</style>
            </head>
            <body>
            <header>
            <p class="mark">Cirrus</p>
            <h1>{Html.Text(Title)}</h1>
            <p class="lead">{Html.Text(Lead)}</p>
            </header>
            <main>
            """);
        foreach (ReportSection section in Sections)
            section.Write(html);
        html.WriteLine("</main>\n<footer>\n<h2>How these numbers were made</h2>\n<dl>");
        foreach ((string name, string value) in Facts)
            html.WriteLine($"<div><dt>{Html.Text(name)}</dt><dd>{Html.Text(value)}</dd></div>");
        html.WriteLine("</dl>\n</footer>\n</body>\n</html>");
    }
}

/// <summary>A part of a report: a heading, a note for the reader, and what a kind of section shows.</summary>
public abstract record ReportSection(string Title, string Note)
{
    internal void Write(TextWriter html)
    {
        html.WriteLine("<section>");
        if (Title.Length > 0)
            html.WriteLine($"<h2>{Html.Text(Title)}</h2>");
        if (Note.Length > 0)
            html.WriteLine($"<p class=\"note\">{Html.Text(Note)}</p>");
        WriteBody(html);
        html.WriteLine("</section>");
    }

    /// <summary>Writes what stands below heading and note.</summary>
    protected abstract void WriteBody(TextWriter html);
}

/// <summary>Text and numbers as HTML.</summary>
internal static class Html
{
    public static string Style { get; } = ReadStyle();

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Begins a table that scrolls sideways, by finger and by key.</summary>
    /// <param name="kind">a class of its own, with a space before it.</param>
    public static string Table(string title, string kind = "") =>
        $"<div class=\"scroll{kind}\" role=\"region\" tabindex=\"0\" aria-label=\"{Text(title)}\"><table>";

    /// <summary>The head of a table that has one row, and the beginning of its body.</summary>
    public static string Head(IEnumerable<string> columns) =>
        $"<thead><tr>{string.Join('\n', columns.Select(c => $"<th scope=\"col\">{Text(c)}</th>"))}\n</tr></thead>\n<tbody>";

    /// <summary>A coordinate, with a point whatever the culture.</summary>
    public static string At(double x) => Math.Round(x, 2).ToString(CultureInfo.InvariantCulture);

    private static string ReadStyle()
    {
        using StreamReader reader = new(typeof(Html).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }
}
