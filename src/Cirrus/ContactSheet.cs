using System.Globalization;
using System.Net;
using System.Text;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>An answer as one HTML page with small pictures in it: nothing is loaded from elsewhere.</summary>
public static class ContactSheet
{
    private const int Side = 256;

    private const string Style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#1c2733;background:#fafbfc}
        h1{font-size:1.3rem;margin:0}p{margin:.2rem 0 1.4rem;color:#5b6875}
        .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:1rem}
        figure{margin:0;background:#fff;border:1px solid #e1e6eb;border-radius:8px;overflow:hidden}
        figure.query{border:2px solid #2a6fdb}img{width:100%;aspect-ratio:1;object-fit:contain;background:#eef1f4;display:block}
        figcaption{padding:.45rem .6rem;font-size:.82rem;overflow-wrap:anywhere}b{font-weight:600}
        @media(prefers-color-scheme:dark){body{background:#14191f;color:#dbe2e8}figure{background:#1c232b;border-color:#2d3742}img{background:#11161b}p{color:#94a1ad}}
        """;

    /// <param name="query">what was asked, for people.</param>
    /// <param name="pictures">the query's own pictures, files.</param>
    public static string Html(string query, IReadOnlyList<string> pictures, SearchAnswer answer)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{Text(query)}}</title>
            <style>
            {{Style}}
            </style></head><body>
            <h1>{{Text(query)}}</h1><p>{{Text(answer.Method)}}{{(answer.Prompt.Length > 0 ? $": “{Text(answer.Prompt)}”" : "")}}; {{answer.Searched:N0}} pictures searched</p>
            <div class="grid">
            """);
        foreach (string picture in pictures)
            Figure(page, "query", picture, "the picture asked with");
        foreach (SearchHit hit in answer.Hits)
            Figure(page, "", hit.FullPath, string.Create(CultureInfo.InvariantCulture, $"<b>{hit.Rank}</b> · {hit.Score:F3} · {Text(hit.Path)}"));
        return page.Append("</div></body></html>\n").ToString();
    }

    private static void Figure(StringBuilder page, string kind, string file, string caption)
    {
        string image;
        try
        {
            Picture p = ImageFile.Decode(PictureInput.ReadBytes(new(file)), file, Orientation.Exif).ToRgb();
            double scale = Math.Min(1, (double)Side / Math.Max(p.Width, p.Height));
            Picture small = Resample.Bicubic(p, Math.Max(1, (int)Math.Round(p.Width * scale)), Math.Max(1, (int)Math.Round(p.Height * scale)));
            image = $"<a href=\"{Text(new Uri(Path.GetFullPath(file)).AbsoluteUri)}\"><img alt=\"\" "
                + $"src=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageFile.EncodeJpeg(small))}\"></a>";
        }
        catch (CirrusException e)
        {
            image = $"<p>{Text(e.Message)}</p>";
        }
        page.Append(CultureInfo.InvariantCulture, $"<figure class=\"{kind}\">{image}<figcaption>{caption}</figcaption></figure>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
