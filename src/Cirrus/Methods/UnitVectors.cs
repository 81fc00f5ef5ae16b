namespace Cirrus.Methods;

/// <summary>Arithmetic on unit vectors; lengths are summed in double.</summary>
internal static class UnitVectors
{
    /// <summary>How much of a term to avoid is subtracted from a query.</summary>
    public const float AvoidShare = 0.5f;

    /// <summary>norm(x): x / max(‖x‖₂, 1e-12).</summary>
    public static float[] Normalize(ReadOnlySpan<float> x)
    {
        double square = 0;
        foreach (float v in x)
            square += (double)v * v;
        double norm = Math.Max(Math.Sqrt(square), 1e-12);
        float[] unit = new float[x.Length];
        for (int i = 0; i < unit.Length; i++)
            unit[i] = (float)(x[i] / norm);
        return unit;
    }

    /// <summary>norm(mean of norm(x)), each with its share; null: equal shares.</summary>
    public static float[] Mean(IEnumerable<float[]> vectors, IReadOnlyList<float>? shares = null)
    {
        float[]? sum = null;
        int at = 0;
        foreach (float[] x in vectors)
        {
            float[] unit = Normalize(x);
            float share = shares?[at++] ?? 1;
            sum ??= new float[unit.Length];
            for (int i = 0; i < sum.Length; i++)
                sum[i] += share * unit[i];
        }
        return Normalize(sum ?? throw new ArgumentException("There is no vector to take the mean of."));
    }

    /// <summary>The mean row of [N, P] values as they are.</summary>
    public static float[] MeanRow(ReadOnlySpan<float> rows, int p)
    {
        double[] sum = new double[p];
        for (int at = 0; at < rows.Length; at += p)
            for (int i = 0; i < p; i++)
                sum[i] += rows[at + i];
        int count = Math.Max(rows.Length / p, 1);
        return [.. sum.Select(s => (float)(s / count))];
    }

    /// <summary>norm(mean of norm(x)) of rows of p numbers laid end to end.</summary>
    public static float[] Mean(ReadOnlyMemory<float> rows, int p) =>
        Mean(Enumerable.Range(0, rows.Length / p).Select(r => rows.Slice(r * p, p).ToArray()));

    /// <summary>norm(a·x + b·y).</summary>
    public static float[] Blend(float[] x, float a, float[] y, float b)
    {
        float[] sum = new float[x.Length];
        for (int i = 0; i < sum.Length; i++)
            sum[i] = (a * x[i]) + (b * y[i]);
        return Normalize(sum);
    }

    /// <summary>A composed query moved to an image weight: 0 the words alone, ½ or none the query, 1 the pictures alone.</summary>
    public static float[] Weigh(float[] composed, float? weight, IEnumerable<float[]> words, IEnumerable<float[]> pictures,
        IReadOnlyList<float>? shares = null) =>
        weight switch
        {
            null => composed,
            < 0.5f and float w => Blend(Mean(words), 1 - (2 * w), composed, 2 * w),
            float w => Blend(composed, 2 - (2 * w), Mean(pictures, shares), (2 * w) - 1),
        };

    /// <summary>norm(x − ½·Σ norm(term)): away from each term.</summary>
    public static float[] Without(float[] x, IReadOnlyList<float[]>? terms)
    {
        foreach (float[] term in terms ?? [])
            x = [.. x.Zip(Normalize(term), (a, b) => a - (AvoidShare * b))];
        return terms is { Count: > 0 } ? Normalize(x) : x;
    }
}
