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

    /// <summary>Values packed at a time, which the last cache should hold.</summary>
    private const int PackedAtOnce = 4 << 20;

    /// <summary>With so many rows or fewer A is packed whole, not B.</summary>
    private const int FewRows = 640;

    /// <summary>Values of A packed at a time then, which the second cache should hold; but no less than four blocks along K.</summary>
    private const int FewPackedAtOnce = 1 << 18;

    /// <summary>Tiles of rows in a block of A, which (98 KB) lies in the second cache.</summary>
    private const int TilesPerBlock = 8;

    private static readonly (int Mr, int Nr) Shape =
        Vector512.IsHardwareAccelerated ? (GemmKernel512.Mr, GemmKernel512.Nr)
        : Vector256.IsHardwareAccelerated ? (GemmKernel256.Mr, GemmKernel256.Nr)
        : (GemmKernel128.Mr, GemmKernel128.Nr);
    private static readonly int Mr = Shape.Mr, Nr = Shape.Nr;

    /// <summary>C[M, N] = or += op(A)[M, K]·op(B)[K, N], then the epilogue.</summary>
    /// <param name="ta">A is stored [K, M].</param>
    /// <param name="tb">B is stored [N, K], as PyTorch stores weights.</param>
    public static void Multiply(float* c, int ldc, float* a, int lda, bool ta, float* b, int ldb, bool tb, int m, int n, int k,
        bool accumulate = false, Epilogue epilogue = default)
    {
        if (m == 0 || n == 0)
            return;
        int threads = Workers.IsInside || (long)m * n * k < Small ? 1 : Workers.Count;
        Product x = new() { C = c, Ldc = ldc, A = a, Lda = lda, TA = ta, B = b, Ldb = ldb, TB = tb, M = m, N = n, Epilogue = epilogue };
        (x.RowTiles, x.Panels) = ((m + Mr - 1) / Mr, (n + Nr - 1) / Nr);
        bool byPanel = m <= FewRows && (threads == 1 || x.Panels >= 4 * threads);
        int blocks = (x.RowTiles + TilesPerBlock - 1) / TilesPerBlock;
        x.Rows = (x.RowTiles + blocks - 1) / blocks * Mr;
        blocks = (m + x.Rows - 1) / x.Rows;
        int groups = threads == 1 ? 1 : Math.Clamp(((4 * threads) + blocks - 1) / blocks, 1, x.Panels);
        x.PerGroup = (x.Panels + groups - 1) / groups;
        x.Groups = (x.Panels + x.PerGroup - 1) / x.PerGroup;
        int lines = byPanel ? x.RowTiles * Mr : x.Panels * Nr, most = byPanel ? Math.Max(4, FewPackedAtOnce / (lines * Kc)) * Kc
            : Math.Max(1, PackedAtOnce / (lines * Kc)) * Kc;
        x.Packed = GemmPacking.Mine.Whole((long)lines * Math.Min(k, most));
        do
        {
            x.K = Math.Min(k - x.K0, most);
            (x.Accumulate, x.Last) = (accumulate || x.K0 > 0, x.K0 + x.K == k);
            if (threads == 1)
                x.RunAlone(byPanel, blocks);
            else
                Shared(x, byPanel, blocks, 4 * threads);
            x.K0 += x.K;
        }
        while (x.K0 < k);
    }

    private static void Shared(Product x, bool byPanel, int blocks, int parts)
    {
        if (byPanel)
        {
            Workers.For(x.RowTiles, 1 + (x.RowTiles / parts), x.PackA);
            Workers.For(x.Panels, 1 + (x.Panels / (4 * parts)), x.RunPanels);
        }
        else
        {
            Workers.For(x.Panels, 1 + (x.Panels / parts), x.PackB);
            Workers.For(blocks * x.Groups, 1, x.RunBlocks);
        }
    }

    /// <summary>One stretch along K of a product, and how it is cut.</summary>
    /// <remarks>
    /// With many rows all of B is packed, and each block of A as it is needed. With few it is the other way round: a weight
    /// read from memory then goes into the first cache and no further.
    /// </remarks>
    private struct Product
    {
        public float* C, A, B, Packed;
        public int Ldc, Lda, Ldb, M, N, K0, K, RowTiles, Panels, Rows, PerGroup, Groups;
        public bool TA, TB, Accumulate, Last;
        public Epilogue Epilogue;

        public readonly void RunAlone(bool byPanel, int blocks)
        {
            if (byPanel)
            {
                PackA(0, RowTiles);
                RunPanels(0, Panels);
            }
            else
            {
                PackB(0, Panels);
                RunBlocks(0, blocks * Groups);
            }
        }

        /// <summary>Packs tiles of rows of A for all blocks along K.</summary>
        public readonly void PackA(int from, int to)
        {
            for (int k = 0; k < K; k += Kc)
                PackA(Packed + ((long)k * RowTiles * Mr), from, to, from, k, Math.Min(Kc, K - k));
        }

        /// <summary>Packs panels of B for all blocks along K.</summary>
        public readonly void PackB(int from, int to)
        {
            for (int k = 0; k < K; k += Kc)
            {
                int kb = Math.Min(Kc, K - k);
                float* block = Packed + ((long)k * Panels * Nr);
                for (int p = from; p < to; p++)
                    PackPanel(block + ((long)p * Nr * kb), p, k, kb);
            }
        }

        /// <summary>Panels of C, all rows.</summary>
        public readonly void RunPanels(int from, int to)
        {
            float* panel = GemmPacking.Mine.Part(Nr * Kc);
            for (int p = from; p < to; p++)
            {
                int k = 0;
                do
                {
                    int kb = Math.Min(Kc, K - k);
                    PackPanel(panel, p, k, kb);
                    Tiles(Packed + ((long)k * RowTiles * Mr), panel, 0, M, p, kb, Accumulate || k > 0);
                    k += kb;
                }
                while (k < K);
                if (Last)
                    Epilogue.Apply(C, Ldc, 0, M, p * Nr, Math.Min(Nr, N - (p * Nr)));
            }
        }

        /// <summary>Blocks of rows of C by groups of panels.</summary>
        public readonly void RunBlocks(int from, int to)
        {
            float* packed = GemmPacking.Mine.Part(Rows * Kc);
            for (int task = from; task < to; task++)
            {
                int i0 = task / Groups * Rows, rows = Math.Min(Rows, M - i0), p0 = task % Groups * PerGroup, p1 = Math.Min(Panels, p0 + PerGroup);
                int k = 0;
                do
                {
                    int kb = Math.Min(Kc, K - k);
                    PackA(packed, i0 / Mr, (i0 + rows + Mr - 1) / Mr, 0, k, kb);
                    for (int p = p0; p < p1; p++)
                        Tiles(packed, Packed + ((long)k * Panels * Nr) + ((long)p * Nr * kb), i0, rows, p, kb, Accumulate || k > 0);
                    k += kb;
                }
                while (k < K);
                if (Last)
                    Epilogue.Apply(C, Ldc, i0, rows, p0 * Nr, Math.Min(N, p1 * Nr) - (p0 * Nr));
            }
        }

        private readonly void PackPanel(float* to, int p, int k, int kb) =>
            GemmPacking.Pack(to, B, Ldb, TB, p * Nr, Math.Min(Nr, N - (p * Nr)), Nr, K0 + k, kb);

        private readonly void PackA(float* to, int fromTile, int toTile, int at, int k, int kb)
        {
            int step = TA ? 16 : kb;                         // lines of a transposed A go to all tiles while the first cache has them
            for (int from = 0; from < kb; from += step)
                for (int tile = fromTile; tile < toTile; tile++)
                    GemmPacking.Pack(to + ((long)(at + tile - fromTile) * Mr * kb) + (from * Mr), A, Lda, !TA, tile * Mr,
                        Math.Min(Mr, M - (tile * Mr)), Mr,
                        K0 + k + from, Math.Min(step, kb - from));
        }

        private readonly void Tiles(float* a, float* b, int i0, int rows, int p, int kb, bool accumulate)
        {
            for (int i = 0; i < rows; i += Mr)
                Tile(C + ((long)(i0 + i) * Ldc) + (p * Nr), Ldc, a + ((long)i * kb), b, Math.Min(Mr, rows - i),
                    Math.Min(Nr, N - (p * Nr)), kb, accumulate);
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
