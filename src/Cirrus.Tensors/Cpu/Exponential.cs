using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>eˣ in float32 throughout.</summary>
/// <remarks>
/// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ by its series to r⁷ (remainder 5e-9), times 2ⁿ put together from bits. Relative error
/// below 2e-7. Below −87 it is 0, above 88 it stays at e⁸⁸; NaN stays. The runtime's own vectors of it go through float64 and
/// take four times as long.
/// </remarks>
internal static unsafe class Exponential
{
    private const float Lowest = -87f, Highest = 88f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Of<TO, TV>(TV x)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TV half = TO.Of(12582912f);                                 // 1.5·2²³: what is added to it is rounded to a whole number
        TV bounded = TO.WhereLess(TO.Of(Highest), x, TO.Of(Highest), x);
        TV shifted = TO.MultiplyAdd(bounded, TO.Of(1.44269504f), half), n = TO.Subtract(shifted, half);
        TV r = TO.MultiplyAdd(n, TO.Of(-0.693359375f), bounded);     // ten bits of ln 2, so that n times it is exact
        r = TO.MultiplyAdd(n, TO.Of(2.12194440e-4f), r);
        TV p = TO.MultiplyAdd(r, TO.Of(1f / 5040), TO.Of(1f / 720));
        p = TO.MultiplyAdd(p, r, TO.Of(1f / 120));
        p = TO.MultiplyAdd(p, r, TO.Of(1f / 24));
        p = TO.MultiplyAdd(p, r, TO.Of(1f / 6));
        p = TO.MultiplyAdd(p, r, TO.Of(0.5f));
        p = TO.MultiplyAdd(p, r, TO.Of(1f));
        p = TO.MultiplyAdd(p, r, TO.Of(1f));
        return TO.WhereLess(x, TO.Of(Lowest), TO.Of(0f), TO.Multiply(p, TO.PowerOfTwo(shifted)));
    }

    /// <summary>x = e^(scale·x − shift) in place; returns the sum, whose order depends on the length alone.</summary>
    public static float Row(Span<float> x, float scale, float shift)
    {
        fixed (float* p = x)
            return Vector512.IsHardwareAccelerated ? Row<Wide512, Vector512<float>>(p, x.Length, scale, shift)
                : Vector256.IsHardwareAccelerated ? Row<Wide256, Vector256<float>>(p, x.Length, scale, shift)
                : Row<Wide128, Vector128<float>>(p, x.Length, scale, shift);
    }

    [SkipLocalsInit]
    private static float Row<TO, TV>(float* x, int count, float scale, float shift)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TV factor = TO.Of(scale), off = TO.Of(-shift), sums = TO.Of(0);
        int i = 0;
        for (; i + TO.Count <= count; i += TO.Count)
        {
            TV e = Of<TO, TV>(TO.MultiplyAdd(TO.Load(x + i), factor, off));
            TO.Store(e, x + i);
            sums = TO.Add(sums, e);
        }
        float* rest = stackalloc float[16];
        new Span<float>(rest, 16).Fill(float.NegativeInfinity);
        Span<float> tail = new(x + i, count - i);
        tail.CopyTo(new(rest, 16));
        TV last = Of<TO, TV>(TO.MultiplyAdd(TO.Load(rest), factor, off));
        TO.Store(last, rest);
        new Span<float>(rest, tail.Length).CopyTo(tail);
        return TO.Sum(TO.Add(sums, last));
    }
}
