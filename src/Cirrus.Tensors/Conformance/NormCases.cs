namespace Cirrus.Tensors.Conformance;

/// <summary>What works row by row: norms and softmax; and the activation that stands alone.</summary>
internal static class NormCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int r, int w) in new[] { (1, 1), (5, 7), (33, 65), (300, 13), (3, 1031), (0, 5) })
            yield return LayerNorm(r, w, 0, Allowance.Sums(Math.Max(r, w)));
        // Values near 100 are given to 2⁻¹⁸; the mean is taken off before anything is squared, so no more is lost.
        yield return LayerNorm(5, 129, 100, new(2e-5, "a mean of 100 rounded to 24 bits is taken from values within 1"));
        foreach ((int r, int w) in new[] { (1, 1), (7, 13), (33, 129), (0, 5) })
            yield return Softmax(r, w, 3, Allowance.Sums(w));
        yield return Softmax(3, 1000, 80, new(1.5e-5, "exponents of up to 160 rounded to 24 bits"));
        foreach ((int r, int w) in new[] { (1, 1), (7, 13), (33, 129), (0, 5) })
            yield return L2Normalize(r, w, 1);
        yield return L2Normalize(3, 17, 0);
        foreach ((int r, int w) in new[] { (1, 1), (5, 7), (33, 65), (0, 5) })
        {
            yield return WithoutBias(r, w);
            yield return Check.Of("GatedSilu", $"{r}x{2 * w}", Allowance.Roundings(16), [new([r, 2 * w], Spread: 3)], (g, x) => g.GatedSilu(x[0]),
                x => Rows(x[0], r, 2 * w, w, (row, y) =>
                {
                    for (int i = 0; i < w; i++)
                        y[i] = row[i] * Plain.Activate(row[w + i], Activation.Silu);
                }));
        }
        foreach ((int r, int w) in new[] { (1, 1), (5, 7), (3, 33), (0, 5) })
            foreach (double center in new[] { 3, -3 })
                yield return DivideByMaximum(r, w, center);
        foreach ((int r, int w, int f) in new[] { (1, 2, 1), (5, 64, 16), (200, 9, 4), (0, 6, 2) })
            yield return Rotary(r, w, f);
        foreach (int[] shape in new int[][] { [1], [7, 13], [129, 129], [0, 5] })
            yield return Check.Of("Gelu", string.Join('x', shape), new(5e-7, "the formula for erf is good to 1.5e-7"), [new(shape, Spread: 7)],
                (g, x) => g.Gelu(x[0]), x => [.. x[0].Select(v => Plain.Activate(v, Activation.Gelu))]);
    }

    private static ConformanceCase LayerNorm(int r, int w, double center, Allowance allowed) =>
        Check.Of("LayerNorm", $"{r}x{w}{(center == 0 ? "" : $" around {center}")}", allowed,
            [new([r, w], Center: center), new([w], Weight: true), new([w], Weight: true)],
            (g, x) => g.LayerNorm(x[0], x[1], x[2]),
            x => Rows(x[0], r, w, (row, y) =>
            {
                double mean = row.Sum() / w, variance = row.Sum(v => (v - mean) * (v - mean)) / w;
                for (int i = 0; i < w; i++)
                    y[i] = ((row[i] - mean) / Math.Sqrt(variance + 1e-5) * x[1][i]) + x[2][i];
            }));

    private static ConformanceCase WithoutBias(int r, int w) =>
        Check.Of("LayerNorm", $"{r}x{w}, no bias", Allowance.Sums(Math.Max(r, w)), [new([r, w]), new([w], Weight: true)],
            (g, x) => g.LayerNorm(x[0], x[1], null),
            x => Rows(x[0], r, w, (row, y) =>
            {
                double mean = row.Sum() / w, variance = row.Sum(v => (v - mean) * (v - mean)) / w;
                for (int i = 0; i < w; i++)
                    y[i] = (row[i] - mean) / Math.Sqrt(variance + 1e-5) * x[1][i];
            }));

    /// <summary>Rows whose largest value is above or below 0, and away from it.</summary>
    private static ConformanceCase DivideByMaximum(int r, int w, double center) =>
        Check.Of("DivideByMaximum", $"{r}x{w} around {center}", Allowance.Sums(w), [new([r, w], Center: center)], (g, x) => g.DivideByMaximum(x[0]),
            x => Rows(x[0], r, w, (row, y) =>
            {
                for (int i = 0; i < w; i++)
                    y[i] = row[i] / row.Max();
            }));

    /// <summary>Angles of up to 12 are given to 2⁻²¹.</summary>
    private static ConformanceCase Rotary(int r, int w, int f)
    {
        int[] at = [.. Enumerable.Range(0, r).Select(i => i % 13)];
        return Check.Of("Rotary", $"{r}x{w}, {f} pairs", new(2e-6, "angles of up to 12 rounded to 24 bits"), [new([r, w]), new([f], Gradient: false)],
            (g, x) => g.Rotary(x[0], at, x[1]),
            x =>
            {
                int row = 0;
                return Rows(x[0], r, w, (from, y) =>
                {
                    from.CopyTo(y, 0);
                    for (int i = 0; i < f; i++)
                    {
                        double angle = at[row] * x[1][i];
                        y[2 * i] = (from[2 * i] * Math.Cos(angle)) - (from[(2 * i) + 1] * Math.Sin(angle));
                        y[(2 * i) + 1] = (from[2 * i] * Math.Sin(angle)) + (from[(2 * i) + 1] * Math.Cos(angle));
                    }
                    row++;
                });
            });
    }

    private static ConformanceCase Softmax(int r, int w, double spread, Allowance allowed) =>
        Check.Of("Softmax", $"{r}x{w} within {spread}", allowed, [new([r, w], Spread: spread)], (g, x) => g.Softmax(x[0]),
            x => Rows(x[0], r, w, (row, y) =>
            {
                row.CopyTo(y, 0);
                Plain.Softmax(y);
            }));

    /// <summary>A row of zeros stays one; its gradient would be 1e12 times what arrives, and is left out.</summary>
    private static ConformanceCase L2Normalize(int r, int w, double spread) =>
        Check.Of("L2Normalize", $"{r}x{w}{(spread == 0 ? " zeros" : "")}", Allowance.Sums(w), [new([r, w], Gradient: spread > 0, Spread: spread)],
            (g, x) => g.L2Normalize(x[0]),
            x => Rows(x[0], r, w, (row, y) =>
            {
                double norm = Math.Max(Math.Sqrt(row.Sum(v => v * v)), 1e-12);
                for (int i = 0; i < w; i++)
                    y[i] = row[i] / norm;
            }));

    private static double[] Rows(double[] x, int r, int w, Action<double[], double[]> each) => Rows(x, r, w, w, each);

    /// <summary>x [r, w] → [r, to], a row at a time.</summary>
    private static double[] Rows(double[] x, int r, int w, int to, Action<double[], double[]> each)
    {
        double[] y = new double[r * to], one = new double[to];
        for (int i = 0; i < r; i++)
        {
            each(x[(i * w)..((i + 1) * w)], one);
            one.CopyTo(y, i * to);
        }
        return y;
    }
}
