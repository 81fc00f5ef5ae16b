using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Tests.Tensors;

/// <summary>One head against float64: prefixes, causality, biases, sizes on and off whole vectors.</summary>
public sealed unsafe class AttentionTests
{
    private const int Stride = 75;

    // Scores are sums of up to 72 products of values in [-1, 1], e^x adds 2e-7 of itself, gradients sum up to 70 of them once more.
    private const float Tolerance = 2e-5f;

    /// <summary>T, S, P, D, causal, with a bias.</summary>
    public static TheoryData<int, int, int, int, bool, bool> Cases => new()
    {
        { 1, 1, 0, 4, false, false }, { 1, 12, 3, 64, false, false }, { 11, 11, 0, 64, true, false }, { 8, 12, 4, 64, true, false },
        { 3, 16, 13, 16, true, false }, { 65, 65, 0, 32, false, false }, { 17, 17, 0, 72, true, false }, { 5, 33, 0, 7, false, true },
        { 50, 50, 0, 64, false, true }, { 4, 35, 31, 20, true, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Result_and_gradients_are_those_of_float64(int t, int s, int p, int d, bool causal, bool biased)
    {
        float[] q = Values(t, 1), k = Values(s - p, 2), v = Values(s - p, 3), pk = Values(p, 4), pv = Values(p, 5),
            dy = Values(t, 6), bias = Values(1 + (t * s / Stride), 7);
        float[] y = new float[t * Stride], dq = Values(t, 8), dk = Values(s - p, 9), dv = Values(s - p, 10), db = Values(1 + (t * s / Stride), 11);
        float[] dq0 = [.. dq], dk0 = [.. dk], dv0 = [.. dv], db0 = [.. db];
        fixed (float* fq = q, fk = k, fv = v, fpk = pk, fpv = pv, fdy = dy, fy = y, fdq = dq, fdk = dk, fdv = dv, fb = bias, fdb = db)
        {
            Attention head = new()
            {
                Q = new(fq, Stride),
                K = new(fk, Stride),
                V = new(fv, Stride),
                PrefixK = new(fpk, Stride),
                PrefixV = new(fpv, Stride),
                T = t,
                S = s,
                P = p,
                D = d,
                Causal = causal,
                Bias = biased ? fb : null,
            };
            head.Forward(new(fy, Stride));
            head.Backward(new(fdq, Stride), new(fdk, Stride), new(fdv, Stride), biased ? fdb : null, new(fdy, Stride));
        }
        double scale = 1 / Math.Sqrt(d);
        double Key(int j, int c) => j < p ? pk[(j * Stride) + c] : k[((j - p) * Stride) + c];
        double Value(int j, int c) => j < p ? pv[(j * Stride) + c] : v[((j - p) * Stride) + c];
        double[,] wantK = new double[s, d], wantV = new double[s, d];
        for (int i = 0; i < t; i++)
        {
            int seen = causal ? s - t + i + 1 : s;
            double[] e = new double[seen], slope = new double[seen];
            for (int j = 0; j < seen; j++)
                e[j] = Math.Exp((Sum(d, c => q[(i * Stride) + c] * Key(j, c)) * scale) + (biased ? bias[(i * s) + j] : 0));
            double total = e.Sum();
            for (int j = 0; j < seen; j++)
                (e[j], slope[j]) = (e[j] / total, Sum(d, c => dy[(i * Stride) + c] * Value(j, c)));
            double along = Sum(seen, j => e[j] * slope[j]);
            for (int j = 0; j < s; j++)
            {
                double gradient = j < seen ? e[j] * (slope[j] - along) : 0;
                if (biased)
                    Assert.Equal(db0[(i * s) + j] + gradient, db[(i * s) + j], Tolerance);
                for (int c = 0; c < d && j < seen; c++)
                {
                    wantK[j, c] += gradient * scale * q[(i * Stride) + c];
                    wantV[j, c] += e[j] * dy[(i * Stride) + c];
                }
            }
            for (int c = 0; c < d; c++)
            {
                Assert.Equal(Sum(seen, j => e[j] * Value(j, c)), y[(i * Stride) + c], Tolerance);
                Assert.Equal(dq0[(i * Stride) + c] + (scale * Sum(seen, j => e[j] * (slope[j] - along) * Key(j, c))),
                    dq[(i * Stride) + c], Tolerance);
            }
            Assert.All(y[((i * Stride) + d)..((i + 1) * Stride)], beside => Assert.Equal(0f, beside));
        }
        for (int j = p; j < s; j++)
            for (int c = 0; c < d; c++)
            {
                int at = ((j - p) * Stride) + c;
                Assert.Equal(dk0[at] + wantK[j, c], dk[at], Tolerance);
                Assert.Equal(dv0[at] + wantV[j, c], dv[at], Tolerance);
            }
    }

    [Fact]
    public void Numbers_of_threads_and_neighbours_change_no_bit()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        Tensor qkv = arena.From(Values(40 * 96 / Stride * 2, 12).AsSpan(0, 40 * 96), 40, 96);
        Ragged rows = new([0, 7, 7, 20, 40]);
        int was = Device.CpuThreads;
        try
        {
            (float[] Y, float[] D) Run(Tensor x, Ragged r, int threads)
            {
                Device.CpuThreads = threads;
                Graph g = new(arena);
                g.Watch(x);
                Tensor y = g.SelfAttention(x, r, 2, causal: true);
                g.Backward(g.MeanSquaredError(y, arena.Zeros(y.Shape)));
                return (y.Floats.ToArray(), g.Gradient(x).Floats.ToArray());
            }
            (float[] one, float[] gradient) = Run(qkv, rows, 1);
            (float[] three, float[] gradient3) = Run(qkv, rows, 3);
            Assert.Equal(one, three);
            Assert.Equal(gradient, gradient3);
            Assert.Equal(one[(7 * 32)..(20 * 32)], Run(qkv.Slice(7, 13), new([0, 13]), 1).Y);
        }
        finally
        {
            Device.CpuThreads = was;
        }
    }

    private static double Sum(int count, Func<int, double> term)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += term(i);
        return sum;
    }

    /// <summary>Rows of <see cref="Stride"/> values in [-1, 1].</summary>
    private static float[] Values(int rows, ulong stream)
    {
        Philox random = new(7, stream);
        float[] values = new float[Math.Max(1, rows) * Stride];
        for (int i = 0; i < values.Length; i++)
            values[i] = (2 * random.Uniform((ulong)i)) - 1;
        return values;
    }
}
