using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>A matrix inside a larger one: rows <paramref name="stride"/> values apart.</summary>
internal readonly unsafe struct Slab(float* at, int stride)
{
    public float* At { get; } = at;

    public int Stride { get; } = stride;
}

/// <summary>One head of one sequence: y = softmax(q·kᵀ/√d + bias)·v.</summary>
/// <remarks>
/// q, y are [T, d]; keys and values are [P, d] of the prefix and then [S − P, d] of the sequence. With <c>Causal</c> row t
/// sees keys up to S − T + t, so a prefix is always seen. Backward computes the probabilities again rather than keep them.
/// Rows of scores are padded to whole vectors; what stands in the padding counts for nothing.
/// </remarks>
internal readonly unsafe ref struct Attention
{
    public required Slab Q { get; init; }

    public required Slab K { get; init; }

    public required Slab V { get; init; }

    public Slab PrefixK { get; init; }

    public Slab PrefixV { get; init; }

    public required int T { get; init; }

    public required int S { get; init; }

    public int P { get; init; }

    public required int D { get; init; }

    public bool Causal { get; init; }

    /// <summary>[T, S] or null.</summary>
    public float* Bias { get; init; }

    private float Scale => 1f / MathF.Sqrt(D);

    /// <summary>S with its padding.</summary>
    private int Wide => (S + 15) & ~15;

    public void Forward(Slab y)
    {
        float* p = GemmPacking.Mine.Whole(((long)T + D) * Wide);
        Probabilities(p, p + ((long)T * Wide));
        if (P > 0)
            SmallGemm.Multiply(y.At, y.Stride, p, Wide, 1, PrefixV.At, PrefixV.Stride, T, D, P);
        SmallGemm.Multiply(y.At, y.Stride, p + P, Wide, 1, V.At, V.Stride, T, D, S - P, accumulate: P > 0);
    }

    /// <summary>dq, dk, dv += their gradients, dbias too where it is not null; the prefix gets none.</summary>
    public void Backward(Slab dq, Slab dk, Slab dv, float* dbias, Slab dy)
    {
        float* p = GemmPacking.Mine.Whole(((2L * T) + D) * Wide), ds = p + ((long)T * Wide), across = ds + ((long)T * Wide);
        Probabilities(p, across);
        if (dv.At is not null)
            SmallGemm.Multiply(dv.At, dv.Stride, p + P, 1, Wide, dy.At, dy.Stride, S - P, D, T, accumulate: true);
        Across(across, PrefixV, V);
        SmallGemm.Multiply(ds, Wide, dy.At, dy.Stride, 1, across, Wide, T, Wide, D);
        for (int i = 0; i < T; i++)
        {
            float* row = ds + ((long)i * Wide);
            Softmax.PaddedGradient(row, p + ((long)i * Wide), Wide, dbias is null ? Scale : 1f);
            if (dbias is null)
                continue;
            Span<float> d = new(row, S), db = new(dbias + ((long)i * S), S);
            TensorPrimitives.Add(db, d, db);
            TensorPrimitives.Multiply(d, Scale, d);
        }
        if (dq.At is not null)
        {
            if (P > 0)
                SmallGemm.Multiply(dq.At, dq.Stride, ds, Wide, 1, PrefixK.At, PrefixK.Stride, T, D, P, accumulate: true);
            SmallGemm.Multiply(dq.At, dq.Stride, ds + P, Wide, 1, K.At, K.Stride, T, D, S - P, accumulate: true);
        }
        if (dk.At is not null)
            SmallGemm.Multiply(dk.At, dk.Stride, ds + P, 1, Wide, Q.At, Q.Stride, S - P, D, T, accumulate: true);
    }

    private void Probabilities(float* p, float* across)
    {
        Across(across, PrefixK, K);
        SmallGemm.Multiply(p, Wide, Q.At, Q.Stride, 1, across, Wide, T, Wide, D);
        for (int i = 0; i < T; i++)
        {
            float* row = p + ((long)i * Wide);
            if (Bias is not null)
                TensorPrimitives.MultiplyAdd(new(row, S), Scale, new ReadOnlySpan<float>(Bias + ((long)i * S), S), new(row, S));
            Softmax.Padded(row, Causal ? S - T + i + 1 : S, Wide, Bias is null ? Scale : 1f);
        }
    }

    /// <summary>to[D, Wide] = the rows of the prefix and then of the sequence as columns, zeros beyond.</summary>
    private void Across(float* to, Slab prefix, Slab own)
    {
        if (S < Wide)
            new Span<float>(to, D * Wide).Clear();
        if (P > 0)
            GemmPacking.Transpose(to, prefix.At, prefix.Stride, P, Wide, D, P);
        GemmPacking.Transpose(to + P, own.At, own.Stride, S - P, Wide, D, Wide - P);
    }
}
