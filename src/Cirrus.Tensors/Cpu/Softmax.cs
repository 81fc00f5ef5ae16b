using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>exp(s·x − max) / Σ exp(s·x − max) of one row, in place.</summary>
internal static unsafe class Softmax
{
    /// <param name="scale">s, above zero.</param>
    public static void Row(Span<float> x, float scale = 1f)
    {
        if (x.IsEmpty)
            return;
        float sum = Exponential.Row(x, scale, scale * TensorPrimitives.Max<float>(x));
        TensorPrimitives.Multiply(x, 1f / sum, x);
    }

    /// <summary>dx += y·(dy − Σ y·dy).</summary>
    public static void RowGradient(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> y)
    {
        float along = TensorPrimitives.Dot(y, dy);
        for (int i = 0; i < y.Length; i++)
            dx[i] += y[i] * (dy[i] - along);
    }

    /// <summary>The same of the first <paramref name="seen"/> values; those up to <paramref name="width"/>, a multiple of 16, become 0.</summary>
    public static void Padded(float* x, int seen, int width, float scale)
    {
        if (Vector512.IsHardwareAccelerated)
            Padded<Wide512, Vector512<float>>(x, seen, width, scale);
        else if (Vector256.IsHardwareAccelerated)
            Padded<Wide256, Vector256<float>>(x, seen, width, scale);
        else
            Padded<Wide128, Vector128<float>>(x, seen, width, scale);
    }

    /// <summary>x = scale·y·(x − Σ y·x): from the gradient of the probabilities y to that of the scores.</summary>
    public static void PaddedGradient(float* x, float* y, int width, float scale)
    {
        if (Vector512.IsHardwareAccelerated)
            PaddedGradient<Wide512, Vector512<float>>(x, y, width, scale);
        else if (Vector256.IsHardwareAccelerated)
            PaddedGradient<Wide256, Vector256<float>>(x, y, width, scale);
        else
            PaddedGradient<Wide128, Vector128<float>>(x, y, width, scale);
    }

    private static void Padded<TO, TV>(float* x, int seen, int width, float scale)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int w = TO.Count, whole = seen / w * w, i;
        TV rest = TO.WhereLess(TO.Lanes, TO.Of(seen - whole), TO.Load(x + Math.Min(whole, width - w)), TO.Of(float.NegativeInfinity)), most = rest;
        for (i = 0; i < whole; i += w)
            most = TO.Max(TO.Load(x + i), most);
        TV factor = TO.Of(scale), shift = TO.Of(-scale * TO.Largest(most)), sums = TO.Of(0);
        for (i = 0; i < whole; i += w)
        {
            TV e = Exponential.Of<TO, TV>(TO.MultiplyAdd(TO.Load(x + i), factor, shift));
            TO.Store(e, x + i);
            sums = TO.Add(sums, e);
        }
        rest = Exponential.Of<TO, TV>(TO.MultiplyAdd(rest, factor, shift));
        TV share = TO.Of(1f / TO.Sum(TO.Add(sums, rest)));
        for (i = 0; i < whole; i += w)
            TO.Store(TO.Multiply(TO.Load(x + i), share), x + i);
        for (rest = TO.Multiply(rest, share); i < width; i += w, rest = TO.Of(0))
            TO.Store(rest, x + i);
    }

    private static void PaddedGradient<TO, TV>(float* x, float* y, int width, float scale)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TV sums = TO.Of(0);
        for (int i = 0; i < width; i += TO.Count)
            sums = TO.MultiplyAdd(TO.Load(x + i), TO.Load(y + i), sums);
        TV along = TO.Of(TO.Sum(sums)), factor = TO.Of(scale);
        for (int i = 0; i < width; i += TO.Count)
            TO.Store(TO.Multiply(TO.Multiply(factor, TO.Load(y + i)), TO.Subtract(TO.Load(x + i), along)), x + i);
    }
}
