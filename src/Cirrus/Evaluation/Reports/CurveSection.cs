using System.Text;

namespace Cirrus.Evaluation.Reports;

/// <summary>A value a step, every step thin and its running mean strong.</summary>
public sealed record CurveSection(string Title, string Note, string Unit, IReadOnlyList<float> Values)
    : ReportSection(Title, Note)
{
    private const double Wide = 720, High = 240, Left = 64, Bottom = 206, Top = 12;
    private const int MostPoints = 720;

    protected override void WriteBody(TextWriter html)
    {
        float[] values = [.. Values.Where(float.IsFinite)];
        if (values.Length < 2)
            return;
        double lowest = values.Min(), highest = Math.Max(values.Max(), lowest + 1e-6);
        double step = RoundStep((highest - Math.Min(lowest, 0)) / 4);
        double low = lowest >= 0 ? 0 : Math.Floor(lowest / step) * step, high = Math.Ceiling(highest / step) * step;
        html.WriteLine(
            $"<figure class=\"curve\"><svg viewBox=\"0 0 {Wide} {High}\" role=\"img\" "
                + $"aria-label=\"{Html.Text($"{Unit} from {Number(values[0])} to {Number(values[^1])} in {values.Length} steps")}\">");
        for (double value = low; value <= high + (step / 2); value += step)
            html.WriteLine($"<path class=\"grid\" d=\"M{Left} {Html.At(Y(value))}H{Wide}\"/>"
                + $"<text class=\"name\" x=\"{Left - 10}\" y=\"{Html.At(Y(value) + 4)}\">{Number(value)}</text>");
        double stride = Math.Max(1, RoundStep(values.Length / 4.0));
        for (double at = stride; at <= values.Length; at += stride)
            html.WriteLine(
                $"<text class=\"tick{(at == values.Length ? " last" : "")}\" x=\"{Html.At(X(at - 1))}\" "
                    + $"y=\"{High - 12}\">{TextTable.Number(at, "N0")}</text>");
        html.WriteLine($"<path class=\"raw\" d=\"{Line(values)}\"/>\n<path class=\"line\" d=\"{Line(Smooth(values))}\"/>");
        html.WriteLine($"</svg><figcaption>{Html.Text(Unit)} by step</figcaption></figure>");

        double X(double index) => Left + ((Wide - Left) * index / (values.Length - 1));
        double Y(double value) => Bottom - ((Bottom - Top) * (value - low) / (high - low));
        string Line(float[] points)
        {
            StringBuilder path = new();
            int every = Math.Max(1, points.Length / MostPoints);
            for (int i = 0; i < points.Length; i += every)
                path.Append(i == 0 ? 'M' : 'L').Append(Html.At(X(i))).Append(' ').Append(Html.At(Y(points[i])));
            return path.ToString();
        }
    }

    /// <summary>1, 2 or 5 times a power of ten, at least <paramref name="wanted"/>.</summary>
    private static double RoundStep(double wanted)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        return power * (wanted <= power ? 1 : wanted <= 2 * power ? 2 : wanted <= 5 * power ? 5 : 10);
    }

    /// <summary>The mean of a window around each step.</summary>
    private static float[] Smooth(float[] values)
    {
        int reach = Math.Max(1, values.Length / 50);
        return [.. values.Select((_, i) => values[Math.Max(0, i - reach)..Math.Min(values.Length, i + reach + 1)].Average())];
    }

    private static string Number(double x) => TextTable.Number(x, "G3");
}
