using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>
/// y = gain·(x − mean)/√(variance + eps) + bias per row; an empty bias is none. x, y are [R, W]; mean, scale (1/√…) are
/// [R], kept for backward.
/// </summary>
internal static class LayerNorm
{
    public static void Forward(Span<float> y, Span<float> mean, Span<float> scale, ReadOnlySpan<float> x, ReadOnlySpan<float> gain,
        ReadOnlySpan<float> bias, float eps)
    {
        int w = gain.Length;
        ref float pg = ref MemoryMarshal.GetReference(gain), pb = ref MemoryMarshal.GetReference(bias);
        nuint n = (nuint)Vector<float>.Count, length = (nuint)w, whole = length - (length % n);
        for (int r = 0; r < mean.Length; r++)
        {
            ref float px = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), (nint)r * w),
                py = ref Unsafe.Add(ref MemoryMarshal.GetReference(y), (nint)r * w);
            Vector<float> sum = default, squares = default;
            nuint i = 0;
            for (; i < whole; i += n)
                sum += Vector.LoadUnsafe(ref px, i);
            float total = Vector.Sum(sum);
            for (; i < length; i++)
                total += Unsafe.Add(ref px, i);
            float m = total / w;
            Vector<float> vm = new(m);
            for (i = 0; i < whole; i += n)
            {
                Vector<float> d = Vector.LoadUnsafe(ref px, i) - vm;
                squares += d * d;
            }
            float square = Vector.Sum(squares);
            for (; i < length; i++)
                square += (Unsafe.Add(ref px, i) - m) * (Unsafe.Add(ref px, i) - m);
            float s = 1f / MathF.Sqrt((square / w) + eps);
            Vector<float> vs = new(s);
            (mean[r], scale[r]) = (m, s);
            if (bias.IsEmpty)
            {
                for (i = 0; i < whole; i += n)
                    ((Vector.LoadUnsafe(ref px, i) - vm) * vs * Vector.LoadUnsafe(ref pg, i)).StoreUnsafe(ref py, i);
                for (; i < length; i++)
                    Unsafe.Add(ref py, i) = (Unsafe.Add(ref px, i) - m) * s * Unsafe.Add(ref pg, i);
                continue;
            }
            for (i = 0; i < whole; i += n)
                (((Vector.LoadUnsafe(ref px, i) - vm) * vs * Vector.LoadUnsafe(ref pg, i)) + Vector.LoadUnsafe(ref pb, i)).StoreUnsafe(ref py, i);
            for (; i < length; i++)
                Unsafe.Add(ref py, i) = ((Unsafe.Add(ref px, i) - m) * s * Unsafe.Add(ref pg, i)) + Unsafe.Add(ref pb, i);
        }
    }

    /// <summary>dx += scale·(g − mean(g) − n·mean(g·n)), g = dy·gain, n the normalised row.</summary>
    public static void InputGradient(Span<float> dx, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> scale)
    {
        int w = gain.Length;
        ref float pg = ref MemoryMarshal.GetReference(gain);
        nuint n = (nuint)Vector<float>.Count, length = (nuint)w, whole = length - (length % n);
        for (int r = 0; r < mean.Length; r++)
        {
            ref float px = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), (nint)r * w),
                pd = ref Unsafe.Add(ref MemoryMarshal.GetReference(dx), (nint)r * w);
            ref float py = ref Unsafe.Add(ref MemoryMarshal.GetReference(dy), (nint)r * w);
            (float m, float s) = (mean[r], scale[r]);
            Vector<float> vm = new(m), vs = new(s), sums = default, alongs = default;
            nuint i = 0;
            for (; i < whole; i += n)
            {
                Vector<float> g = Vector.LoadUnsafe(ref py, i) * Vector.LoadUnsafe(ref pg, i);
                sums += g;
                alongs += g * ((Vector.LoadUnsafe(ref px, i) - vm) * vs);
            }
            float sum = Vector.Sum(sums), along = Vector.Sum(alongs);
            for (; i < length; i++)
            {
                float g = Unsafe.Add(ref py, i) * Unsafe.Add(ref pg, i);
                sum += g;
                along += g * (Unsafe.Add(ref px, i) - m) * s;
            }
            (sum, along) = (sum / w, along / w);
            Vector<float> vsum = new(sum), valong = new(along);
            for (i = 0; i < whole; i += n)
            {
                Vector<float> g = Vector.LoadUnsafe(ref py, i) * Vector.LoadUnsafe(ref pg, i), normal = (Vector.LoadUnsafe(ref px, i) - vm) * vs;
                (Vector.LoadUnsafe(ref pd, i) + (vs * (g - vsum - (normal * valong)))).StoreUnsafe(ref pd, i);
            }
            for (; i < length; i++)
                Unsafe.Add(ref pd, i) += s * ((Unsafe.Add(ref py, i) * Unsafe.Add(ref pg, i)) - sum - ((Unsafe.Add(ref px, i) - m) * s * along));
        }
    }

    /// <summary>dgain += Σ dy·n, dbias += Σ dy over the rows given.</summary>
    public static void WeightGradient(Span<float> dgain, Span<float> dbias, ReadOnlySpan<float> dy, ReadOnlySpan<float> x,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> scale)
    {
        int w = dgain.Length;
        ref float pg = ref MemoryMarshal.GetReference(dgain), pb = ref MemoryMarshal.GetReference(dbias);
        nuint n = (nuint)Vector<float>.Count, length = (nuint)w, whole = length - (length % n);
        for (int r = 0; r < mean.Length; r++)
        {
            ref float px = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), (nint)r * w),
                py = ref Unsafe.Add(ref MemoryMarshal.GetReference(dy), (nint)r * w);
            (float m, float s) = (mean[r], scale[r]);
            Vector<float> vm = new(m), vs = new(s);
            nuint i = 0;
            for (; i < whole; i += n)
            {
                Vector<float> d = Vector.LoadUnsafe(ref py, i);
                (Vector.LoadUnsafe(ref pg, i) + (d * ((Vector.LoadUnsafe(ref px, i) - vm) * vs))).StoreUnsafe(ref pg, i);
                (Vector.LoadUnsafe(ref pb, i) + d).StoreUnsafe(ref pb, i);
            }
            for (; i < length; i++)
            {
                Unsafe.Add(ref pg, i) += Unsafe.Add(ref py, i) * (Unsafe.Add(ref px, i) - m) * s;
                Unsafe.Add(ref pb, i) += Unsafe.Add(ref py, i);
            }
        }
    }
}
