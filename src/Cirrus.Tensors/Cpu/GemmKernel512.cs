using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cirrus.Tensors.Cpu;

/// <summary>The innermost product on 512-bit vectors: 24 sums, 2 columns of b and one value of a in 27 registers.</summary>
internal static unsafe class GemmKernel512
{
    public const int Mr = 12, Nr = 32;

    /// <summary>C[Mr, Nr] (row stride ldc) = or += Σ over k of a[k, Mr]ᵀ·b[k, Nr]; a, b are packed panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* c, nint ldc, float* a, float* b, int k, bool accumulate)
    {
        if (Sse.IsSupported)
            for (float* line = c, end = c + (Mr * ldc); line < end; line += ldc)     // C is not read in order, so nothing else fetches it ahead
            {
                Sse.Prefetch0(line);
                Sse.Prefetch0(line + 16);
            }
        Vector512<float> c0a = default; Vector512<float> c0b = default;
        Vector512<float> c1a = default; Vector512<float> c1b = default;
        Vector512<float> c2a = default; Vector512<float> c2b = default;
        Vector512<float> c3a = default; Vector512<float> c3b = default;
        Vector512<float> c4a = default; Vector512<float> c4b = default;
        Vector512<float> c5a = default; Vector512<float> c5b = default;
        Vector512<float> c6a = default; Vector512<float> c6b = default;
        Vector512<float> c7a = default; Vector512<float> c7b = default;
        Vector512<float> c8a = default; Vector512<float> c8b = default;
        Vector512<float> c9a = default; Vector512<float> c9b = default;
        Vector512<float> cAa = default; Vector512<float> cAb = default;
        Vector512<float> cBa = default; Vector512<float> cBb = default;
        for (float* end = a + ((nint)k * Mr); a < end; a += Mr, b += Nr)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16);
            Vector512<float> x;
            x = Vector512.Create(a[0]);
            c0a = Vector512.FusedMultiplyAdd(x, b0, c0a);
            c0b = Vector512.FusedMultiplyAdd(x, b1, c0b);
            x = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(x, b0, c1a);
            c1b = Vector512.FusedMultiplyAdd(x, b1, c1b);
            x = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(x, b0, c2a);
            c2b = Vector512.FusedMultiplyAdd(x, b1, c2b);
            x = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(x, b0, c3a);
            c3b = Vector512.FusedMultiplyAdd(x, b1, c3b);
            x = Vector512.Create(a[4]);
            c4a = Vector512.FusedMultiplyAdd(x, b0, c4a);
            c4b = Vector512.FusedMultiplyAdd(x, b1, c4b);
            x = Vector512.Create(a[5]);
            c5a = Vector512.FusedMultiplyAdd(x, b0, c5a);
            c5b = Vector512.FusedMultiplyAdd(x, b1, c5b);
            x = Vector512.Create(a[6]);
            c6a = Vector512.FusedMultiplyAdd(x, b0, c6a);
            c6b = Vector512.FusedMultiplyAdd(x, b1, c6b);
            x = Vector512.Create(a[7]);
            c7a = Vector512.FusedMultiplyAdd(x, b0, c7a);
            c7b = Vector512.FusedMultiplyAdd(x, b1, c7b);
            x = Vector512.Create(a[8]);
            c8a = Vector512.FusedMultiplyAdd(x, b0, c8a);
            c8b = Vector512.FusedMultiplyAdd(x, b1, c8b);
            x = Vector512.Create(a[9]);
            c9a = Vector512.FusedMultiplyAdd(x, b0, c9a);
            c9b = Vector512.FusedMultiplyAdd(x, b1, c9b);
            x = Vector512.Create(a[10]);
            cAa = Vector512.FusedMultiplyAdd(x, b0, cAa);
            cAb = Vector512.FusedMultiplyAdd(x, b1, cAb);
            x = Vector512.Create(a[11]);
            cBa = Vector512.FusedMultiplyAdd(x, b0, cBa);
            cBb = Vector512.FusedMultiplyAdd(x, b1, cBb);
        }
        if (accumulate)
        {
            c0a += Vector512.Load(c);
            c0b += Vector512.Load(c + 16);
            c1a += Vector512.Load(c + ldc);
            c1b += Vector512.Load(c + ldc + 16);
            c2a += Vector512.Load(c + (2 * ldc));
            c2b += Vector512.Load(c + (2 * ldc) + 16);
            c3a += Vector512.Load(c + (3 * ldc));
            c3b += Vector512.Load(c + (3 * ldc) + 16);
            c4a += Vector512.Load(c + (4 * ldc));
            c4b += Vector512.Load(c + (4 * ldc) + 16);
            c5a += Vector512.Load(c + (5 * ldc));
            c5b += Vector512.Load(c + (5 * ldc) + 16);
            c6a += Vector512.Load(c + (6 * ldc));
            c6b += Vector512.Load(c + (6 * ldc) + 16);
            c7a += Vector512.Load(c + (7 * ldc));
            c7b += Vector512.Load(c + (7 * ldc) + 16);
            c8a += Vector512.Load(c + (8 * ldc));
            c8b += Vector512.Load(c + (8 * ldc) + 16);
            c9a += Vector512.Load(c + (9 * ldc));
            c9b += Vector512.Load(c + (9 * ldc) + 16);
            cAa += Vector512.Load(c + (10 * ldc));
            cAb += Vector512.Load(c + (10 * ldc) + 16);
            cBa += Vector512.Load(c + (11 * ldc));
            cBb += Vector512.Load(c + (11 * ldc) + 16);
        }
        c0a.Store(c);
        c0b.Store(c + 16);
        c1a.Store(c + ldc);
        c1b.Store(c + ldc + 16);
        c2a.Store(c + (2 * ldc));
        c2b.Store(c + (2 * ldc) + 16);
        c3a.Store(c + (3 * ldc));
        c3b.Store(c + (3 * ldc) + 16);
        c4a.Store(c + (4 * ldc));
        c4b.Store(c + (4 * ldc) + 16);
        c5a.Store(c + (5 * ldc));
        c5b.Store(c + (5 * ldc) + 16);
        c6a.Store(c + (6 * ldc));
        c6b.Store(c + (6 * ldc) + 16);
        c7a.Store(c + (7 * ldc));
        c7b.Store(c + (7 * ldc) + 16);
        c8a.Store(c + (8 * ldc));
        c8b.Store(c + (8 * ldc) + 16);
        c9a.Store(c + (9 * ldc));
        c9b.Store(c + (9 * ldc) + 16);
        cAa.Store(c + (10 * ldc));
        cAb.Store(c + (10 * ldc) + 16);
        cBa.Store(c + (11 * ldc));
        cBb.Store(c + (11 * ldc) + 16);
    }
}
