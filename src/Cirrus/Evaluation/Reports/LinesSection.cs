using System.Text;

namespace Cirrus.Evaluation.Reports;

/// <summary>A line of shares, one for each whole number from 1.</summary>
public sealed record Line(string Name, IReadOnlyList<double> Values);

/// <summary>Shares by a whole number, K of the first K for one: a line a method, named at its end.</summary>
/// <param name="Across">what the numbers are.</param>
/// <param name="Up">what the shares are.</param>
public sealed record LinesSection(string Title, string Note, string Across, string Up, IReadOnlyList<Line> Lines)
    : ReportSection(Title, Note)
{
    private const double Wide = 720, High = 360, Left = 56, Right = 590, Bottom = 310, Top = 14, Letters = 15;
    private const int Hues = 6;
    private static readonly double[] Steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

    protected override void WriteBody(TextWriter html)
    {
        int most = Lines.Max(l => l.Values.Count);
        double top = Math.Max(Lines.Max(l => l.Values.Max()), 1e-6), step = Steps.FirstOrDefault(s => top / s <= 6, 0.25),
            high = Math.Ceiling((top / step) - 1e-9) * step;
        html.WriteLine($"<figure class=\"curve\"><svg viewBox=\"0 0 {Wide} {High}\" role=\"img\" aria-label=\"{Html.Text(Describe())}\">");
        for (int tick = 0; tick * step <= high + (step / 2); tick++)
            html.WriteLine(
                $"<path class=\"grid\" d=\"M{Left} {Html.At(Y(tick * step))}H{Right}\"/><text class=\"name\" x=\"{Left - 10}\" "
                    + $"y=\"{Html.At(Y(tick * step) + 4)}\">{TextTable.Number(100 * tick * step, "0.##")}</text>");
        foreach (int k in Ticks(most))
            html.WriteLine($"<text class=\"tick\" x=\"{Html.At(X(k))}\" y=\"{Bottom + 18}\">{TextTable.Number(k, "0")}</text>");
        double[] names = Labels.Spread([.. Lines.Select(l => Y(l.Values[^1]))], Bottom, Letters);
        for (int i = 0; i < Lines.Count; i++)
        {
            Line line = Lines[i];
            StringBuilder path = new();
            for (int k = 0; k < line.Values.Count; k++)
                path.Append(k == 0 ? 'M' : 'L').Append(Html.At(X(k + 1))).Append(' ').Append(Html.At(Y(line.Values[k])));
            string x = Html.At(X(line.Values.Count)), y = Html.At(Y(line.Values[^1]));
            html.WriteLine($"<g class=\"hue{i % Hues}\"><path class=\"join\" d=\"{path}\"/>"
                + $"<path class=\"to-name\" d=\"M{x} {y}L{Right + 4} {Html.At(names[i])}\"/>"
                + $"<text class=\"tag\" x=\"{Right + 8}\" y=\"{Html.At(names[i] + 4)}\">{Html.Text(line.Name)}</text></g>");
        }
        html.WriteLine($"</svg><figcaption>{Html.Text(Up)} by {Html.Text(Across)}</figcaption></figure>");

        double X(int k) => most == 1 ? Left : Left + ((Right - Left) * (k - 1) / (most - 1.0));
        double Y(double value) => Bottom - ((Bottom - Top) * value / high);
    }

    private static IEnumerable<int> Ticks(int most)
    {
        int step = most <= 16 ? 1 : most <= 60 ? 10 : 50;
        return Enumerable.Range(1, most).Where(k => k == 1 || k % step == 0);
    }

    private string Describe() => $"{Up} by {Across}: {string.Join("; ", Lines.Select(Describe))}";

    private static string Describe(Line line)
    {
        (string first, string last) = (EvaluationResult.Percent(line.Values[0]), EvaluationResult.Percent(line.Values[^1]));
        return $"{line.Name} from {first} % at 1 to {last} % at {line.Values.Count}";
    }
}
