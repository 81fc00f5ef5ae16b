using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>y = a·SiLU(g), a and g the halves of each row of x. x is [R, 2W], y [R, W].</summary>
internal static unsafe class GatedSilu
{
    public static void Forward(Span<float> y, ReadOnlySpan<float> x, int w)
    {
        for (int at = 0; at < y.Length; at += w)
        {
            Span<float> to = y.Slice(at, w);
            Activations.Forward(to, x.Slice((2 * at) + w, w), Activation.Silu);
            TensorPrimitives.Multiply(x.Slice(2 * at, w), to, to);
        }
    }

    /// <summary>dx += (dy·SiLU(g), dy·a·SiLU'(g)).</summary>
    public static void Backward(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, int w)
    {
        Span<float> part = new(GemmPacking.Mine.Whole(w), w);
        for (int at = 0; at < dy.Length; at += w)
        {
            ReadOnlySpan<float> d = dy.Slice(at, w), a = x.Slice(2 * at, w), g = x.Slice((2 * at) + w, w);
            Span<float> da = dx.Slice(2 * at, w), dg = dx.Slice((2 * at) + w, w);
            Activations.Forward(part, g, Activation.Silu);
            TensorPrimitives.MultiplyAdd(d, part, da, da);
            TensorPrimitives.Multiply(d, a, part);
            Activations.Backward(dg, part, g, Activation.Silu, accumulate: true);
        }
    }
}
