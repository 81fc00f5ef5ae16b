namespace Cirrus.Gallery;

/// <summary>How far up chance alone brings pictures of a gallery for one query (<c>--cut auto</c>).</summary>
/// <remarks>
/// Most pictures have nothing to do with a query. Their scores, taken as normal around the median with a spread of 1.4826 times the
/// median distance from it (neither of which the few right answers move), have an expected largest of N values; what scores less is
/// no better than the best of unrelated pictures. Cosines of CLIP have no fixed meaning, so no fixed score could do this.
/// </remarks>
public static class NoiseLevel
{
    private const int Fewest = 32;

    /// <param name="sample">scores of rows spread evenly over the gallery; sorted by this.</param>
    /// <param name="pictures">N.</param>
    /// <returns>null when there are too few to say, or they are all alike.</returns>
    public static float? Of(float[] sample, long pictures)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Length < Fewest)
            return null;
        float middle = Median(sample);
        float[] distances = [.. sample.Select(s => MathF.Abs(s - middle))];
        float spread = 1.4826f * Median(distances);
        return float.IsFinite(middle) && spread > 0 ? middle + (spread * (float)LargestOf(pictures)) : null;
    }

    /// <summary>Where the largest of N standard normal values is expected (Cramér 1946, 28.6).</summary>
    private static double LargestOf(long n)
    {
        double root = Math.Sqrt(2 * Math.Log(n));
        return root - ((Math.Log(Math.Log(n)) + Math.Log(4 * Math.PI)) / (2 * root));
    }

    private static float Median(float[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
