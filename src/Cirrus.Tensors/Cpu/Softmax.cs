using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>exp(s·x − max) / Σ exp(s·x − max) of one row, in place.</summary>
internal static class Softmax
{
    /// <param name="scale">s, above zero.</param>
    public static void Row(Span<float> x, float scale = 1f)
    {
        if (x.IsEmpty)
            return;
        float sum = Exponential.Row(x, scale, scale * Max(x));
        TensorPrimitives.Multiply(x, 1f / sum, x);
    }

    private static float Max(ReadOnlySpan<float> x)
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        nuint i = 0, n = (nuint)Vector<float>.Count;
        float max = x[0];
        if (n <= (nuint)x.Length)
        {
            Vector<float> most = Vector.LoadUnsafe(ref px);
            for (i = n; i + n <= (nuint)x.Length; i += n)
                most = Vector.Max(most, Vector.LoadUnsafe(ref px, i));
            max = most[0];
            for (int lane = 1; lane < (int)n; lane++)
                max = MathF.Max(max, most[lane]);
        }
        for (; i < (nuint)x.Length; i++)
            max = MathF.Max(max, x[(int)i]);
        return max;
    }

    /// <summary>dx += y·(dy − Σ y·dy).</summary>
    public static void RowGradient(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> y)
    {
        float along = TensorPrimitives.Dot(y, dy);
        for (int i = 0; i < y.Length; i++)
            dx[i] += y[i] * (dy[i] - along);
    }
}
