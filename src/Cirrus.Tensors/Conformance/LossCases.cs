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
        foreach (int n in new[] { 0, 1, 91, 16_641 })
            yield return new("Device.SumSquares", $"{n}", Allowance.Sums(1024).Error, Allowance.Sums(1024).Reason, device =>
            {
                using Arena arena = new(device) { Poisoned = true };
                Tensor x = Check.Draw(arena, new([n]), 1);
                return Check.Distance([Check.Read(x).Sum(v => v * v)], [device.SumSquares(x)]);
            });
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
