using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>exp(x − max) / Σ exp(x − max) of one row, in place.</summary>
internal static class Softmax
{
    public static void Row(Span<float> x)
    {
        if (x.IsEmpty)
            return;
        TensorPrimitives.Subtract(x, TensorPrimitives.Max<float>(x), x);
        TensorPrimitives.Exp<float>(x, x);
        TensorPrimitives.Divide(x, TensorPrimitives.Sum<float>(x), x);
    }

    /// <summary>dx += y·(dy − Σ y·dy).</summary>
    public static void RowGradient(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> y)
    {
        float along = TensorPrimitives.Dot(y, dy);
        for (int i = 0; i < y.Length; i++)
            dx[i] += y[i] * (dy[i] - along);
    }
}
