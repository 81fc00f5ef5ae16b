namespace Cirrus.Evaluation.Reports;

/// <summary>How much a method stands out: the report's subject, a variant of it, or one of the rest.</summary>
public enum Emphasis { None, Kin, Subject }

/// <summary>A bar of a panel; all values are shares of 1.</summary>
/// <param name="Ring">a second value, drawn as a ring on the bar's line; null: none.</param>
public sealed record Bar(string Name, Score Value, double? Ring, Emphasis Emphasis);

public sealed record BarPanel(string Title, IReadOnlyList<Bar> Bars);

/// <summary>Small multiples of horizontal bars on one scale, a whisker for the interval.</summary>
/// <param name="Legend">what bar, whisker and ring mean.</param>
public sealed record BarsSection(string Title, string Note, string Legend, IReadOnlyList<BarPanel> Panels)
    : ReportSection(Title, Note)
{
    private const double Wide = 360, Narrowest = 104, Letter = 6.4, StrongLetter = 7.4, Right = 314, Step = 24, Top = 8;
    private static readonly double[] Scales = [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1];

    protected override void WriteBody(TextWriter html)
    {
        Bar[] bars = [.. Panels.SelectMany(p => p.Bars)];
        double most = bars.SelectMany(b => new[] { b.Value.Mean, b.Value.High, b.Ring ?? 0 }).DefaultIfEmpty().Max();
        double longest = bars.Select(b => 10 + ((b.Emphasis == Emphasis.Subject ? StrongLetter : Letter) * b.Name.Length))
            .Append(Narrowest).Max();
        double left = Math.Min(longest, Wide / 2);
        double scale = Scales.FirstOrDefault(s => s >= most, 1);
        html.WriteLine($"<p class=\"legend\">{Html.Text(Legend)}</p>\n<div class=\"panels\">");
        foreach (BarPanel panel in Panels)
            WritePanel(html, panel, left, scale);
        html.WriteLine("</div>");
    }

    private static void WritePanel(TextWriter html, BarPanel panel, double left, double scale)
    {
        double bottom = Top + (panel.Bars.Count * Step);
        html.WriteLine($"<figure><figcaption>{Html.Text(panel.Title)}</figcaption>");
        html.WriteLine($"<svg viewBox=\"0 0 {Wide} {Html.At(bottom + 20)}\" role=\"img\" aria-label=\"{Html.Text(Describe(panel))}\">");
        for (int tick = 0; tick <= 2; tick++)
        {
            string x = Html.At(X(scale * tick / 2, left, scale));
            html.WriteLine(
                $"<path class=\"grid\" d=\"M{x} {Top}V{Html.At(bottom)}\"/><text class=\"tick\" x=\"{x}\" "
                    + $"y=\"{Html.At(bottom + 15)}\">{TextTable.Number(50 * scale * tick, "0.#")}</text>");
        }
        for (int i = 0; i < panel.Bars.Count; i++)
            WriteBar(html, panel.Bars[i], Top + (i * Step) + (Step / 2), left, scale);
        html.WriteLine("</svg></figure>");
    }

    private static void WriteBar(TextWriter html, Bar bar, double y, double left, double scale)
    {
        string middle = Html.At(y), weight = bar.Emphasis == Emphasis.Subject ? " strong" : "";
        string kind = bar.Emphasis switch { Emphasis.Subject => "bar strong", Emphasis.Kin => "bar kin", _ => "bar" };
        string At(double share) => Html.At(X(share, left, scale));
        string below = Html.At(y + 4), percent = EvaluationResult.Percent(bar.Value.Mean);
        html.WriteLine($"<text class=\"name{weight}\" x=\"{Html.At(left - 10)}\" y=\"{below}\">{Html.Text(bar.Name)}</text>");
        html.WriteLine($"<path class=\"{kind}\" d=\"M{Html.At(left)} {middle}H{At(bar.Value.Mean)}\"/>");
        html.WriteLine($"<path class=\"whisker\" d=\"M{At(bar.Value.Low)} {middle}H{At(bar.Value.High)}\"/>");
        if (bar.Ring is double ring)
            html.WriteLine($"<circle class=\"ring\" cx=\"{At(ring)}\" cy=\"{middle}\" r=\"4\"/>");
        html.WriteLine($"<text class=\"value{weight}\" x=\"{Wide}\" y=\"{below}\">{percent}</text>");
    }

    private static double X(double value, double left, double scale) => left + ((Right - left) * Math.Clamp(value / scale, 0, 1));

    private static string Describe(BarPanel panel) =>
        $"{panel.Title}: {string.Join(", ", panel.Bars.Select(b => $"{b.Name} {EvaluationResult.Percent(b.Value.Mean)} %"))}";
}
