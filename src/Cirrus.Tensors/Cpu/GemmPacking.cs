using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cirrus.Tensors.Cpu;

/// <summary>Lays parts of a matrix out in the order in which the innermost product reads them, whichever way it is stored.</summary>
internal static unsafe class GemmPacking
{
    private const int LinesAhead = 8;

    [ThreadStatic]
    private static Buffers? _buffers;

    /// <summary>This thread's buffers; they grow as needed and are freed with it.</summary>
    public static Buffers Mine => _buffers ??= new Buffers();

    /// <summary>to[k, width] from lines j0.. of x, zeros beyond the last: x[line, k] when <paramref name="lines"/>, else x[k, line].</summary>
    public static void Pack(float* to, float* x, int ld, bool lines, int j0, int count, int width, int k0, int k)
    {
        if (count < width)
            new Span<float>(to, width * k).Clear();
        if (lines)
            Transpose(to, x + ((long)j0 * ld) + k0, ld, count, width, k, width);
        else
            Copy(to, x + ((long)k0 * ld) + j0, ld, count, width, k);
    }

    private static void Copy(float* to, float* x, int ld, int count, int width, int k)
    {
        int fours = count & ~3;
        for (; k > 0; k--, x += ld, to += width)
        {
            int j = 0;
            for (; j < fours; j += 4)
                Vector128.Store(Vector128.Load(x + j), to + j);
            for (; j < count; j++)
                to[j] = x[j];
        }
    }

    /// <summary>to[p·width + j] = x[j·ld + p] for p in [0, k), j in [0, count), four by four where there are vectors.</summary>
    /// <param name="room">columns that may be written; where there are more than count, some get values of the last line.</param>
    public static void Transpose(float* to, float* x, int ld, int count, int width, int k, int room)
    {
        int j = 0;
        for (; j < count && j + 4 <= Math.Max(room, count); j += 4, x += 4L * ld)
        {
            float* x0 = x, x1 = count - j > 1 ? x0 + ld : x0, x2 = count - j > 2 ? x1 + ld : x1, x3 = count - j > 3 ? x2 + ld : x2, t = to + j;
            int p = 0;
            if (Sse.IsSupported)
                for (; p + 4 <= k; p += 4, t += 4 * width)
                {
                    if ((p & 15) == 0)
                        Prefetch(x0 + p, ld);
                    Vector128<float> r0 = Vector128.Load(x0 + p), r1 = Vector128.Load(x1 + p), r2 = Vector128.Load(x2 + p),
                        r3 = Vector128.Load(x3 + p);
                    Vector128<float> low0 = Sse.UnpackLow(r0, r1), high0 = Sse.UnpackHigh(r0, r1);          // a0 b0 a1 b1, a2 b2 a3 b3
                    Vector128<float> low1 = Sse.UnpackLow(r2, r3), high1 = Sse.UnpackHigh(r2, r3);
                    Sse.MoveLowToHigh(low0, low1).Store(t);
                    Sse.MoveHighToLow(low1, low0).Store(t + width);
                    Sse.MoveLowToHigh(high0, high1).Store(t + (2 * width));
                    Sse.MoveHighToLow(high1, high0).Store(t + (3 * width));
                }
            for (; p < k; p++, t += width)
                (t[0], t[1], t[2], t[3]) = (x0[p], x1[p], x2[p], x3[p]);
        }
        for (; j < count; j++, x += ld)
            for (int p = 0; p < k; p++)
                to[((long)p * width) + j] = x[p];
    }

    /// <summary>Asks for the lines that come a little later: four lines at a time are too few for memory to run at its pace.</summary>
    private static void Prefetch(float* x, int ld)
    {
        x += LinesAhead * (long)ld;
        Sse.Prefetch0(x);
        Sse.Prefetch0(x + ld);
        Sse.Prefetch0(x + (2L * ld));
        Sse.Prefetch0(x + (3L * ld));
    }

    /// <summary>Native memory on cache lines.</summary>
    public sealed class Buffers
    {
        private float* _part, _whole;
        private long _partCount, _wholeCount;

        ~Buffers()
        {
            NativeMemory.AlignedFree(_part);
            NativeMemory.AlignedFree(_whole);
        }

        public float* Part(long count) => Grown(ref _part, ref _partCount, count);

        public float* Whole(long count) => Grown(ref _whole, ref _wholeCount, count);

        private static float* Grown(ref float* buffer, ref long has, long count)
        {
            if (has < count)
            {
                NativeMemory.AlignedFree(buffer);
                buffer = null;
                has = 0;
                buffer = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
                has = count;
            }
            return buffer;
        }
    }
}
