using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>The innermost product on 128-bit vectors, which every machine has or the runtime imitates.</summary>
internal static unsafe class GemmKernel128
{
    public const int Mr = 4, Nr = 8;

    /// <summary>C[Mr, Nr] (row stride ldc) = or += Σ over k of a[k, Mr]ᵀ·b[k, Nr]; a, b are packed panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* c, nint ldc, float* a, float* b, int k, bool accumulate)
    {
        Vector128<float> c0a = default; Vector128<float> c0b = default;
        Vector128<float> c1a = default; Vector128<float> c1b = default;
        Vector128<float> c2a = default; Vector128<float> c2b = default;
        Vector128<float> c3a = default; Vector128<float> c3b = default;
        for (float* end = a + ((nint)k * Mr); a < end; a += Mr, b += Nr)
        {
            Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + 4);
            Vector128<float> x;
            x = Vector128.Create(a[0]);
            c0a = Vector128.FusedMultiplyAdd(x, b0, c0a);
            c0b = Vector128.FusedMultiplyAdd(x, b1, c0b);
            x = Vector128.Create(a[1]);
            c1a = Vector128.FusedMultiplyAdd(x, b0, c1a);
            c1b = Vector128.FusedMultiplyAdd(x, b1, c1b);
            x = Vector128.Create(a[2]);
            c2a = Vector128.FusedMultiplyAdd(x, b0, c2a);
            c2b = Vector128.FusedMultiplyAdd(x, b1, c2b);
            x = Vector128.Create(a[3]);
            c3a = Vector128.FusedMultiplyAdd(x, b0, c3a);
            c3b = Vector128.FusedMultiplyAdd(x, b1, c3b);
        }
        if (accumulate)
        {
            c0a += Vector128.Load(c);
            c0b += Vector128.Load(c + 4);
            c1a += Vector128.Load(c + ldc);
            c1b += Vector128.Load(c + ldc + 4);
            c2a += Vector128.Load(c + (2 * ldc));
            c2b += Vector128.Load(c + (2 * ldc) + 4);
            c3a += Vector128.Load(c + (3 * ldc));
            c3b += Vector128.Load(c + (3 * ldc) + 4);
        }
        c0a.Store(c);
        c0b.Store(c + 4);
        c1a.Store(c + ldc);
        c1b.Store(c + ldc + 4);
        c2a.Store(c + (2 * ldc));
        c2b.Store(c + (2 * ldc) + 4);
        c3a.Store(c + (3 * ldc));
        c3b.Store(c + (3 * ldc) + 4);
    }
}
