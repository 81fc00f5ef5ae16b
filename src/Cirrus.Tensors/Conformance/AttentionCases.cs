namespace Cirrus.Tensors.Conformance;

/// <summary>Attention on ragged batches, with prefixes, biases, causal or not.</summary>
internal static class AttentionCases
{
    // Scores are sums over a head of at most 64, results sums over at most 80 keys; a softmax between them.
    private static readonly Allowance Allowed = new(2e-6, "two sums of up to 80 and an exponential, each step rounded to 24 bits");

    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int heads, int size) in new[] { (3, 8), (2, 20), (2, 32), (1, 64) })
            foreach (bool causal in new[] { false, true })
                yield return Self(heads, size, causal, new([0, 1, 6, 83]));
        yield return Self(1, 1, causal: true, Ragged.Full(1, 1));
        yield return Self(2, 8, causal: true, new([0, 0, 3, 3, 10]));
        yield return Self(2, 8, causal: false, new([0]));
        foreach (bool causal in new[] { false, true })
            yield return Self(2, 20, causal, new([0, 1, 6, 39]), new([0, 2, 2, 19]), [2, 0, 1]);
        yield return Cross(2, 20, new([0, 1, 4, 11]), new([0, 5, 6, 71]));
        yield return Cross(1, 8, new([0, 1, 1, 3]), new([0, 33, 35, 36]));
        yield return Cross(2, 32, new([0, 1, 3]), new([0, 7, 12]), new([0, 13, 16]), [1, 0]);
        yield return Cross(2, 20, new([0, 3, 3, 5]), new([0, 0, 0, 0]), new([0, 6, 7, 9]), [0, 1, 2]);
        yield return Cross(4, 8, Ragged.Full(3, 5), Ragged.Full(3, 13), bias: true);
        yield return Cross(1, 64, Ragged.Full(3, 32), Ragged.Full(3, 3), bias: true);
        yield return Cross(1, 64, Ragged.Full(1, 33), Ragged.Full(1, 17), bias: true);
    }

    private static ConformanceCase Self(int heads, int size, bool causal, Ragged rows, Ragged? prefixRows = null, int[]? of = null)
    {
        int w = heads * size;
        List<Input> inputs = [new([rows.R, 3 * w], Spread: 2)];
        if (prefixRows is not null)
            inputs.Add(new([prefixRows.R, 3 * w], Gradient: false, Spread: 2));
        string text =
            $"{Lengths(rows)} tokens, {heads} heads of "
                + $"{size}{(causal ? ", causal" : "")}{(prefixRows is null ? "" : $", prefixes {Lengths(prefixRows)}")}";
        return Check.Of("SelfAttention", text, Allowed, [.. inputs],
            (g, x) => g.SelfAttention(x[0], rows, heads, causal, prefixRows is null ? null : new(x[1], prefixRows, of!)),
            x => Attend(new(x[0], 3 * w, 0, 0, rows), new(x[0], 3 * w, w, 2 * w, rows),
                prefixRows is null ? null : new(x[1], 3 * w, w, 2 * w, prefixRows), of, heads, size, causal, null));
    }

    private static ConformanceCase Cross(int heads, int size, Ragged q, Ragged kv, Ragged? prefixRows = null, int[]? of = null, bool bias = false)
    {
        int w = heads * size;
        List<Input> inputs = [new([q.R, w], Spread: 2), new([kv.R, 2 * w], Spread: 2)];
        if (prefixRows is not null)
            inputs.Add(new([prefixRows.R, 3 * w], Gradient: false, Spread: 2));
        if (bias)
            inputs.Add(new([heads, q.R / q.B, kv.R / kv.B], Spread: 2));
        string text =
            $"{Lengths(q)} over {Lengths(kv)} tokens, {heads} heads of "
                + $"{size}{(bias ? ", bias" : "")}{(prefixRows is null ? "" : $", prefixes {Lengths(prefixRows)}")}";
        return Check.Of("CrossAttention", text, Allowed, [.. inputs],
            (g, x) => g.CrossAttention(x[0], q, x[1], kv, heads, bias ? x[2] : null, prefixRows is null ? null : new(x[2], prefixRows, of!)),
            x => Attend(new(x[0], w, 0, 0, q), new(x[1], 2 * w, 0, w, kv),
                prefixRows is null ? null : new(x[2], 3 * w, w, 2 * w, prefixRows), of, heads, size, false, bias ? x[2] : null));
    }

    /// <summary>Rows of tokens: keys (or queries) begin at First of a row of Stride, values at Second.</summary>
    private sealed record Tokens(double[] Values, int Stride, int First, int Second, Ragged Rows)
    {
        public int Start(int b) => Rows.Offsets[b];

        public int Length(int b) => Rows.Offsets[b + 1] - Rows.Offsets[b];

        public double Key(int row, int column) => Values[(row * Stride) + First + column];

        public double Value(int row, int column) => Values[(row * Stride) + Second + column];
    }

    /// <summary>softmax(q·kᵀ/√size + bias)·v, one query at a time; a prefix stands before the keys.</summary>
    private static double[] Attend(Tokens q, Tokens kv, Tokens? prefix, int[]? of, int heads, int size, bool causal, double[]? bias)
    {
        double[] y = new double[q.Rows.R * heads * size];
        for (int b = 0; b < q.Rows.B; b++)
            for (int h = 0; h < heads; h++)
                for (int t = 0; t < q.Length(b); t++)
                {
                    int before = prefix?.Length(of![b]) ?? 0, all = before + kv.Length(b), seen = causal ? before + t + 1 : all;
                    (Tokens From, int Row) Seen(int s) => s < before ? (prefix!, prefix!.Start(of![b]) + s) : (kv, kv.Start(b) + s - before);
                    double[] p = new double[seen];
                    for (int s = 0; s < seen; s++)
                    {
                        (Tokens from, int row) = Seen(s);
                        for (int c = 0; c < size; c++)
                            p[s] += q.Key(q.Start(b) + t, (h * size) + c) * from.Key(row, (h * size) + c) / Math.Sqrt(size);
                        p[s] += bias?[(((h * q.Length(b)) + t) * all) + s] ?? 0;
                    }
                    Plain.Softmax(p);
                    for (int s = 0; s < seen; s++)
                    {
                        (Tokens from, int row) = Seen(s);
                        for (int c = 0; c < size; c++)
                            y[((q.Start(b) + t) * heads * size) + (h * size) + c] += p[s] * from.Value(row, (h * size) + c);
                    }
                }
        return y;
    }

    private static string Lengths(Ragged rows) =>
        rows.B == 0 ? "no" : string.Join("+", Enumerable.Range(0, rows.B).Select(b => rows.Offsets[b + 1] - rows.Offsets[b]));
}
