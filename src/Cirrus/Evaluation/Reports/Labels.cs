namespace Cirrus.Evaluation.Reports;

/// <summary>Names beside the ends of lines.</summary>
internal static class Labels
{
    /// <summary>Moves heights apart until a line of text fits between each two.</summary>
    /// <param name="bottom">the lowest height that is allowed, unless there are too many.</param>
    public static double[] Spread(double[] wanted, double bottom, double line)
    {
        double[] placed = [.. wanted];
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        for (int k = 1; k < order.Length; k++)
            placed[order[k]] = Math.Max(placed[order[k]], placed[order[k - 1]] + line);
        double over = order.Length > 0 ? placed[order[^1]] - bottom : 0;
        for (int k = order.Length - 1; k >= 0 && over > 0; k--)
            placed[order[k]] = Math.Min(placed[order[k]], k == order.Length - 1 ? bottom : placed[order[k + 1]] - line);
        return placed;
    }
}
