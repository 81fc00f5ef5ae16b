using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>y = gain·(x − mean)/√(variance + eps) + bias per row. x, y are [R, W]; mean, scale (1/√…) are [R], kept for backward.</summary>
internal static class LayerNorm
{
    public static void Forward(Span<float> y, Span<float> mean, Span<float> scale, ReadOnlySpan<float> x, ReadOnlySpan<float> gain,
        ReadOnlySpan<float> bias, float eps)
    {
        int w = gain.Length;
        for (int r = 0; r < mean.Length; r++)
        {
            ReadOnlySpan<float> xr = x.Slice(r * w, w);
            Span<float> yr = y.Slice(r * w, w);
            float m = TensorPrimitives.Sum(xr) / w;
            TensorPrimitives.Subtract(xr, m, yr);
            float s = 1f / MathF.Sqrt((TensorPrimitives.SumOfSquares<float>(yr) / w) + eps);
            TensorPrimitives.Multiply(yr, s, yr);
            TensorPrimitives.MultiplyAdd(yr, gain, bias, yr);
            (mean[r], scale[r]) = (m, s);
        }
    }

    /// <summary>dx += scale·(g − mean(g) − n·mean(g·n)), g = dy·gain, n the normalised row.</summary>
    public static void InputGradient(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> scale)
    {
        int w = gain.Length;
        float[] g = new float[w], n = new float[w];
        for (int r = 0; r < mean.Length; r++)
        {
            TensorPrimitives.Multiply(dy.Slice(r * w, w), gain, g);
            TensorPrimitives.Subtract(x.Slice(r * w, w), mean[r], n);
            TensorPrimitives.Multiply(n, scale[r], n);
            float mg = TensorPrimitives.Sum<float>(g) / w, mgn = TensorPrimitives.Dot<float>(g, n) / w;
            TensorPrimitives.Subtract(g, mg, g);
            TensorPrimitives.MultiplyAdd(n, -mgn, g, g);
            Span<float> d = dx.Slice(r * w, w);
            TensorPrimitives.MultiplyAdd(g, scale[r], d, d);
        }
    }

    /// <summary>dgain += Σ dy·n, dbias += Σ dy over the rows given.</summary>
    public static void WeightGradient(Span<float> dgain, Span<float> dbias, ReadOnlySpan<float> dy, ReadOnlySpan<float> x,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> scale)
    {
        int w = dgain.Length;
        float[] n = new float[w];
        for (int r = 0; r < mean.Length; r++)
        {
            ReadOnlySpan<float> d = dy.Slice(r * w, w);
            TensorPrimitives.Subtract(x.Slice(r * w, w), mean[r], n);
            TensorPrimitives.Multiply(n, scale[r], n);
            TensorPrimitives.MultiplyAdd(d, n, dgain, dgain);
            TensorPrimitives.Add(dbias, d, dbias);
        }
    }
}
