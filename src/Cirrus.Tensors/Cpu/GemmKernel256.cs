using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>The innermost product on 256-bit vectors: 12 sums in 15 registers.</summary>
internal static unsafe class GemmKernel256
{
    public const int Mr = 6, Nr = 16;

    /// <summary>C[Mr, Nr] (row stride ldc) = or += Σ over k of a[k, Mr]ᵀ·b[k, Nr]; a, b are packed panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* c, nint ldc, float* a, float* b, int k, bool accumulate)
    {
        Vector256<float> c0a = default; Vector256<float> c0b = default;
        Vector256<float> c1a = default; Vector256<float> c1b = default;
        Vector256<float> c2a = default; Vector256<float> c2b = default;
        Vector256<float> c3a = default; Vector256<float> c3b = default;
        Vector256<float> c4a = default; Vector256<float> c4b = default;
        Vector256<float> c5a = default; Vector256<float> c5b = default;
        for (float* end = a + ((nint)k * Mr); a < end; a += Mr, b += Nr)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            Vector256<float> x;
            x = Vector256.Create(a[0]);
            c0a = Vector256.FusedMultiplyAdd(x, b0, c0a);
            c0b = Vector256.FusedMultiplyAdd(x, b1, c0b);
            x = Vector256.Create(a[1]);
            c1a = Vector256.FusedMultiplyAdd(x, b0, c1a);
            c1b = Vector256.FusedMultiplyAdd(x, b1, c1b);
            x = Vector256.Create(a[2]);
            c2a = Vector256.FusedMultiplyAdd(x, b0, c2a);
            c2b = Vector256.FusedMultiplyAdd(x, b1, c2b);
            x = Vector256.Create(a[3]);
            c3a = Vector256.FusedMultiplyAdd(x, b0, c3a);
            c3b = Vector256.FusedMultiplyAdd(x, b1, c3b);
            x = Vector256.Create(a[4]);
            c4a = Vector256.FusedMultiplyAdd(x, b0, c4a);
            c4b = Vector256.FusedMultiplyAdd(x, b1, c4b);
            x = Vector256.Create(a[5]);
            c5a = Vector256.FusedMultiplyAdd(x, b0, c5a);
            c5b = Vector256.FusedMultiplyAdd(x, b1, c5b);
        }
        if (accumulate)
        {
            c0a += Vector256.Load(c);
            c0b += Vector256.Load(c + 8);
            c1a += Vector256.Load(c + ldc);
            c1b += Vector256.Load(c + ldc + 8);
            c2a += Vector256.Load(c + (2 * ldc));
            c2b += Vector256.Load(c + (2 * ldc) + 8);
            c3a += Vector256.Load(c + (3 * ldc));
            c3b += Vector256.Load(c + (3 * ldc) + 8);
            c4a += Vector256.Load(c + (4 * ldc));
            c4b += Vector256.Load(c + (4 * ldc) + 8);
            c5a += Vector256.Load(c + (5 * ldc));
            c5b += Vector256.Load(c + (5 * ldc) + 8);
        }
        c0a.Store(c);
        c0b.Store(c + 8);
        c1a.Store(c + ldc);
        c1b.Store(c + ldc + 8);
        c2a.Store(c + (2 * ldc));
        c2b.Store(c + (2 * ldc) + 8);
        c3a.Store(c + (3 * ldc));
        c3b.Store(c + (3 * ldc) + 8);
        c4a.Store(c + (4 * ldc));
        c4b.Store(c + (4 * ldc) + 8);
        c5a.Store(c + (5 * ldc));
        c5b.Store(c + (5 * ldc) + 8);
    }
}
