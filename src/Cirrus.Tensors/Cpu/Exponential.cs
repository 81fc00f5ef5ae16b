using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>eˣ in float32 throughout.</summary>
/// <remarks>
/// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ by its series to r⁷ (remainder 5e-9), times 2ⁿ put together from bits. Relative error
/// below 2e-7. Below −87 it is 0, above 88 it stays at e⁸⁸; NaN stays. The runtime's own vectors of it go through float64 and
/// take four times as long.
/// </remarks>
internal static class Exponential
{
    private const float Lowest = -87f, Highest = 88f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x)
    {
        Vector<float> half = new(12582912f);                        // 1.5·2²³: what is added to it is rounded to a whole number
        Vector<float> bounded = Vector.ConditionalSelect(Vector.GreaterThan(x, new(Highest)), new(Highest), x);
        Vector<float> shifted = Vector.FusedMultiplyAdd(bounded, new(1.44269504f), half), n = shifted - half;
        Vector<float> r = Vector.FusedMultiplyAdd(n, new(-0.693147182f), bounded);
        r = Vector.FusedMultiplyAdd(n, new(1.90465421e-9f), r);      // what float32 leaves of ln 2
        Vector<float> p = Vector.FusedMultiplyAdd(r, new(1f / 5040), new(1f / 720));
        p = Vector.FusedMultiplyAdd(p, r, new(1f / 120));
        p = Vector.FusedMultiplyAdd(p, r, new(1f / 24));
        p = Vector.FusedMultiplyAdd(p, r, new(1f / 6));
        p = Vector.FusedMultiplyAdd(p, r, new(0.5f));
        p = Vector.FusedMultiplyAdd(p, r, Vector<float>.One);
        p = Vector.FusedMultiplyAdd(p, r, Vector<float>.One);
        Vector<float> power = Vector.AsVectorSingle(Vector.ShiftLeft(Vector.AsVectorInt32(shifted) + new Vector<int>(127), 23));
        return Vector.ConditionalSelect(Vector.LessThan(x, new(Lowest)), Vector<float>.Zero, p * power);
    }

    /// <summary>x = e^(scale·x − shift) in place; returns the sum, whose order depends on the length alone.</summary>
    public static float Row(Span<float> x, float scale, float shift)
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        nuint i = 0, n = (nuint)Vector<float>.Count;
        Vector<float> factor = new(scale), off = new(-shift), sums = default;
        for (; i + n <= (nuint)x.Length; i += n)
        {
            Vector<float> e = Of(Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref px, i), factor, off));
            e.StoreUnsafe(ref px, i);
            sums += e;
        }
        float sum = Vector.Sum(sums);
        for (; i < (nuint)x.Length; i++)
            sum += x[(int)i] = Of(Vector.FusedMultiplyAdd(new(x[(int)i]), factor, off))[0];
        return sum;
    }
}
