namespace Cirrus.Evaluation.Reports;

/// <summary>A point of a scatter plot.</summary>
/// <param name="X">above 0: the axis is logarithmic.</param>
/// <param name="Y">a share of 1, with its interval.</param>
/// <param name="Rank">0 for the smallest dot.</param>
/// <param name="Label">what it is, shown on the dot's title.</param>
public sealed record ScatterPoint(double X, Score Y, int Rank, string Label);

/// <summary>Points that belong together, joined by a line in their order and named at the last.</summary>
public sealed record ScatterSeries(string Name, IReadOnlyList<ScatterPoint> Points);

/// <summary>Cost on a logarithmic axis against quality.</summary>
/// <param name="Legend">what dots and whiskers mean.</param>
/// <param name="Across">what the axis across says; seconds get readable ticks.</param>
public sealed record ScatterSection(string Title, string Note, string Legend, string Across, string Up,
    IReadOnlyList<ScatterSeries> Series) : ReportSection(Title, Note)
{
    private const double Wide = 720, High = 380, Left = 56, Right = 590, Bottom = 330, Top = 14, Line = 15;
    private const int Hues = 6;
    private static readonly double[] Steps = [0.01, 0.02, 0.05, 0.1, 0.2];

    protected override void WriteBody(TextWriter html)
    {
        ScatterPoint[] all = [.. Series.SelectMany(s => s.Points)];
        if (all.Length == 0)
            return;
        double least = all.Min(p => p.X), most = Math.Max(all.Max(p => p.X), least * 1.2);
        (double from, double to) = (Math.Log10(least) - 0.08, Math.Log10(most) + 0.08);
        double top = all.Max(p => p.Y.High), step = Steps.FirstOrDefault(s => top / s <= 6, 0.25), high = Math.Ceiling(top / step) * step;
        html.WriteLine($"<p class=\"legend\">{Html.Text(Legend)}</p>");
        html.WriteLine($"<figure class=\"curve\"><svg viewBox=\"0 0 {Wide} {High}\" role=\"img\" aria-label=\"{Html.Text(Describe())}\">");
        for (double y = 0; y <= high + (step / 2); y += step)
            html.WriteLine(
                $"<path class=\"grid\" d=\"M{Left} {Html.At(Y(y))}H{Right}\"/><text class=\"name\" x=\"{Left - 10}\" "
                    + $"y=\"{Html.At(Y(y) + 4)}\">{TextTable.Number(100 * y, "0.#")}</text>");
        foreach (double tick in Ticks(from, to))
            html.WriteLine(
                $"<path class=\"grid\" d=\"M{Html.At(X(tick))} {Top}V{Bottom}\"/><text class=\"tick\" x=\"{Html.At(X(tick))}\" "
                    + $"y=\"{Bottom + 18}\">{Tick(tick)}</text>");
        double[] names = Labels.Spread([.. Series.Select(s => Y(s.Points[^1].Y.Mean))], Bottom, Line);
        for (int i = 0; i < Series.Count; i++)
            Draw(Series[i], i % Hues, names[i]);
        html.WriteLine($"</svg><figcaption>{Html.Text(Up)} by {Html.Text(Across)}</figcaption></figure>");

        double X(double x) => Left + ((Right - 10 - Left) * (Math.Log10(x) - from) / (to - from));
        double Y(double y) => Bottom - ((Bottom - Top) * y / high);
        void Draw(ScatterSeries series, int hue, double name)
        {
            string path = string.Concat(series.Points.Select((p, i) => $"{(i == 0 ? 'M' : 'L')}{Html.At(X(p.X))} {Html.At(Y(p.Y.Mean))}"));
            html.WriteLine($"<g class=\"hue{hue}\"><path class=\"join\" d=\"{path}\"/>");
            foreach (ScatterPoint p in series.Points)
                html.WriteLine($"<path class=\"reach\" d=\"M{Html.At(X(p.X))} {Html.At(Y(p.Y.Low))}V{Html.At(Y(p.Y.High))}\"/>"
                    + $"<circle cx=\"{Html.At(X(p.X))}\" cy=\"{Html.At(Y(p.Y.Mean))}\" "
                    + $"r=\"{4 + (2.5 * p.Rank)}\"><title>{Html.Text(p.Label)}</title></circle>");
            ScatterPoint last = series.Points[^1];
            html.WriteLine(
                $"<path class=\"to-name\" d=\"M{Html.At(X(last.X))} {Html.At(Y(last.Y.Mean))}L{Right + 4} "
                    + $"{Html.At(name)}\"/><text class=\"tag\" x=\"{Right + 8}\" y=\"{Html.At(name + 4)}\">{Html.Text(series.Name)}</text></g>");
        }
    }

    /// <summary>1, 2 and 5 times powers of ten; where these are too few, every small number.</summary>
    private static IEnumerable<double> Ticks(double from, double to)
    {
        double[] steps = to - from > 3 ? [1] : to - from > 0.8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
        for (int power = (int)Math.Floor(from); power <= to; power++)
            foreach (double s in steps)
                if (s * Math.Pow(10, power) is var tick && Math.Log10(tick) >= from && Math.Log10(tick) <= to)
                    yield return tick;
    }

    private string Tick(double x) => Across.Contains("second", StringComparison.Ordinal) && x >= 60
        ? TextTable.Number(x / 60, "0.#") + " min"
        : TextTable.Number(x, "0.###");

    private string Describe() => $"{Up} by {Across}: " + string.Join("; ", Series.Select(s =>
        $"{s.Name} {string.Join(", ", s.Points.Select(p => $"{EvaluationResult.Percent(p.Y.Mean)} % at {TextTable.Number(p.X, "0.##")}"))}"));
}
