namespace Cirrus.Gallery;

/// <summary>Where the scores of one query stop meaning anything (<c>--cut auto</c>).</summary>
/// <param name="Middle">the score of most pictures of the index, which have nothing to do with the query.</param>
/// <param name="Chance">how far up chance alone brings one of them.</param>
/// <remarks>
/// The scores of unrelated pictures, taken as normal around the median with a spread of 1.4826 times the median distance from it
/// (neither of which the few right answers move), have an expected largest of N values. Cosines of CLIP have no fixed meaning, so no
/// fixed score could do this.
/// </remarks>
public readonly record struct NoiseLevel(float Middle, float Chance)
{
    private const int Fewest = 32;

    /// <summary>Chosen on drawn galleries, where answers are known (docs/log.md).</summary>
    private const float Near = 0.8f;

    /// <summary>Hits below this are no better than chance, or clearly weaker than the best; the best itself never is.</summary>
    /// <remarks>
    /// In a gallery whose pictures are all of one sort every picture shares something with every query: the spread is then that of
    /// half-right answers, and chance lies above the best. So what comes near the best, four fifths of the way from the middle, is kept.
    /// </remarks>
    public float CutAt(float best) => MathF.Min(best, MathF.Min(Chance, Middle + (Near * (best - Middle))));

    /// <param name="sample">scores of rows spread evenly over the gallery; sorted by this.</param>
    /// <param name="pictures">N.</param>
    /// <returns>null when there are too few to say, or they are all alike.</returns>
    public static NoiseLevel? Of(float[] sample, long pictures)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Length < Fewest)
            return null;
        float middle = Median(sample);
        float[] distances = [.. sample.Select(s => MathF.Abs(s - middle))];
        float spread = 1.4826f * Median(distances);
        return float.IsFinite(middle) && spread > 0 ? new(middle, middle + (spread * (float)LargestOf(pictures))) : null;
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
