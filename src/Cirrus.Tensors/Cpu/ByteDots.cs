using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cirrus.Tensors.Cpu;

/// <summary>Dot products of unsigned bytes (rows) with signed bytes (queries), exact in 32 bits.</summary>
/// <remarks>Widths are multiples of 64 and at most <see cref="Widest"/>, where 255·127 a step cannot overflow.</remarks>
internal static unsafe class ByteDots
{
    public const int Widest = 1 << 16;

    /// <summary>dots[query · step + row] of all given rows and queries.</summary>
    public static void Multiply(int* dots, int step, byte* rows, int count, sbyte* queries, int queryCount, int width)
    {
        if (!Avx2.IsSupported)
            Plain(dots, step, rows, count, queries, queryCount, width);
        else if (AvxVnni.IsSupported)
            Blocks<Vnni>(dots, step, rows, count, queries, queryCount, width);
        else
            Blocks<Widening>(dots, step, rows, count, queries, queryCount, width);
    }

    /// <summary>The definition, for machines without the instructions and as what they are held against.</summary>
    public static void Plain(int* dots, int step, byte* rows, int count, sbyte* queries, int queryCount, int width)
    {
        for (int r = 0; r < count; r++)
            for (int q = 0; q < queryCount; q++)
            {
                int sum = 0;
                for (int i = 0; i < width; i++)
                    sum += rows[((nint)r * width) + i] * queries[((nint)q * width) + i];
                dots[((nint)q * step) + r] = sum;
            }
    }

    /// <summary>For tests: without the dot product instruction.</summary>
    public static void MultiplyWidening(int* dots, int step, byte* rows, int count, sbyte* queries, int queryCount, int width) =>
        Blocks<Widening>(dots, step, rows, count, queries, queryCount, width);

    private interface IStep
    {
        static abstract Vector256<int> Add(Vector256<int> sum, byte* row, Vector256<sbyte> query);
    }

    private readonly struct Vnni : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, byte* row, Vector256<sbyte> query) =>
            AvxVnni.MultiplyWideningAndAdd(sum, Vector256.Load(row), query);
    }

    private readonly struct Widening : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, byte* row, Vector256<sbyte> query) => sum
            + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(row), Avx2.ConvertToVector256Int16(query.GetLower()))
            + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(row + 16), Avx2.ConvertToVector256Int16(query.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blocks<T>(int* dots, int step, byte* rows, int count, sbyte* queries, int queryCount, int width) where T : struct, IStep
    {
        for (int r = 0; r < count; r += 4)
        {
            byte* row = rows + ((nint)r * width);
            int left = count - r;
            int q = 0;
            for (; q + 2 <= queryCount; q += 2)
                FourByTwo<T>(dots + ((nint)q * step) + r, step, row, left, queries + ((nint)q * width), width);
            if (q < queryCount)
                FourByOne<T>(dots + ((nint)q * step) + r, row, left, queries + ((nint)q * width), width);
        }
    }

    /// <summary>Where fewer than four rows are left the last is computed again and not stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<T>(int* dots, int step, byte* row, int left, sbyte* query, int width) where T : struct, IStep
    {
        byte* r1 = left > 1 ? row + width : row, r2 = left > 2 ? r1 + width : r1, r3 = left > 3 ? r2 + width : r2;
        sbyte* other = query + width;
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (nint i = 0; i < width; i += 32)
        {
            Vector256<sbyte> x = Vector256.Load(query + i), y = Vector256.Load(other + i);
            a0 = T.Add(a0, row + i, x);
            b0 = T.Add(b0, row + i, y);
            a1 = T.Add(a1, r1 + i, x);
            b1 = T.Add(b1, r1 + i, y);
            a2 = T.Add(a2, r2 + i, x);
            b2 = T.Add(b2, r2 + i, y);
            a3 = T.Add(a3, r3 + i, x);
            b3 = T.Add(b3, r3 + i, y);
        }
        Store(dots, Sums(a0, a1, a2, a3), left);
        Store(dots + step, Sums(b0, b1, b2, b3), left);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne<T>(int* dots, byte* row, int left, sbyte* query, int width) where T : struct, IStep
    {
        byte* r1 = left > 1 ? row + width : row, r2 = left > 2 ? r1 + width : r1, r3 = left > 3 ? r2 + width : r2;
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (nint i = 0; i < width; i += 64)
        {
            Vector256<sbyte> x = Vector256.Load(query + i), y = Vector256.Load(query + i + 32);
            a0 = T.Add(a0, row + i, x);
            b0 = T.Add(b0, row + i + 32, y);
            a1 = T.Add(a1, r1 + i, x);
            b1 = T.Add(b1, r1 + i + 32, y);
            a2 = T.Add(a2, r2 + i, x);
            b2 = T.Add(b2, r2 + i + 32, y);
            a3 = T.Add(a3, r3 + i, x);
            b3 = T.Add(b3, r3 + i + 32, y);
        }
        Store(dots, Sums(a0 + b0, a1 + b1, a2 + b2, a3 + b3), left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Sums(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return sums.GetLower() + sums.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* dots, Vector128<int> sums, int left)
    {
        if (left >= 4)
            sums.Store(dots);
        else
            for (int i = 0; i < left; i++)
                dots[i] = sums[i];
    }
}
