using System.Text.RegularExpressions;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Tests.Evaluation.Reports;

public sealed class ReportTests
{
    [Fact]
    public void Any_section_can_be_added_and_text_stays_text()
    {
        string html = Page(new NoteSection("a < b", "\"quoted\" & noted"));
        Assert.Contains("<h2>a &lt; b</h2>", html, StringComparison.Ordinal);
        Assert.Contains("&quot;quoted&quot; &amp; noted", html, StringComparison.Ordinal);
        Assert.Contains("<p>own body</p>", html, StringComparison.Ordinal);
        Assert.Contains("<dt>model</dt><dd>&lt;tiny&gt;</dd>", html, StringComparison.Ordinal);
        Assert.Contains("<title>T · Cirrus</title>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_of_each_column_that_is_compared_stands_out()
    {
        string html = Page(new TableSection("t", "", ["x", "y", "plain"],
            [new("a", [0.1, null, 0.9], true), new("b", [0.25, 0.3, 0.1], false)], Plain: 1));
        Assert.Contains("<tr class=\"strong\"><th scope=\"row\">a</th><td>10.0</td><td></td><td>90.0</td></tr>", html, StringComparison.Ordinal);
        Assert.Contains("<tr><th scope=\"row\">b</th><td class=\"best\">25.0</td><td class=\"best\">30.0</td><td>10.0</td></tr>",
            html, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_are_as_long_as_their_values_on_one_scale()
    {
        Bar Of(double mean) => new("m", new(mean, 0, mean, mean), null, Emphasis.None);
        string html = Page(new BarsSection("b", "", "", [new("p", [Of(0.1), Of(0.2)]), new("q", [Of(0), Of(0.4)])]));
        double[] ends = [.. Regex.Matches(html, "class=\"bar\" d=\"M104 [0-9.]+H([0-9.]+)").Select(m => double.Parse(m.Groups[1].Value))];
        Assert.Equal([104 + (210 * 0.25), 104 + (210 * 0.5), 104, 314], ends);        // 104 to 314 is 0 to 40 %
        Assert.Contains("aria-label=\"p: m 10.0 %, m 20.0 %\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_names_move_the_bars_and_never_the_scale()
    {
        Bar Of(string name) => new(name, new(0.4, 0, 0.4, 0.4), null, Emphasis.None);
        string html = Page(new BarsSection("b", "", "", [new("p", [Of("a method of a long name"), Of("m")])]));
        Assert.Equal(2, Regex.Count(html, "class=\"bar\" d=\"M157.2 [0-9.]+H314\""));
    }

    [Fact]
    public void Dots_stand_at_their_cost_and_names_do_not_overlap()
    {
        ScatterSeries Of(string name, params double[] cost) =>
            new(name, [.. cost.Select((x, i) => new ScatterPoint(x, new(0.2, 0, 0.1, 0.3), i, $"<{name}>"))]);
        string html = Page(new ScatterSection("s", "", "", "seconds of training", "mAP", [Of("a", 1, 10, 100), Of("b", 1, 10, 100), Of("c", 10)]));
        double[] at = [.. Regex.Matches(html, "<circle cx=\"([0-9.]+)\"").Select(m =>
            double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(7, at.Length);
        Assert.Equal(at[1] - at[0], at[2] - at[1], 0.02);                             // a tenfold cost is the same way everywhere
        Assert.Equal(at[1], at[6]);
        double[] names = [.. Regex.Matches(html, "class=\"tag\" x=\"598\" y=\"([0-9.]+)\"")
            .Select(m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Order()];
        Assert.True(names[1] - names[0] >= 15 && names[2] - names[1] >= 15);
        Assert.Contains("<title>&lt;a&gt;</title>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_and_cells_stay_text()
    {
        Assert.Contains("<li>a &lt; b</li>", Page(new WordsSection("w", "", ["a < b"])), StringComparison.Ordinal);
        Assert.Contains("<tr><th scope=\"row\">m <small class=\"mark-word\">supervised</small></th><td>1 &amp; 2</td></tr>",
            Page(new CellsSection("c", "", ["x"], [new("m", "supervised", ["1 & 2"])])), StringComparison.Ordinal);
    }

    [Fact]
    public void Curves_go_from_the_first_step_to_the_last()
    {
        string html = Page(new CurveSection("c", "", "loss", [0.75f, 0.5f, 0.25f, 0.5f]));
        string raw = Regex.Match(html, "class=\"raw\" d=\"([^\"]+)\"").Groups[1].Value;
        Assert.Equal("M64 24.12L282.67 84.75L501.33 145.38L720 84.75", raw);          // from 0 at 206 to 0.8, the next round number, at 12
        Assert.Contains(">0.2</text>", html, StringComparison.Ordinal);
    }

    [Theory, InlineData(0f), InlineData(3f), InlineData(float.PositiveInfinity)]
    public void Odd_curves_do_no_harm(float value)
    {
        string html = Page(new CurveSection("c", "", "loss", [value, value, value]));
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
    }

    private static string Page(ReportSection section)
    {
        StringWriter html = new();
        new Report("T", "lead", [section], [new("model", "<tiny>")]).Write(html);
        return html.ToString();
    }

    private sealed record NoteSection(string Title, string Note) : ReportSection(Title, Note)
    {
        protected override void WriteBody(TextWriter html) => html.Write("<p>own body</p>");
    }
}
