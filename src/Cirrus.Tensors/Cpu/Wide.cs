using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>Vectors of one width, so that a kernel is written once and compiled for each.</summary>
/// <typeparam name="TV">eight or sixteen floats, or four, which every machine has or has imitated.</typeparam>
internal unsafe interface IWide<TV> where TV : struct
{
    static abstract int Count { get; }

    /// <summary>There are registers for sixteen sums and what feeds them.</summary>
    static abstract bool ManyRegisters { get; }

    /// <summary>0, 1, 2, ...</summary>
    static abstract TV Lanes { get; }

    static abstract TV Load(float* x);

    static abstract void Store(TV x, float* to);

    static abstract TV Of(float x);

    static abstract TV Add(TV x, TV y);

    static abstract TV Subtract(TV x, TV y);

    static abstract TV Multiply(TV x, TV y);

    static abstract TV Divide(TV x, TV y);

    /// <summary>x·y + z, rounded once where the machine can.</summary>
    static abstract TV MultiplyAdd(TV x, TV y, TV z);

    /// <summary>The larger; <paramref name="y"/> where x is no number.</summary>
    static abstract TV Max(TV x, TV y);

    /// <summary>x &lt; y ? a : b.</summary>
    static abstract TV WhereLess(TV x, TV y, TV a, TV b);

    /// <summary>2ⁿ of the whole numbers n in [-126, 127] that stand in the low bits of x.</summary>
    static abstract TV PowerOfTwo(TV x);

    static abstract float Sum(TV x);

    static abstract float Largest(TV x);
}

internal readonly unsafe struct Wide512 : IWide<Vector512<float>>
{
    public static int Count => 16;

    public static bool ManyRegisters => true;

    public static Vector512<float> Lanes => Vector512.CreateSequence(0f, 1f);

    public static Vector512<float> Load(float* x) => Vector512.Load(x);

    public static void Store(Vector512<float> x, float* to) => x.Store(to);

    public static Vector512<float> Of(float x) => Vector512.Create(x);

    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;

    public static Vector512<float> Subtract(Vector512<float> x, Vector512<float> y) => x - y;

    public static Vector512<float> Multiply(Vector512<float> x, Vector512<float> y) => x * y;

    public static Vector512<float> Divide(Vector512<float> x, Vector512<float> y) => x / y;

    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> z) => Vector512.FusedMultiplyAdd(x, y, z);

    public static Vector512<float> Max(Vector512<float> x, Vector512<float> y) => Vector512.MaxNative(x, y);

    public static Vector512<float> WhereLess(Vector512<float> x, Vector512<float> y, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, y), a, b);

    public static Vector512<float> PowerOfTwo(Vector512<float> x) => ((x.AsInt32() + Vector512.Create(127)) << 23).AsSingle();

    public static float Sum(Vector512<float> x) => Wide256.Sum(x.GetLower() + x.GetUpper());

    public static float Largest(Vector512<float> x) => Wide256.Largest(Wide256.Max(x.GetLower(), x.GetUpper()));
}

internal readonly unsafe struct Wide256 : IWide<Vector256<float>>
{
    public static int Count => 8;

    public static bool ManyRegisters => false;

    public static Vector256<float> Lanes => Vector256.CreateSequence(0f, 1f);

    public static Vector256<float> Load(float* x) => Vector256.Load(x);

    public static void Store(Vector256<float> x, float* to) => x.Store(to);

    public static Vector256<float> Of(float x) => Vector256.Create(x);

    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    public static Vector256<float> Subtract(Vector256<float> x, Vector256<float> y) => x - y;

    public static Vector256<float> Multiply(Vector256<float> x, Vector256<float> y) => x * y;

    public static Vector256<float> Divide(Vector256<float> x, Vector256<float> y) => x / y;

    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> z) => Vector256.FusedMultiplyAdd(x, y, z);

    public static Vector256<float> Max(Vector256<float> x, Vector256<float> y) => Vector256.MaxNative(x, y);

    public static Vector256<float> WhereLess(Vector256<float> x, Vector256<float> y, Vector256<float> a, Vector256<float> b) =>
        Vector256.ConditionalSelect(Vector256.LessThan(x, y), a, b);

    public static Vector256<float> PowerOfTwo(Vector256<float> x) => ((x.AsInt32() + Vector256.Create(127)) << 23).AsSingle();

    public static float Sum(Vector256<float> x) => Wide128.Sum(x.GetLower() + x.GetUpper());

    public static float Largest(Vector256<float> x) => Wide128.Largest(Wide128.Max(x.GetLower(), x.GetUpper()));
}

internal readonly unsafe struct Wide128 : IWide<Vector128<float>>
{
    public static int Count => 4;

    public static bool ManyRegisters => false;

    public static Vector128<float> Lanes => Vector128.CreateSequence(0f, 1f);

    public static Vector128<float> Load(float* x) => Vector128.Load(x);

    public static void Store(Vector128<float> x, float* to) => x.Store(to);

    public static Vector128<float> Of(float x) => Vector128.Create(x);

    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    public static Vector128<float> Subtract(Vector128<float> x, Vector128<float> y) => x - y;

    public static Vector128<float> Multiply(Vector128<float> x, Vector128<float> y) => x * y;

    public static Vector128<float> Divide(Vector128<float> x, Vector128<float> y) => x / y;

    /// <remarks>Without hardware for it the runtime would call a function for every element.</remarks>
    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> z) =>
        Vector128.MultiplyAddEstimate(x, y, z);

    public static Vector128<float> Max(Vector128<float> x, Vector128<float> y) => Vector128.MaxNative(x, y);

    public static Vector128<float> WhereLess(Vector128<float> x, Vector128<float> y, Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(Vector128.LessThan(x, y), a, b);

    public static Vector128<float> PowerOfTwo(Vector128<float> x) => ((x.AsInt32() + Vector128.Create(127)) << 23).AsSingle();

    public static float Sum(Vector128<float> x) => x[0] + x[2] + (x[1] + x[3]);

    public static float Largest(Vector128<float> x)
    {
        Vector128<float> two = Max(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)))[0];
    }
}
