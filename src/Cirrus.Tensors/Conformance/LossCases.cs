namespace Cirrus.Tensors.Conformance;

/// <summary>The losses, and the sum of squares.</summary>
internal static class LossCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int r, int w) in new[] { (1, 1), (7, 13), (129, 129) })
            yield return Check.Of("MeanSquaredError", $"{r}x{w}", Allowance.Roundings(8), [new([r, w]), new([r, w], Gradient: false)],
                (g, x) => g.MeanSquaredError(x[0], x[1]), x => [x[0].Zip(x[1], (a, b) => (a - b) * (a - b)).Sum() / (r * w)]);
        foreach ((int r, int c) in new[] { (1, 1), (7, 13), (33, 1001) })
        {
            int[] labels = [.. Enumerable.Range(0, r).Select(i => i * 5 % c)];
            yield return Check.Of("CrossEntropy", $"{r}x{c}", Allowance.Sums(c), [new([r, c], Spread: 5)],
                (g, x) => g.CrossEntropy(x[0], labels), x => [Entropy(x[0], r, c, (i, j) => (i * c) + j, labels)]);
        }
        foreach (int b in new[] { 1, 2, 7, 65 })
            yield return Check.Of("ContrastiveLoss", $"{b}x{b}", Allowance.Sums(b), [new([b, b], Spread: 5)], (g, x) => g.ContrastiveLoss(x[0]), x =>
            {
                int[] diagonal = [.. Enumerable.Range(0, b)];
                return [(Entropy(x[0], b, b, (i, j) => (i * b) + j, diagonal) + Entropy(x[0], b, b, (i, j) => (j * b) + i, diagonal)) / 2];
            });
        foreach ((int r, int w) in new[] { (1, 3), (7, 13), (65, 129) })
            yield return Check.Of("CosineLoss", $"{r}x{w}", Allowance.Sums(w), [new([r, w]), new([r, w], Gradient: false)],
                (g, x) => g.CosineLoss(x[0], x[1]), x => [Enumerable.Range(0, r).Average(i => 1 - Cosine(x[0], x[1], i, i, w))]);
        foreach ((int n, int w, float temperature) in new[] { (2, 3, 0.25f), (7, 13, 0.25f), (33, 65, 0.07f) })
            yield return Check.Of("NtXentLoss", $"{n}x{w} at {temperature}", Allowance.Sums(2 * n), [new([n, w]), new([n, w])],
                (g, x) => g.NtXentLoss(x[0], x[1], temperature), x => [NtXent([.. x[0], .. x[1]], n, w, temperature)]);
        foreach (int n in new[] { 0, 1, 91, 16_641 })
            yield return new("Device.SumSquares", $"{n}", Allowance.Sums(1024).Error, Allowance.Sums(1024).Reason, device =>
            {
                using Arena arena = new(device) { Poisoned = true };
                Tensor x = Check.Draw(arena, new([n]), 1);
                return Check.Distance([Check.Read(x).Sum(v => v * v)], [device.SumSquares(x)]);
            });
    }

    private static double Cosine(double[] x, double[] y, int i, int j, int w)
    {
        double xy = 0, xx = 0, yy = 0;
        for (int k = 0; k < w; k++)
        {
            double a = x[(i * w) + k], b = y[(j * w) + k];
            (xy, xx, yy) = (xy + (a * b), xx + (a * a), yy + (b * b));
        }
        return xy / Math.Sqrt(xx * yy);
    }

    private static double NtXent(double[] rows, int n, int w, double temperature)
    {
        double total = 0;
        for (int i = 0; i < 2 * n; i++)
        {
            double sum = 0;
            for (int j = 0; j < 2 * n; j++)
                sum += j == i ? 0 : Math.Exp(Cosine(rows, rows, i, j, w) / temperature);
            total += Math.Log(sum) - (Cosine(rows, rows, i, (i + n) % (2 * n), w) / temperature);
        }
        return total / (2 * n);
    }

    /// <summary>Mean of log Σ exp − the right one's, over lines of logits.</summary>
    private static double Entropy(double[] logits, int lines, int length, Func<int, int, int> at, int[] labels)
    {
        double total = 0;
        for (int i = 0; i < lines; i++)
        {
            double sum = 0;
            for (int j = 0; j < length; j++)
                sum += Math.Exp(logits[at(i, j)]);
            total += Math.Log(sum) - logits[at(i, labels[i])];
        }
        return total / lines;
    }
}
