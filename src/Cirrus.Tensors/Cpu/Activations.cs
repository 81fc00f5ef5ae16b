using System.Numerics;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>The activations and their derivatives, elementwise.</summary>
internal static class Activations
{
    private const float Quick = 1.702f;

    public static void Forward(Span<float> y, ReadOnlySpan<float> x, Activation activation)
    {
        if (activation == Activation.None)
        {
            x.CopyTo(y);
            return;
        }
        ref float py = ref MemoryMarshal.GetReference(y), px = ref MemoryMarshal.GetReference(x);
        nuint i = 0, n = (nuint)Vector<float>.Count;
        for (; i + n <= (nuint)x.Length; i += n)
            Value(Vector.LoadUnsafe(ref px, i), activation).StoreUnsafe(ref py, i);
        for (; i < (nuint)x.Length; i++)
            y[(int)i] = Value(new Vector<float>(x[(int)i]), activation)[0];
    }

    /// <summary>dx += dy·activation'(x).</summary>
    public static void Backward(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Activation activation)
    {
        ref float pd = ref MemoryMarshal.GetReference(dx), py = ref MemoryMarshal.GetReference(dy), px = ref MemoryMarshal.GetReference(x);
        nuint i = 0, n = (nuint)Vector<float>.Count;
        for (; i + n <= (nuint)x.Length; i += n)
            (Vector.LoadUnsafe(ref pd, i) + (Vector.LoadUnsafe(ref py, i) * Slope(Vector.LoadUnsafe(ref px, i), activation))).StoreUnsafe(ref pd, i);
        for (; i < (nuint)x.Length; i++)
            dx[(int)i] += dy[(int)i] * Slope(new Vector<float>(x[(int)i]), activation)[0];
    }

    private static Vector<float> Value(Vector<float> x, Activation activation) => activation switch
    {
        Activation.Gelu => x * Phi(x),
        Activation.QuickGelu => x / (Vector<float>.One + Exponential.Of(x * -Quick)),
        Activation.Relu => Vector.Max(x, Vector<float>.Zero),
        _ => x,
    };

    private static Vector<float> Slope(Vector<float> x, Activation activation)
    {
        switch (activation)
        {
            case Activation.Gelu:
                return Phi(x) + (x * 0.3989422804f * Exponential.Of(x * x * -0.5f));
            case Activation.QuickGelu:
                Vector<float> s = Vector<float>.One / (Vector<float>.One + Exponential.Of(x * -Quick));
                return s * (Vector<float>.One + (x * Quick * (Vector<float>.One - s)));
            case Activation.Relu:
                return Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), Vector<float>.One, Vector<float>.Zero);
            default:
                return Vector<float>.One;
        }
    }

    /// <summary>The normal distribution function, ½(1 + erf(x/√2)).</summary>
    /// <remarks>erf by Abramowitz &amp; Stegun 7.1.26, |error| ≤ 1.5e-7.</remarks>
    private static Vector<float> Phi(Vector<float> x)
    {
        Vector<float> z = Vector.Abs(x) * 0.70710678f;
        Vector<float> t = Vector<float>.One / (Vector<float>.One + (z * 0.3275911f));
        Vector<float> p = (((((((t * 1.061405429f) - new Vector<float>(1.453152027f)) * t) + new Vector<float>(1.421413741f)) * t)
            - new Vector<float>(0.284496736f)) * t) + new Vector<float>(0.254829592f);
        Vector<float> tail = p * t * Exponential.Of(-(z * z)) * 0.5f;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }
}
