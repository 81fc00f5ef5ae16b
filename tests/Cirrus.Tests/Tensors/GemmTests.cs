using Cirrus.Tensors;
using Cirrus.Tensors.Conformance;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Tests.Tensors;

/// <summary>Products on odd sizes against float64, with everything that can stand around them.</summary>
public sealed unsafe class GemmTests
{
    /// <summary>
    /// Sizes on, below and above the edges of tiles (12x32, 6x16, 4x8), of blocks along K (256) and of blocks of rows
    /// (96, 48, 32).
    /// </summary>
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 1, 32, 7 }, { 12, 32, 256 }, { 13, 33, 257 }, { 11, 31, 255 }, { 2, 5, 600 }, { 97, 65, 64 }, { 100, 100, 300 },
        { 50, 64, 50 }, { 16, 70, 520 }, { 17, 40, 100 }, { 33, 100, 30 }, { 191, 193, 3 },
    };

    // A sum of k products of values in [-1, 1] rounded in any order is wrong by at most k·2⁻²⁴·k; the usual error is its root.
    private static float Tolerance(int k) => 1e-6f + (2e-7f * k);

    [Theory, MemberData(nameof(Sizes))]
    public void Product_is_right_for_all_transposes_strides_and_accumulation(int m, int n, int k)
    {
        foreach (bool ta in new[] { false, true })
            foreach (bool tb in new[] { false, true })
                foreach (bool accumulate in new[] { false, true })
                {
                    int lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 5;
                    float[] a = Values(lda * (ta ? k : m), 1), b = Values(ldb * (tb ? n : k), 2), c = Values(ldc * m, 3);
                    if (!accumulate)
                        for (int i = 0; i < m; i++)
                            c.AsSpan(i * ldc, n).Fill(float.NaN);
                    float[] before = [.. c];
                    double[] expected = PlainGemm.Multiply(a, lda, ta, b, ldb, tb, m, n, k);
                    fixed (float* pa = a, pb = b, pc = c)
                        Gemm.Multiply(pc, ldc, pa, lda, ta, pb, ldb, tb, m, n, k, accumulate);
                    for (int i = 0; i < m; i++)
                    {
                        for (int j = 0; j < n; j++)
                            Near(expected[(i * n) + j] + (accumulate ? before[(i * ldc) + j] : 0), c[(i * ldc) + j], Tolerance(k));
                        Assert.Equal(before.AsSpan((i * ldc) + n, 5), c.AsSpan((i * ldc) + n, 5));        // nothing is written beside C
                    }
                }
    }

    [Theory]
    [InlineData(Activation.None)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    public void Epilogue_adds_bias_keeps_it_activates_and_adds_the_residual(Activation activation)
    {
        foreach ((int m, int n, int k) in new[] { (13, 70, 300), (5, 3, 2), (100, 130, 64), (20, 40, 520) })
        {
            float[] a = Values(m * k, 1), b = Values(n * k, 2), bias = Values(n, 3), add = Values(m * n, 4);
            float[] c = new float[m * n], kept = new float[m * n];
            double[] product = PlainGemm.Multiply(a, k, false, b, k, true, m, n, k);
            fixed (float* pa = a, pb = b, pc = c, pbias = bias, padd = add, pkept = kept)
                Gemm.Multiply(pc, n, pa, k, false, pb, k, true, m, n, k,
                    epilogue: new() { Bias = pbias, Add = padd, Before = pkept, Activation = activation });
            for (int i = 0; i < c.Length; i++)
            {
                double x = product[i] + bias[i % n];
                Near(x, kept[i], Tolerance(k));
                Near(Plain.Activate(kept[i], activation) + add[i], c[i], 2e-6f);                                  // values up to about 10
            }
        }
    }

    [Fact]
    public void No_inner_dimension_gives_zeros_and_the_epilogue_alone()
    {
        float[] c = [1, 2, 3, 4, 5, 6], bias = [1, -2, 3], a = [0], b = [0];
        fixed (float* pa = a, pb = b, pc = c, pbias = bias)
            Gemm.Multiply(pc, 3, pa, 1, false, pb, 1, true, 2, 3, 0, epilogue: new() { Bias = pbias, Activation = Activation.Relu });
        Assert.Equal([1, 0, 3, 1, 0, 3], c);
    }

    [Fact]
    public void Result_does_not_depend_on_the_number_of_threads_to_the_bit()
    {
        int was = Workers.Count;
        try
        {
            foreach ((int m, int n, int k) in new[] { (300, 200, 600), (30, 700, 300), (1000, 33, 129), (7, 900, 64) })
            {
                float[] one = WithThreads(1, m, n, k);
                foreach (int threads in new[] { 2, 3, 5 })
                    Assert.True(one.AsSpan().SequenceEqual(WithThreads(threads, m, n, k)), $"{threads} threads, {m}x{n}x{k}");
            }
        }
        finally
        {
            Workers.Count = was;
        }
    }

    // A caption's features must not depend on the batch it comes in: kept features and computed ones are the same bits.
    [Fact]
    public void A_row_does_not_depend_on_the_rows_around_it_to_the_bit()
    {
        const int m = 130, n = 100, k = 530;
        float[] a = Values(m * k, 1), b = Values(n * k, 2), all = new float[m * n];
        foreach (bool tb in new[] { false, true })
        {
            fixed (float* pa = a, pb = b, pall = all)
            {
                Gemm.Multiply(pall, n, pa, k, false, pb, tb ? k : n, tb, m, n, k);
                foreach ((int from, int rows) in new[] { (0, 1), (3, 2), (10, 12), (129, 1), (40, 16), (41, 17), (5, 30), (20, 100) })
                {
                    float[] part = new float[rows * n];
                    fixed (float* ppart = part)
                        Gemm.Multiply(ppart, n, pa + (from * k), k, false, pb, tb ? k : n, tb, rows, n, k);
                    Assert.True(part.AsSpan().SequenceEqual(all.AsSpan(from * n, rows * n)), $"rows {from} to {from + rows}, B transposed: {tb}");
                }
            }
        }
    }

    private static float[] WithThreads(int threads, int m, int n, int k)
    {
        Workers.Count = threads;
        float[] a = Values(m * k, 1), b = Values(n * k, 2), bias = Values(n, 3), c = new float[m * n];
        fixed (float* pa = a, pb = b, pc = c, pbias = bias)
            Gemm.Multiply(pc, n, pa, k, false, pb, k, true, m, n, k, epilogue: new() { Bias = pbias, Activation = Activation.Gelu });
        return c;
    }

    private static void Near(double expected, float actual, float tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{actual} stands where {expected} should (tolerance {tolerance})");

    private static float[] Values(int count, ulong stream)
    {
        Philox random = new(7, stream);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (random.Uniform((ulong)i) * 2) - 1;
        return values;
    }
}
