using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>What happens to a product before it is stored: activation(A·B + bias) + add.</summary>
internal readonly unsafe struct Epilogue
{
    /// <summary>[N] or null.</summary>
    public float* Bias { get; init; }

    /// <summary>[M, N] with C's row stride, or null: a residual.</summary>
    public float* Add { get; init; }

    /// <summary>[M, N] with C's row stride, or null: keeps A·B + bias for backward.</summary>
    public float* Before { get; init; }

    public Activation Activation { get; init; }

    /// <summary>Applies it to rows i0.. and columns j0.. of the finished sums.</summary>
    public void Apply(float* c, int ldc, int i0, int rows, int j0, int columns)
    {
        if (Bias is null && Add is null && Before is null && Activation == Activation.None)
            return;
        for (int i = i0; i < i0 + rows; i++)
        {
            long at = ((long)i * ldc) + j0;
            Span<float> row = new(c + at, columns);
            if (Bias is not null)
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(Bias + j0, columns), row);
            if (Before is not null)
                row.CopyTo(new Span<float>(Before + at, columns));
            Activations.Forward(row, row, Activation);
            if (Add is not null)
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(Add + at, columns), row);
        }
    }
}
