namespace Cirrus.Tensors.Conformance;

/// <summary>What moves rows: embeddings, patches, class tokens, gathering; rows met twice must add their gradients.</summary>
internal static class RowCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int r, int w) in new[] { (1, 1), (7, 13), (131, 33), (0, 5) })
        {
            yield return Embedding(r, w, pseudo: false);
            yield return Embedding(r, w, pseudo: true);
            int[] rows = [.. Enumerable.Range(0, r).Select(i => i * i % 11)];
            yield return Check.Of("GatherRows", $"{r} of 11x{w}", Allowance.Sums(2 * r), [new([11, w])], (g, x) => g.GatherRows(x[0], rows),
                x => [.. rows.SelectMany(row => x[0][(row * w)..((row + 1) * w)])]);
            yield return Check.Of("ScaleRows", $"{r}x{w}", Allowance.Sums(w), [new([r, w]), new([r])], (g, x) => g.ScaleRows(x[0], x[1]),
                x => [.. x[0].Select((v, i) => v * x[1][i / w])]);
            yield return Check.Of("ScaleRows", $"{r}x{w} by one factor", Allowance.Sums(Math.Max(1, r * w)),
                [new([r, w]), new([1])], (g, x) => g.ScaleRows(x[0], x[1]),
                x => [.. x[0].Select(v => v * x[1][0])]);
            yield return Check.Of("Concat", $"{r}x{w} + {r}x{w + 2}", Allowance.Roundings(2), [new([r, w]), new([r, w + 2])],
                (g, x) => g.Concat(x[0], x[1]),
                x => [.. Enumerable.Range(0, r).SelectMany(row =>
                    x[0][(row * w)..((row + 1) * w)].Concat(x[1][(row * (w + 2))..((row + 1) * (w + 2))]))]);
            yield return Check.Of("Stack", $"{r}x{w} + {r + 2}x{w}", Allowance.Roundings(2), [new([r, w]), new([r + 2, w])],
                (g, x) => g.Stack(x[0], x[1]),
                x => [.. x[0], .. x[1]]);
            Ragged parts = new([0, r / 3, r / 3, r]);
            yield return Check.Of("MeanRows", $"{r / 3}+0+{r - (r / 3)} of {w}", Allowance.Sums(Math.Max(1, r)), [new([r, w])],
                (g, x) => g.MeanRows(x[0], parts),
                x => [.. Enumerable.Range(0, 3 * w).Select(i =>
                    Enumerable.Range(parts.Offsets[i / w], parts.Offsets[(i / w) + 1] - parts.Offsets[i / w])
                    .Select(row => x[0][(row * w) + (i % w)]).DefaultIfEmpty().Average())]);
        }
        foreach ((int b, int c, int side, int patch) in new[] { (1, 3, 1, 1), (2, 3, 6, 3), (3, 1, 14, 7), (1, 3, 65, 13), (0, 3, 4, 2) })
            yield return Check.Of("Patches", $"{b}x{c}x{side}x{side} by {patch}", Allowance.Exact, [new([b, c, side, side], Gradient: false)],
                (g, x) => g.Patches(x[0], patch), x => Patches(x[0], b, c, side, patch));
        foreach ((int b, int n, int v) in new[] { (1, 1, 1), (3, 5, 13), (2, 49, 33), (0, 4, 3) })
            yield return Check.Of("ClassToken", $"{b} of {n}x{v}", Allowance.Sums(Math.Max(1, 2 * b)), [new([b * n, v]), new([v]), new([n + 1, v])],
                (g, x) => g.ClassToken(x[0], x[1], x[2]),
                x => [.. Enumerable.Range(0, b * (n + 1) * v).Select(i =>
                {
                    (int picture, int at, int column) = (i / v / (n + 1), i / v % (n + 1), i % v);
                    return (at == 0 ? x[1][column] : x[0][(((picture * n) + at - 1) * v) + column]) + x[2][(at * v) + column];
                })]);
    }

    private static ConformanceCase Embedding(int r, int w, bool pseudo)
    {
        int[] ids = [.. Enumerable.Range(0, r).Select(i => i * i % 17)], at = [.. Enumerable.Range(0, r).Select(i => i % 5)];
        int[] words = [.. Enumerable.Range(0, r).Select(i => i % 3 == 0 ? i % 2 : -1)];
        List<Input> inputs = [new([17, w]), new([5, w])];
        if (pseudo)
            inputs.Add(new([2, w]));
        return Check.Of("Embedding", $"{r}x{w}{(pseudo ? ", pseudo-words" : "")}", Allowance.Sums(Math.Max(1, 2 * r)), [.. inputs],
            (g, x) => pseudo ? g.Embedding(ids, at, x[0], x[1], x[2], words) : g.Embedding(ids, at, x[0], x[1]),
            x => [.. Enumerable.Range(0, r * w).Select(i =>
            {
                (int row, int column) = (i / w, i % w);
                double word = pseudo && words[row] >= 0 ? x[2][(words[row] * w) + column] : x[0][(ids[row] * w) + column];
                return word + x[1][(at[row] * w) + column];
            })]);
    }

    private static double[] Patches(double[] x, int b, int c, int side, int patch)
    {
        List<double> y = [];
        for (int picture = 0; picture < b; picture++)
            for (int top = 0; top < side; top += patch)
                for (int left = 0; left < side; left += patch)
                    for (int channel = 0; channel < c; channel++)
                        for (int row = top; row < top + patch; row++)
                            for (int column = left; column < left + patch; column++)
                                y.Add(x[(((((picture * c) + channel) * side) + row) * side) + column]);
        return [.. y];
    }
}
