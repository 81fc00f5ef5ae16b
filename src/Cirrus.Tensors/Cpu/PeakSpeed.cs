using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>What one core can do at best: fused multiply-adds in registers, nothing loaded or stored.</summary>
internal static class PeakSpeed
{
    private const int Sums = 12;
    private static float _sink;

    /// <summary>Billions of operations a second (a multiply-add is two); takes about a millisecond.</summary>
    public static double Measure()
    {
        const int rounds = 100_000;
        long start = Stopwatch.GetTimestamp();
        (_sink, int lanes) = Vector512.IsHardwareAccelerated ? (Run<Wide512, Vector512<float>>(rounds), Wide512.Count)
            : Vector256.IsHardwareAccelerated ? (Run<Wide256, Vector256<float>>(rounds), Wide256.Count)
            : (Run<Wide128, Vector128<float>>(rounds), Wide128.Count);
        return 2e-9 * Sums * lanes * rounds / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run<TO, TV>(int rounds)
        where TO : struct, IWide<TV>
        where TV : struct
    {
        TV x = TO.Of(0.999f), y = TO.Of(1e-3f);
        TV s0 = x, s1 = TO.Add(s0, y), s2 = TO.Add(s1, y), s3 = TO.Add(s2, y), s4 = TO.Add(s3, y), s5 = TO.Add(s4, y);
        TV s6 = TO.Add(s5, y), s7 = TO.Add(s6, y), s8 = TO.Add(s7, y), s9 = TO.Add(s8, y), s10 = TO.Add(s9, y), s11 = TO.Add(s10, y);
        for (int i = 0; i < rounds; i++)
        {
            s0 = TO.MultiplyAdd(s0, x, y);
            s1 = TO.MultiplyAdd(s1, x, y);
            s2 = TO.MultiplyAdd(s2, x, y);
            s3 = TO.MultiplyAdd(s3, x, y);
            s4 = TO.MultiplyAdd(s4, x, y);
            s5 = TO.MultiplyAdd(s5, x, y);
            s6 = TO.MultiplyAdd(s6, x, y);
            s7 = TO.MultiplyAdd(s7, x, y);
            s8 = TO.MultiplyAdd(s8, x, y);
            s9 = TO.MultiplyAdd(s9, x, y);
            s10 = TO.MultiplyAdd(s10, x, y);
            s11 = TO.MultiplyAdd(s11, x, y);
        }
        TV low = TO.Add(TO.Add(TO.Add(s0, s1), TO.Add(s2, s3)), TO.Add(s4, s5));
        TV high = TO.Add(TO.Add(TO.Add(s6, s7), TO.Add(s8, s9)), TO.Add(s10, s11));
        return TO.Sum(TO.Add(low, high));
    }
}
