using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>The activations and their derivatives, elementwise.</summary>
internal static unsafe class Activations
{
    private const float Quick = 1.702f;

    /// <summary>y = activation(x); they may be one.</summary>
    public static void Forward(Span<float> y, ReadOnlySpan<float> x, Activation activation)
    {
        if (activation == Activation.None)
        {
            x.CopyTo(y);
            return;
        }
        fixed (float* py = y, px = x)
            if (Vector512.IsHardwareAccelerated)
                Forward<Wide512, Vector512<float>>(py, px, x.Length, activation);
            else if (Vector256.IsHardwareAccelerated)
                Forward<Wide256, Vector256<float>>(py, px, x.Length, activation);
            else
                Forward<Wide128, Vector128<float>>(py, px, x.Length, activation);
    }

    /// <summary>dx = or += dy·activation'(x); dx and dy may be one.</summary>
    public static void Backward(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Activation activation, bool accumulate)
    {
        fixed (float* pd = dx, py = dy, px = x)
            if (Vector512.IsHardwareAccelerated)
                Backward<Wide512, Vector512<float>>(pd, py, px, x.Length, activation, accumulate);
            else if (Vector256.IsHardwareAccelerated)
                Backward<Wide256, Vector256<float>>(pd, py, px, x.Length, activation, accumulate);
            else
                Backward<Wide128, Vector128<float>>(pd, py, px, x.Length, activation, accumulate);
    }

    [SkipLocalsInit]
    private static void Forward<TO, TV>(float* y, float* x, int count, Activation activation)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int i = 0;
        for (; i + TO.Count <= count; i += TO.Count)
            TO.Store(Value<TO, TV>(TO.Load(x + i), activation), y + i);
        if (i == count)
            return;
        float* rest = stackalloc float[16];
        Rest(rest, x + i, count - i);
        TO.Store(Value<TO, TV>(TO.Load(rest), activation), rest);
        new Span<float>(rest, count - i).CopyTo(new(y + i, count - i));
    }

    [SkipLocalsInit]
    private static void Backward<TO, TV>(float* dx, float* dy, float* x, int count, Activation activation, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int i = 0;
        for (; i + TO.Count <= count; i += TO.Count)
        {
            TV d = TO.Multiply(TO.Load(dy + i), Slope<TO, TV>(TO.Load(x + i), activation));
            TO.Store(accumulate ? TO.Add(TO.Load(dx + i), d) : d, dx + i);
        }
        if (i == count)
            return;
        float* rest = stackalloc float[16];
        Rest(rest, x + i, count - i);
        TO.Store(Slope<TO, TV>(TO.Load(rest), activation), rest);
        for (int j = 0; i < count; i++, j++)
            dx[i] = (accumulate ? dx[i] : 0f) + (dy[i] * rest[j]);
    }

    /// <summary>to[16] = x and then zeros.</summary>
    private static void Rest(float* to, float* x, int count)
    {
        new Span<float>(to, 16).Clear();
        new Span<float>(x, count).CopyTo(new(to, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Value<TO, TV>(TV x, Activation activation)
        where TO : struct, IWide<TV>
        where TV : struct => activation switch
        {
            Activation.Gelu => TO.Multiply(x, Phi<TO, TV>(x)),
            Activation.QuickGelu => TO.Divide(x, TO.Add(TO.Of(1), Exponential.Of<TO, TV>(TO.Multiply(x, TO.Of(-Quick))))),
            Activation.Relu => TO.WhereLess(x, TO.Of(0), TO.Of(0), x),
            Activation.Sigmoid => Sigmoid<TO, TV>(x),
            Activation.Silu => TO.Multiply(x, Sigmoid<TO, TV>(x)),
            _ => x,
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Slope<TO, TV>(TV x, Activation activation)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        switch (activation)
        {
            case Activation.Gelu:
                TV density = TO.Multiply(TO.Of(0.3989422804f), Exponential.Of<TO, TV>(TO.Multiply(TO.Multiply(x, x), TO.Of(-0.5f))));
                return TO.MultiplyAdd(x, density, Phi<TO, TV>(x));
            case Activation.QuickGelu:
                TV s = TO.Divide(TO.Of(1), TO.Add(TO.Of(1), Exponential.Of<TO, TV>(TO.Multiply(x, TO.Of(-Quick)))));
                return TO.Multiply(s, TO.MultiplyAdd(TO.Multiply(x, TO.Of(Quick)), TO.Subtract(TO.Of(1), s), TO.Of(1)));
            case Activation.Relu:
                return TO.WhereLess(TO.Of(0), x, TO.Of(1), TO.Of(0));
            case Activation.Sigmoid:
                TV y = Sigmoid<TO, TV>(x);
                return TO.Multiply(y, TO.Subtract(TO.Of(1), y));
            case Activation.Silu:
                TV share = Sigmoid<TO, TV>(x);
                return TO.Multiply(share, TO.MultiplyAdd(x, TO.Subtract(TO.Of(1), share), TO.Of(1)));
            default:
                return TO.Of(1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Sigmoid<TO, TV>(TV x)
        where TO : struct, IWide<TV>
        where TV : struct => TO.Divide(TO.Of(1), TO.Add(TO.Of(1), Exponential.Of<TO, TV>(TO.Subtract(TO.Of(0), x))));

    /// <summary>The normal distribution function, ½(1 + erf(x/√2)).</summary>
    /// <remarks>erf by Abramowitz &amp; Stegun 7.1.26, |error| ≤ 1.5e-7.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Phi<TO, TV>(TV x)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TV one = TO.Of(1), z = TO.Multiply(TO.Max(x, TO.Subtract(TO.Of(0), x)), TO.Of(0.70710678f));
        TV t = TO.Divide(one, TO.MultiplyAdd(z, TO.Of(0.3275911f), one));
        TV p = TO.MultiplyAdd(t, TO.Of(1.061405429f), TO.Of(-1.453152027f));
        p = TO.MultiplyAdd(p, t, TO.Of(1.421413741f));
        p = TO.MultiplyAdd(p, t, TO.Of(-0.284496736f));
        p = TO.MultiplyAdd(p, t, TO.Of(0.254829592f));
        TV tail = TO.Multiply(TO.Multiply(TO.Multiply(p, t), TO.Of(0.5f)), Exponential.Of<TO, TV>(TO.Subtract(TO.Of(0), TO.Multiply(z, z))));
        return TO.WhereLess(x, TO.Of(0), tail, TO.Subtract(one, tail));
    }
}
