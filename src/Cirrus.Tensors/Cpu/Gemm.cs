using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>Matrix products on packed panels, blocked for the caches.</summary>
/// <remarks>
/// K is cut into blocks whose order is fixed and threads share out tiles of C only, so a result does not depend on the
/// number of threads, nor a row on the rows around it. The scheme is Goto's (Goto &amp; van de Geijn, ACM TOMS 2008).
/// </remarks>
internal static unsafe class Gemm
{
    /// <summary>Products below so many multiplications are not worth waking threads for.</summary>
    private const long Small = 1 << 17;

    /// <summary>Steps along K in a block: a panel of A and one of B (12 and 32 KB) lie in the first cache together.</summary>
    public const int Kc = 256;

    /// <summary>Values of B packed at a time, which the last cache should hold.</summary>
    private const int PackedAtOnce = 4 << 20;

    private static readonly int Mr = Vector512.IsHardwareAccelerated ? GemmKernel512.Mr : Vector256.IsHardwareAccelerated ? GemmKernel256.Mr : GemmKernel128.Mr;
    private static readonly int Nr = Vector512.IsHardwareAccelerated ? GemmKernel512.Nr : Vector256.IsHardwareAccelerated ? GemmKernel256.Nr : GemmKernel128.Nr;

    /// <summary>C[M, N] = or += op(A)[M, K]·op(B)[K, N], then the epilogue.</summary>
    /// <param name="ta">A is stored [K, M].</param>
    /// <param name="tb">B is stored [N, K], as PyTorch stores weights.</param>
    public static void Multiply(float* c, int ldc, float* a, int lda, bool ta, float* b, int ldb, bool tb, int m, int n, int k,
        bool accumulate = false, Epilogue epilogue = default)
    {
        if (m == 0 || n == 0)
            return;
        bool alone = Workers.IsInside || Workers.Count == 1 || (long)m * n * k < Small;
        Product x = new() { C = c, Ldc = ldc, A = a, Lda = lda, TA = ta, B = b, Ldb = ldb, TB = tb, M = m, N = n, Epilogue = epilogue };
        x.Panels = (n + Nr - 1) / Nr;
        int blocks = (m + (8 * Mr) - 1) / (8 * Mr);
        x.Rows = (((m + blocks - 1) / blocks) + Mr - 1) / Mr * Mr;
        blocks = (m + x.Rows - 1) / x.Rows;
        int groups = alone ? 1 : Math.Clamp((4 * Workers.Count + blocks - 1) / blocks, 1, x.Panels);
        x.PerGroup = (x.Panels + groups - 1) / groups;
        x.Groups = (x.Panels + x.PerGroup - 1) / x.PerGroup;
        int most = Math.Max(1, PackedAtOnce / (x.Panels * Nr * Kc)) * Kc;
        x.Packed = GemmPacking.Mine.B((long)x.Panels * Nr * Math.Min(k, most));
        do
        {
            x.K = Math.Min(k - x.K0, most);
            (x.Accumulate, x.Last) = (accumulate || x.K0 > 0, x.K0 + x.K == k);
            if (alone)
            {
                x.Pack(0, x.Panels);
                for (int task = 0; task < blocks; task++)
                    x.Run(task);
            }
            else
            {
                Shared(x, blocks * x.Groups);
            }
            x.K0 += x.K;
        }
        while (x.K0 < k);
    }

    private static void Shared(Product x, int tasks)
    {
        Workers.For(x.Panels, Math.Max(1, x.Panels / (4 * Workers.Count)), x.Pack);
        Workers.For(tasks, x.Run);
    }

    /// <summary>One stretch along K of a product, and how it is cut.</summary>
    private struct Product
    {
        public float* C, A, B, Packed;
        public int Ldc, Lda, Ldb, M, N, K0, K, Panels, Rows, PerGroup, Groups;
        public bool TA, TB, Accumulate, Last;
        public Epilogue Epilogue;

        /// <summary>Packs panels of B for all blocks along K.</summary>
        public readonly void Pack(int from, int to)
        {
            for (int k = 0; k < K; k += Kc)
            {
                int kb = Math.Min(Kc, K - k);
                float* block = Packed + ((long)k * Panels * Nr);
                for (int p = from; p < to; p++)
                    GemmPacking.Pack(block + ((long)p * Nr * kb), B, Ldb, TB, p * Nr, Math.Min(Nr, N - (p * Nr)), Nr, K0 + k, kb);
            }
        }

        /// <summary>A block of rows of C by a group of panels.</summary>
        public readonly void Run(int task)
        {
            int i0 = task / Groups * Rows, rows = Math.Min(Rows, M - i0), p0 = task % Groups * PerGroup, p1 = Math.Min(Panels, p0 + PerGroup);
            float* packed = GemmPacking.Mine.A(Rows * Kc);
            int k = 0;
            do
            {
                int kb = Math.Min(Kc, K - k);
                float* block = Packed + ((long)k * Panels * Nr);
                for (int i = 0; i < rows; i += Mr)
                    GemmPacking.Pack(packed + ((long)i * kb), A, Lda, !TA, i0 + i, Math.Min(Mr, rows - i), Mr, K0 + k, kb);
                for (int p = p0; p < p1; p++)
                    for (int i = 0; i < rows; i += Mr)
                        Tile(C + ((long)(i0 + i) * Ldc) + (p * Nr), Ldc, packed + ((long)i * kb), block + ((long)p * Nr * kb),
                            Math.Min(Mr, rows - i), Math.Min(Nr, N - (p * Nr)), kb, Accumulate || k > 0);
                k += kb;
            }
            while (k < K);
            if (Last)
                Epilogue.Apply(C, Ldc, i0, rows, p0 * Nr, Math.Min(N, p1 * Nr) - (p0 * Nr));
        }
    }

    [SkipLocalsInit]
    private static void Tile(float* c, int ldc, float* a, float* b, int rows, int columns, int k, bool accumulate)
    {
        if (rows == Mr && columns == Nr)
        {
            Kernel(c, ldc, a, b, k, accumulate);
            return;
        }
        float* full = stackalloc float[GemmKernel512.Mr * GemmKernel512.Nr];
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
}
