namespace Cirrus.Methods.CompoDiff;

/// <summary>T5's buckets of causal distances: exact for the near half, then ever wider (Raffel et al., JMLR 2020).</summary>
internal static class RelativePositions
{
    private const int Furthest = 128;

    /// <summary>The bucket of a key <paramref name="distance"/> positions before its query; keys behind it have 0.</summary>
    /// <remarks>In float32, as published: its logarithm decides at the edges.</remarks>
    public static int Bucket(int distance)
    {
        const int exact = DenoiserSizes.Buckets / 2;
        if (distance < exact)
            return Math.Max(0, distance);
        float share = MathF.Log(distance / (float)exact) / MathF.Log(Furthest / exact);
        return Math.Min(DenoiserSizes.Buckets - 1, exact + (int)(share * (DenoiserSizes.Buckets - exact)));
    }

    /// <summary>
    /// Where in the table [Buckets, heads], seen as one column, the bias of (query i, head h, key j) stands; j counts
    /// the null key.
    /// </summary>
    public static int[] Places(int queries, int keys, int heads) =>
        [.. Enumerable.Range(0, queries * heads * keys).Select(n => (Bucket((n / heads / keys) - (n % keys)) * heads) + (n / keys % heads))];
}
