using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>Products too small to be worth packing, as of one head of attention: four rows at a time, B read where it lies.</summary>
/// <remarks>Each element is summed along K in one order, whatever stands beside it.</remarks>
internal static unsafe class SmallGemm
{
    /// <summary>C[M, N] = or += A·B. A's element (i, k) is a[i·down + k·along]; B and C are by rows.</summary>
    public static void Multiply(float* c, nint ldc, float* a, nint down, nint along, float* b, nint ldb, int m, int n, int k, bool accumulate = false)
    {
        int j = 0;
        if (Vector512.IsHardwareAccelerated)
            j = Columns<Wide512, Vector512<float>>(0, c, ldc, a, down, along, b, ldb, m, n, k, accumulate);
        if (Vector256.IsHardwareAccelerated && n - j >= 8)
            j = Columns<Wide256, Vector256<float>>(j, c, ldc, a, down, along, b, ldb, m, n, k, accumulate);
        if (n - j >= 4)
            j = Columns<Wide128, Vector128<float>>(j, c, ldc, a, down, along, b, ldb, m, n, k, accumulate);
        for (; j < n; j++)
            for (int i = 0; i < m; i++)
            {
                float sum = 0;
                for (int p = 0; p < k; p++)
                    sum += a[(i * down) + (p * along)] * b[(p * ldb) + j];
                c[(i * ldc) + j] = accumulate ? c[(i * ldc) + j] + sum : sum;
            }
    }

    /// <summary>As many columns from j on as fill vectors; returns the first that is left.</summary>
    private static int Columns<TO, TV>(int j, float* c, nint ldc, float* a, nint down, nint along, float* b, nint ldb, int m,
        int n, int k, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int w = TO.Count;
        for (; TO.ManyRegisters && j + (4 * w) <= n; j += 4 * w)
            for (int i = 0; i < m; i += 4)
                Four<TO, TV>(c + (i * ldc) + j, ldc, a + (i * down), down, along, b + j, ldb, m - i, k, accumulate);
        for (; j + (2 * w) <= n; j += 2 * w)
            for (int i = 0; i < m; i += 4)
                Two<TO, TV>(c + (i * ldc) + j, ldc, a + (i * down), down, along, b + j, ldb, m - i, k, accumulate);
        for (; j + w <= n; j += w)
            for (int i = 0; i < m; i += 4)
                One<TO, TV>(c + (i * ldc) + j, ldc, a + (i * down), down, along, b + j, ldb, m - i, k, accumulate);
        return j;
    }

    /// <summary>Four rows by four vectors. Where there are fewer rows the last is computed again and not stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TO, TV>(float* c, nint ldc, float* a, nint down, nint along, float* b, nint ldb, int rows, int k, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int w = TO.Count;
        float* a1 = rows > 1 ? a + down : a, a2 = rows > 2 ? a1 + down : a1, a3 = rows > 3 ? a2 + down : a2;
        TV s00 = TO.Of(0), s01 = TO.Of(0), s02 = TO.Of(0), s03 = TO.Of(0), s10 = TO.Of(0), s11 = TO.Of(0), s12 = TO.Of(0), s13 = TO.Of(0);
        TV s20 = TO.Of(0), s21 = TO.Of(0), s22 = TO.Of(0), s23 = TO.Of(0), s30 = TO.Of(0), s31 = TO.Of(0), s32 = TO.Of(0), s33 = TO.Of(0);
        nint at = 0;
        for (; k > 0; k--, at += along, b += ldb)
        {
            TV b0 = TO.Load(b), b1 = TO.Load(b + w), b2 = TO.Load(b + (2 * w)), b3 = TO.Load(b + (3 * w)), x = TO.Of(a[at]);
            (s00, s01, s02, s03) = (TO.MultiplyAdd(x, b0, s00), TO.MultiplyAdd(x, b1, s01), TO.MultiplyAdd(x, b2, s02), TO.MultiplyAdd(x, b3, s03));
            x = TO.Of(a1[at]);
            (s10, s11, s12, s13) = (TO.MultiplyAdd(x, b0, s10), TO.MultiplyAdd(x, b1, s11), TO.MultiplyAdd(x, b2, s12), TO.MultiplyAdd(x, b3, s13));
            x = TO.Of(a2[at]);
            (s20, s21, s22, s23) = (TO.MultiplyAdd(x, b0, s20), TO.MultiplyAdd(x, b1, s21), TO.MultiplyAdd(x, b2, s22), TO.MultiplyAdd(x, b3, s23));
            x = TO.Of(a3[at]);
            (s30, s31, s32, s33) = (TO.MultiplyAdd(x, b0, s30), TO.MultiplyAdd(x, b1, s31), TO.MultiplyAdd(x, b2, s32), TO.MultiplyAdd(x, b3, s33));
        }
        Put<TO, TV>(c, s00, s01, accumulate);
        Put<TO, TV>(c + (2 * w), s02, s03, accumulate);
        if (rows > 1)
        {
            Put<TO, TV>(c + ldc, s10, s11, accumulate);
            Put<TO, TV>(c + ldc + (2 * w), s12, s13, accumulate);
        }
        if (rows > 2)
        {
            Put<TO, TV>(c + (2 * ldc), s20, s21, accumulate);
            Put<TO, TV>(c + (2 * ldc) + (2 * w), s22, s23, accumulate);
        }
        if (rows > 3)
        {
            Put<TO, TV>(c + (3 * ldc), s30, s31, accumulate);
            Put<TO, TV>(c + (3 * ldc) + (2 * w), s32, s33, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<TO, TV>(float* c, nint ldc, float* a, nint down, nint along, float* b, nint ldb, int rows, int k, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        int w = TO.Count;
        float* a1 = rows > 1 ? a + down : a, a2 = rows > 2 ? a1 + down : a1, a3 = rows > 3 ? a2 + down : a2;
        TV s00 = TO.Of(0), s01 = TO.Of(0), s10 = TO.Of(0), s11 = TO.Of(0), s20 = TO.Of(0), s21 = TO.Of(0), s30 = TO.Of(0), s31 = TO.Of(0);
        nint at = 0;
        for (; k > 0; k--, at += along, b += ldb)
        {
            TV b0 = TO.Load(b), b1 = TO.Load(b + w), x = TO.Of(a[at]);
            (s00, s01) = (TO.MultiplyAdd(x, b0, s00), TO.MultiplyAdd(x, b1, s01));
            x = TO.Of(a1[at]);
            (s10, s11) = (TO.MultiplyAdd(x, b0, s10), TO.MultiplyAdd(x, b1, s11));
            x = TO.Of(a2[at]);
            (s20, s21) = (TO.MultiplyAdd(x, b0, s20), TO.MultiplyAdd(x, b1, s21));
            x = TO.Of(a3[at]);
            (s30, s31) = (TO.MultiplyAdd(x, b0, s30), TO.MultiplyAdd(x, b1, s31));
        }
        Put<TO, TV>(c, s00, s01, accumulate);
        if (rows > 1)
            Put<TO, TV>(c + ldc, s10, s11, accumulate);
        if (rows > 2)
            Put<TO, TV>(c + (2 * ldc), s20, s21, accumulate);
        if (rows > 3)
            Put<TO, TV>(c + (3 * ldc), s30, s31, accumulate);
    }

    /// <summary>Four rows by one vector; even and odd steps are summed apart, or each sum would wait for the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TO, TV>(float* c, nint ldc, float* a, nint down, nint along, float* b, nint ldb, int rows, int k, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        float* a1 = rows > 1 ? a + down : a, a2 = rows > 2 ? a1 + down : a1, a3 = rows > 3 ? a2 + down : a2;
        TV s0 = TO.Of(0), s1 = TO.Of(0), s2 = TO.Of(0), s3 = TO.Of(0), t0 = TO.Of(0), t1 = TO.Of(0), t2 = TO.Of(0), t3 = TO.Of(0);
        nint at = 0;
        for (; k > 1; k -= 2, at += 2 * along, b += 2 * ldb)
        {
            TV b0 = TO.Load(b), b1 = TO.Load(b + ldb);
            (s0, t0) = (TO.MultiplyAdd(TO.Of(a[at]), b0, s0), TO.MultiplyAdd(TO.Of(a[at + along]), b1, t0));
            (s1, t1) = (TO.MultiplyAdd(TO.Of(a1[at]), b0, s1), TO.MultiplyAdd(TO.Of(a1[at + along]), b1, t1));
            (s2, t2) = (TO.MultiplyAdd(TO.Of(a2[at]), b0, s2), TO.MultiplyAdd(TO.Of(a2[at + along]), b1, t2));
            (s3, t3) = (TO.MultiplyAdd(TO.Of(a3[at]), b0, s3), TO.MultiplyAdd(TO.Of(a3[at + along]), b1, t3));
        }
        if (k > 0)
        {
            TV b0 = TO.Load(b);
            (s0, s1) = (TO.MultiplyAdd(TO.Of(a[at]), b0, s0), TO.MultiplyAdd(TO.Of(a1[at]), b0, s1));
            (s2, s3) = (TO.MultiplyAdd(TO.Of(a2[at]), b0, s2), TO.MultiplyAdd(TO.Of(a3[at]), b0, s3));
        }
        Put<TO, TV>(c, TO.Add(s0, t0), accumulate);
        if (rows > 1)
            Put<TO, TV>(c + ldc, TO.Add(s1, t1), accumulate);
        if (rows > 2)
            Put<TO, TV>(c + (2 * ldc), TO.Add(s2, t2), accumulate);
        if (rows > 3)
            Put<TO, TV>(c + (3 * ldc), TO.Add(s3, t3), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TO, TV>(float* c, TV x, TV y, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        Put<TO, TV>(c, x, accumulate);
        Put<TO, TV>(c + TO.Count, y, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TO, TV>(float* c, TV x, bool accumulate)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TO.Store(accumulate ? TO.Add(TO.Load(c), x) : x, c);
    }
}
