using System.Globalization;
using System.Text;

namespace Cirrus.Training;

/// <summary>A run's losses as one line of block characters.</summary>
public static class LossCurve
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>Means of equal stretches of the run, lowest to highest over eight heights, with first and last value.</summary>
    /// <returns>"0.577 █▆▄▂▁▁ 0.102"; empty when there is no loss.</returns>
    public static string Draw(IReadOnlyList<float> losses, int width = 60)
    {
        if (losses.Count == 0)
            return "";
        int columns = Math.Min(width, losses.Count);
        double[] means = new double[columns];
        for (int c = 0; c < columns; c++)
        {
            int from = (int)((long)c * losses.Count / columns), to = (int)((long)(c + 1) * losses.Count / columns);
            for (int i = from; i < to; i++)
                means[c] += losses[i] / (double)(to - from);
        }
        double low = means.Min(), range = Math.Max(means.Max() - low, double.Epsilon);
        StringBuilder line = new(Number(means[0]) + " ");
        foreach (double mean in means)
            line.Append(double.IsFinite(mean) ? Blocks[Math.Clamp((int)((mean - low) / range * Blocks.Length), 0, Blocks.Length - 1)] : '?');
        return line.Append(' ').Append(Number(means[^1])).ToString();
    }

    private static string Number(double x) => x.ToString("G4", CultureInfo.InvariantCulture);
}
