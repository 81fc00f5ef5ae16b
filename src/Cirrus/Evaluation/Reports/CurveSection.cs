using System.Text;

namespace Cirrus.Evaluation.Reports;

/// <summary>A value a step, every step thin and its running mean strong.</summary>
public sealed record CurveSection(string Title, string Note, string Unit, IReadOnlyList<float> Values) : ReportSection(Title, Note)
{
    private const double Wide = 720, High = 240, Left = 64, Bottom = 206, Top = 12;
    private const int MostPoints = 720;

    protected override void WriteBody(TextWriter html)
    {
        float[] values = [.. Values.Where(float.IsFinite)];
        if (values.Length < 2)
            return;
        double[] sorted = [.. values.Order().Select(v => (double)v)];
        double high = sorted[^1], low = Math.Max(0, sorted[0] - ((high - sorted[0]) * 0.08));
        double range = Math.Max(high - low, 1e-12);
        html.WriteLine($"<figure class=\"curve\"><svg viewBox=\"0 0 {Wide} {High}\" role=\"img\" aria-label=\"{Html.Text($"{Unit} from {Number(values[0])} to {Number(values[^1])} in {values.Length} steps")}\">");
        for (int tick = 0; tick <= 3; tick++)
        {
            double value = low + (range * tick / 3);
            string y = Html.At(Y(value));
            html.WriteLine($"<path class=\"grid\" d=\"M{Left} {y}H{Wide}\"/><text class=\"name\" x=\"{Left - 10}\" y=\"{Html.At(Y(value) + 4)}\">{Number(value)}</text>");
            double step = (values.Length - 1) * tick / 3.0;
            html.WriteLine($"<text class=\"tick{(tick == 3 ? " last" : "")}\" x=\"{Html.At(X(step))}\" y=\"{High - 12}\">{TextTable.Number(step + 1, "N0")}</text>");
        }
        html.WriteLine($"<path class=\"raw\" d=\"{Line(values)}\"/>\n<path class=\"line\" d=\"{Line(Smooth(values))}\"/>");
        html.WriteLine($"</svg><figcaption>{Html.Text(Unit)} by step</figcaption></figure>");

        double X(double step) => Left + ((Wide - Left) * step / (values.Length - 1));
        double Y(double value) => Bottom - ((Bottom - Top) * (value - low) / range);
        string Line(float[] points)
        {
            StringBuilder path = new();
            int stride = Math.Max(1, points.Length / MostPoints);
            for (int i = 0; i < points.Length; i += stride)
                path.Append(i == 0 ? 'M' : 'L').Append(Html.At(X(i))).Append(' ').Append(Html.At(Y(points[i])));
            return path.ToString();
        }
    }

    /// <summary>The mean of a window around each step.</summary>
    private static float[] Smooth(float[] values)
    {
        int reach = Math.Max(1, values.Length / 50);
        return [.. values.Select((_, i) => values[Math.Max(0, i - reach)..Math.Min(values.Length, i + reach + 1)].Average())];
    }

    private static string Number(double x) => TextTable.Number(x, "G3");
}
