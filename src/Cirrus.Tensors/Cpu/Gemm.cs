using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>What happens to a product before it is stored: activation(A·B + bias) + add.</summary>
internal readonly unsafe struct Epilogue
{
    /// <summary>[N] or null.</summary>
    public float* Bias { get; init; }

    /// <summary>[M, N] with C's row stride, or null: a residual.</summary>
    public float* Add { get; init; }

    /// <summary>[M, N] with C's row stride, or null: keeps A·B + bias for backward.</summary>
    public float* Before { get; init; }

    public Activation Activation { get; init; }
}

/// <summary>Matrix products on packed panels, blocked for the caches.</summary>
/// <remarks>
/// K is cut into blocks whose order is fixed and threads share out tiles of C only, so a result does not depend on the
/// number of threads. The scheme is Goto's (Goto &amp; van de Geijn, ACM TOMS 2008).
/// </remarks>
internal static unsafe class Gemm
{
    /// <summary>Products below so many multiplications are not worth waking threads for.</summary>
    private const long Small = 1 << 17;
    private const int Kc = 256;
    private static readonly int Mr = Vector512.IsHardwareAccelerated ? GemmKernel512.Mr : Vector256.IsHardwareAccelerated ? GemmKernel256.Mr : GemmKernel128.Mr;
    private static readonly int Nr = Vector512.IsHardwareAccelerated ? GemmKernel512.Nr : Vector256.IsHardwareAccelerated ? GemmKernel256.Nr : GemmKernel128.Nr;
    private static readonly int Mc = 8 * Mr;

    [ThreadStatic]
    private static nint t_a;
    [ThreadStatic]
    private static nint t_b;
    [ThreadStatic]
    private static long t_bBytes;

    /// <summary>C[M, N] = or += op(A)[M, K]·op(B)[K, N], then the epilogue.</summary>
    /// <param name="ta">A is stored [K, M].</param>
    /// <param name="tb">B is stored [N, K], as PyTorch stores weights.</param>
    public static void Multiply(float* c, int ldc, float* a, int lda, bool ta, float* b, int ldb, bool tb, int m, int n, int k,
        bool accumulate = false, Epilogue epilogue = default)
    {
        if (m == 0 || n == 0)
            return;
        if (Workers.IsInside || (long)m * n * k < Small)
            Serial(c, ldc, a, lda, ta, b, ldb, tb, m, n, k, accumulate, epilogue);
        else
            Shared(c, ldc, a, lda, ta, b, ldb, tb, m, n, k, accumulate, epilogue);
    }

    private static void Serial(float* c, int ldc, float* a, int lda, bool ta, float* b, int ldb, bool tb, int m, int n, int k, bool accumulate,
        in Epilogue epilogue)
    {
        int panels = (n + Nr - 1) / Nr;
        float* packed = PackedB((long)panels * Nr * Math.Min(Math.Max(k, 1), Kc)), block = PackedA();
        int k0 = 0;
        do
        {
            int kb = Math.Min(Kc, k - k0);
            for (int p = 0; p < panels; p++)
                PackB(packed + ((long)p * Nr * kb), b, ldb, tb, p * Nr, Math.Min(Nr, n - (p * Nr)), k0, kb);
            for (int i0 = 0; i0 < m; i0 += Mc)
            {
                int mb = Math.Min(Mc, m - i0);
                PackA(block, a, lda, ta, i0, mb, k0, kb);
                Tiles(c, ldc, block, packed, i0, mb, 0, panels, n, kb, accumulate || k0 > 0);
                if (k0 + kb >= k)
                    Finish(c, ldc, i0, mb, 0, n, epilogue);
            }
            k0 += kb;
        }
        while (k0 < k);
    }

    private static void Shared(float* c, int ldc, float* a, int lda, bool ta, float* b, int ldb, bool tb, int m, int n, int k, bool accumulate,
        Epilogue epilogue)
    {
        int panels = (n + Nr - 1) / Nr, blocks = (m + Mc - 1) / Mc;
        float* packed = PackedB((long)panels * Nr * Math.Min(k, Kc));
        int groups = Math.Clamp((4 * Workers.Count + blocks - 1) / blocks, 1, panels);
        int perGroup = (panels + groups - 1) / groups;
        groups = (panels + perGroup - 1) / perGroup;
        for (int k0 = 0; k0 < k; k0 += Kc)
        {
            int kb = Math.Min(Kc, k - k0), at = k0;
            bool add = accumulate || k0 > 0, last = k0 + kb >= k;
            Workers.For(panels, Math.Max(1, panels / (4 * Workers.Count)), (from, to) =>
            {
                for (int p = from; p < to; p++)
                    PackB(packed + ((long)p * Nr * kb), b, ldb, tb, p * Nr, Math.Min(Nr, n - (p * Nr)), at, kb);
            });
            Workers.For(blocks * groups, task =>
            {
                int i0 = task / groups * Mc, mb = Math.Min(Mc, m - i0);
                int p0 = task % groups * perGroup, p1 = Math.Min(panels, p0 + perGroup);
                float* block = PackedA();
                PackA(block, a, lda, ta, i0, mb, at, kb);
                Tiles(c, ldc, block, packed, i0, mb, p0, p1, n, kb, add);
                if (last)
                    Finish(c, ldc, i0, mb, p0 * Nr, Math.Min(n, p1 * Nr) - (p0 * Nr), epilogue);
            });
        }
    }

    private static void Tiles(float* c, int ldc, float* block, float* packed, int i0, int mb, int p0, int p1, int n, int k, bool accumulate)
    {
        for (int p = p0; p < p1; p++)
            for (int i = 0; i < mb; i += Mr)
                Tile(c + ((long)(i0 + i) * ldc) + (p * Nr), ldc, block + ((long)i * k), packed + ((long)p * Nr * k),
                    Math.Min(Mr, mb - i), Math.Min(Nr, n - (p * Nr)), k, accumulate);
    }

    private static void Tile(float* c, int ldc, float* a, float* b, int rows, int columns, int k, bool accumulate)
    {
        if (rows == Mr && columns == Nr)
        {
            Kernel(c, ldc, a, b, k, accumulate);
            return;
        }
        float* full = stackalloc float[12 * 32];
        Kernel(full, Nr, a, b, k, false);
        for (int i = 0; i < rows; i++)
        {
            Span<float> to = new(c + ((long)i * ldc), columns), from = new(full + (i * Nr), columns);
            if (accumulate)
                TensorPrimitives.Add(to, from, to);
            else
                from.CopyTo(to);
        }
    }

    private static void Kernel(float* c, int ldc, float* a, float* b, int k, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated)
            GemmKernel512.Run(c, ldc, a, b, k, accumulate);
        else if (Vector256.IsHardwareAccelerated)
            GemmKernel256.Run(c, ldc, a, b, k, accumulate);
        else
            GemmKernel128.Run(c, ldc, a, b, k, accumulate);
    }

    /// <summary>Panels of Mr rows, k-major, rows beyond the edge zero.</summary>
    private static void PackA(float* to, float* a, int lda, bool ta, int i0, int rows, int k0, int k)
    {
        for (int i = 0; i < rows; i += Mr, to += (long)Mr * k)
            Pack(to, a, lda, !ta, i0 + i, Math.Min(Mr, rows - i), Mr, k0, k);
    }

    private static void PackB(float* to, float* b, int ldb, bool tb, int j0, int columns, int k0, int k) =>
        Pack(to, b, ldb, tb, j0, columns, Nr, k0, k);

    /// <summary>to[k, width] from lines j0.. of x: line-major when <paramref name="lines"/> (x[line, k]), else x[k, line].</summary>
    private static void Pack(float* to, float* x, int ld, bool lines, int j0, int count, int width, int k0, int k)
    {
        if (count < width)
            new Span<float>(to, width * k).Clear();
        if (!lines)
        {
            for (int p = 0; p < k; p++)
                Buffer.MemoryCopy(x + ((long)(k0 + p) * ld) + j0, to + ((long)p * width), width * 4, count * 4);
            return;
        }
        int j = 0;
        for (; j + 4 <= count; j += 4)
        {
            float* x0 = x + ((long)(j0 + j) * ld) + k0, x1 = x0 + ld, x2 = x1 + ld, x3 = x2 + ld;
            float* t = to + j;
            for (int p = 0; p < k; p++, t += width)
            {
                t[0] = x0[p];
                t[1] = x1[p];
                t[2] = x2[p];
                t[3] = x3[p];
            }
        }
        for (; j < count; j++)
        {
            float* x0 = x + ((long)(j0 + j) * ld) + k0;
            for (int p = 0; p < k; p++)
                to[((long)p * width) + j] = x0[p];
        }
    }

    private static void Finish(float* c, int ldc, int i0, int rows, int j0, int columns, in Epilogue e)
    {
        if (e.Bias is null && e.Add is null && e.Before is null && e.Activation == Activation.None)
            return;
        for (int i = i0; i < i0 + rows; i++)
        {
            long at = ((long)i * ldc) + j0;
            Span<float> row = new(c + at, columns);
            if (e.Bias is not null)
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(e.Bias + j0, columns), row);
            if (e.Before is not null)
                row.CopyTo(new Span<float>(e.Before + at, columns));
            Activations.Forward(row, row, e.Activation);
            if (e.Add is not null)
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(e.Add + at, columns), row);
        }
    }

    private static float* PackedA()
    {
        if (t_a == 0)
            t_a = (nint)NativeMemory.AlignedAlloc((nuint)(8 * 12 * Kc * 4), 64);
        return (float*)t_a;
    }

    private static float* PackedB(long count)
    {
        if (t_bBytes < count * 4)
        {
            NativeMemory.AlignedFree((void*)t_b);
            t_bBytes = count * 4;
            t_b = (nint)NativeMemory.AlignedAlloc((nuint)t_bBytes, 64);
        }
        return (float*)t_b;
    }
}
