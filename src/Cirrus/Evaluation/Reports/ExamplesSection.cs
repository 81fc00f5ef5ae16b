namespace Cirrus.Evaluation.Reports;

/// <summary>How a hit is marked.</summary>
public enum HitKind { Other, Right, Unchanged }

/// <param name="Picture">a data URI; empty: there is none, and the description stands in its place.</param>
/// <param name="Description">what it shows, for those who do not see it.</param>
public sealed record ShownPicture(string Picture, string Description);

public sealed record ShownHit(ShownPicture Picture, HitKind Kind);

/// <summary>The best hits of one method.</summary>
public sealed record ShownRanking(string Method, IReadOnlyList<ShownHit> Hits, bool Emphasis);

/// <summary>A query with the rankings of several methods.</summary>
public sealed record Example(string Family, ShownPicture Reference, string Words, IReadOnlyList<ShownRanking> Rankings);

/// <summary>Example queries: reference and words, then what each method puts first.</summary>
public sealed record ExamplesSection(string Title, string Note, IReadOnlyList<Example> Examples) : ReportSection(Title, Note)
{
    /// <summary>What <see cref="HitKind.Unchanged"/> means here.</summary>
    public string Unchanged { get; init; } = "the reference's own scene, unchanged";

    protected override void WriteBody(TextWriter html)
    {
        html.WriteLine(
            $"<p class=\"legend\"><i class=\"key right\"></i> right <i class=\"key unchanged\"></i> {Unchanged} <i class=\"key\"></i> neither</p>");
        foreach (Example e in Examples)
        {
            html.WriteLine(
                $"<article>\n<div class=\"query\">{Image(e.Reference)}<p><small>{Html.Text(e.Family)}</small>{Html.Text(e.Words)}</p></div>\n<div class=\"rankings\">");
            foreach (ShownRanking ranking in e.Rankings)
                WriteRanking(html, ranking);
            html.WriteLine("</div>\n</article>");
        }
    }

    private static void WriteRanking(TextWriter html, ShownRanking ranking)
    {
        html.WriteLine($"<div class=\"ranking{(ranking.Emphasis ? " strong" : "")}\"><h3>{Html.Text(ranking.Method)}</h3><ol>");
        foreach (ShownHit hit in ranking.Hits)
        {
            (string kind, string mark) = hit.Kind switch
            {
                HitKind.Right => (" class=\"right\"", "✓"),
                HitKind.Unchanged => (" class=\"unchanged\"", "="),
                _ => ("", ""),
            };
            html.WriteLine($"<li{kind}>{Image(hit.Picture)}{(mark.Length > 0 ? $"<b>{mark}</b>" : "")}</li>");
        }
        html.WriteLine("</ol></div>");
    }

    private static string Image(ShownPicture p) => p.Picture.Length == 0 ? $"<span class=\"id\">{Html.Text(p.Description)}</span>" :
        $"<img src=\"{Html.Text(p.Picture)}\" alt=\"{Html.Text(p.Description)}\" title=\"{Html.Text(p.Description)}\" width=\"128\" height=\"128\">";
}
