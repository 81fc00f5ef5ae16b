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

    public void Forward(Slab y, Span<float> scratch)
    {
        Span<float> p = scratch[..(T * S)];
        fixed (float* pp = p)
        {
            Probabilities(pp, p);
            if (P > 0)
                Gemm.Multiply(y.At, y.Stride, pp, S, false, PrefixV.At, PrefixV.Stride, false, T, D, P);
            Gemm.Multiply(y.At, y.Stride, pp + P, S, false, V.At, V.Stride, false, T, D, S - P, accumulate: P > 0);
        }
    }

    /// <summary>dq, dk, dv += their gradients, dbias too where it is not null; the prefix gets none.</summary>
    public void Backward(Slab dq, Slab dk, Slab dv, float* dbias, Slab dy, Span<float> scratch)
    {
        Span<float> p = scratch[..(T * S)], ds = scratch.Slice(T * S, T * S);
        fixed (float* pp = p, ps = ds)
        {
            Probabilities(pp, p);
            if (dv.At is not null)
                Gemm.Multiply(dv.At, dv.Stride, pp + P, S, true, dy.At, dy.Stride, false, S - P, D, T, accumulate: true);
            if (P > 0)
                Gemm.Multiply(ps, S, dy.At, dy.Stride, false, PrefixV.At, PrefixV.Stride, true, T, P, D);
            Gemm.Multiply(ps + P, S, dy.At, dy.Stride, false, V.At, V.Stride, true, T, S - P, D);
            for (int i = 0; i < T; i++)
            {
                Span<float> row = ds.Slice(i * S, S), pr = p.Slice(i * S, S);
                TensorPrimitives.Subtract(row, TensorPrimitives.Dot<float>(row, pr), row);
                TensorPrimitives.Multiply(row, pr, row);
                if (dbias is not null)
                {
                    Span<float> db = new(dbias + ((long)i * S), S);
                    TensorPrimitives.Add(db, row, db);
                }
                TensorPrimitives.Multiply(row, Scale, row);
            }
            if (dq.At is not null)
            {
                if (P > 0)
                    Gemm.Multiply(dq.At, dq.Stride, ps, S, false, PrefixK.At, PrefixK.Stride, false, T, D, P, accumulate: true);
                Gemm.Multiply(dq.At, dq.Stride, ps + P, S, false, K.At, K.Stride, false, T, D, S - P, accumulate: true);
            }
            if (dk.At is not null)
                Gemm.Multiply(dk.At, dk.Stride, ps + P, S, true, Q.At, Q.Stride, false, S - P, D, T, accumulate: true);
        }
    }

    private void Probabilities(float* pp, Span<float> p)
    {
        if (P > 0)
            Gemm.Multiply(pp, S, Q.At, Q.Stride, false, PrefixK.At, PrefixK.Stride, true, T, P, D);
        Gemm.Multiply(pp + P, S, Q.At, Q.Stride, false, K.At, K.Stride, true, T, S - P, D);
        float scale = Scale;
        for (int i = 0; i < T; i++)
        {
            Span<float> row = p.Slice(i * S, S);
            if (Bias is not null)
                TensorPrimitives.MultiplyAdd(row, scale, new ReadOnlySpan<float>(Bias + ((long)i * S), S), row);
            int seen = Causal ? S - T + i + 1 : S;
            Softmax.Row(row[..seen], Bias is null ? scale : 1f);
            row[seen..].Clear();
        }
    }
}
