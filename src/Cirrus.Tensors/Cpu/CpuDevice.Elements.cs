using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

public sealed unsafe partial class CpuDevice
{
    private const float LeastSquare = 1e-24f;

    internal override void Blend(Tensor y, Tensor x, float a, Tensor? z, float b) => Elements(y.Count, (i, n) =>
    {
        TensorPrimitives.Multiply(Part(x, i, n), a, Part(y, i, n));
        if (z is not null)
            TensorPrimitives.MultiplyAdd(Part(z, i, n), b, Part(y, i, n), Part(y, i, n));
    });

    /// <summary>Both are float32: the CPU computes in nothing else.</summary>
    internal override void Convert(Tensor y, Tensor x, bool accumulate)
    {
        if (accumulate)
            TensorPrimitives.Add(y.Floats, x.Floats, y.Floats);
        else
            x.Floats.CopyTo(y.Floats);
    }

    internal override void AddScaled(Tensor y, Tensor x, float a) => Elements(y.Count, (i, n) =>
        TensorPrimitives.MultiplyAdd(Part(x, i, n), a, Part(y, i, n), Part(y, i, n)));

    internal override void Multiply(Tensor y, Tensor x, Tensor z, bool accumulate) => Elements(y.Count, (i, n) =>
    {
        if (accumulate)
            TensorPrimitives.MultiplyAdd(Part(x, i, n), Part(z, i, n), Part(y, i, n), Part(y, i, n));
        else
            TensorPrimitives.Multiply(Part(x, i, n), Part(z, i, n), Part(y, i, n));
    });

    internal override void Exp(Tensor y, Tensor x) => Elements(y.Count, (i, n) =>
    {
        Part(x, i, n).CopyTo(Part(y, i, n));
        Exponential.Row(Part(y, i, n), 1f, 0f);
    });

    internal override void DivideByRoot(Tensor y, Tensor x, Tensor s) => Elements(y.Count, (i, n) =>
    {
        Span<float> to = Part(y, i, n);
        TensorPrimitives.Max(Part(s, i, n), LeastSquare, to);
        TensorPrimitives.Sqrt(to, to);
        TensorPrimitives.Divide(Part(x, i, n), to, to);
    });

    internal override void DivideByRootGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor y, Tensor s) => Elements(y.Count, (i, n) =>
    {
        ReadOnlySpan<float> d = Part(dy, i, n), result = Part(y, i, n), square = Part(s, i, n);
        if (dx is not null)
        {
            Span<float> to = Part(dx, i, n);
            for (int j = 0; j < n; j++)
                to[j] += d[j] / MathF.Sqrt(MathF.Max(square[j], LeastSquare));
        }
        if (ds is not null)
        {
            Span<float> to = Part(ds, i, n);
            for (int j = 0; j < n; j++)
                to[j] -= square[j] > LeastSquare ? 0.5f * d[j] * result[j] / square[j] : 0f;
        }
    });

    internal override void DropoutMask(Tensor keep, float p, Philox random) => Elements(keep.Count, (i, n) =>
    {
        Span<float> k = Part(keep, i, n);
        float kept = 1f / (1f - p);
        for (int j = 0; j < n; j++)
            k[j] = random.Uniform((ulong)(i + j)) < p ? 0f : kept;
    });

    internal override void AddNoise(Tensor y, Tensor x, float scale, Philox random)
    {
        Philox uniform = random.Fork(0), normal = random.Fork(1);
        int w = x.Columns;
        Workers.For(x.Rows, RowGrain, (a, b) =>
        {
            for (int r = a; r < b; r++)
            {
                float u = scale * uniform.Uniform((ulong)r);
                ReadOnlySpan<float> from = RowsOf(x, r, r + 1);
                Span<float> to = RowsOf(y, r, r + 1);
                for (int i = 0; i < w; i++)
                    to[i] = from[i] + (u * normal.Normal(((ulong)r * (ulong)w) + (ulong)i));
            }
        });
    }

    internal override void MeanSquaredError(Tensor loss, Tensor x, Tensor target)
    {
        double sum = SumOver(x.Count, (i, n) =>
        {
            float d = TensorPrimitives.Distance<float>(Part(x, i, n), Part(target, i, n));
            return (double)d * d;
        });
        loss.Floats[0] = (float)(sum / x.Count);
    }

    internal override void MeanSquaredErrorGradient(Tensor dx, Tensor dloss, Tensor x, Tensor target)
    {
        float a = dloss.Floats[0] * 2f / x.Count;
        Elements(x.Count, (i, n) =>
        {
            Span<float> d = Part(dx, i, n);
            ReadOnlySpan<float> p = Part(x, i, n), t = Part(target, i, n);
            for (int j = 0; j < n; j++)
                d[j] += a * (p[j] - t[j]);
        });
    }

    public override double SumSquares(Tensor x) => SumOver(x.Count, (i, n) => TensorPrimitives.SumOfSquares<float>(Part(x, i, n)));

    internal override void AdamWStep(Tensor p, Tensor g, Tensor m, Tensor v, float lr, float beta1, float beta2, float eps, float decay, int step,
        float gradientScale)
    {
        float rate = (float)(lr / (1.0 - Math.Pow(beta1, step))), root = (float)(1.0 / Math.Sqrt(1.0 - Math.Pow(beta2, step))),
            shrink = 1f - (lr * decay);
        Elements(p.Count, (i, n) =>
        {
            Span<float> pp = Part(p, i, n), pm = Part(m, i, n), pv = Part(v, i, n);
            ReadOnlySpan<float> pg = Part(g, i, n);
            System.Numerics.Vector<float> one = System.Numerics.Vector<float>.One;
            int width = System.Numerics.Vector<float>.Count, j = 0;
            for (; j + width <= n; j += width)
            {
                var gv = new System.Numerics.Vector<float>(pg[j..]) * gradientScale;
                var mv = (new System.Numerics.Vector<float>(pm[j..]) * beta1) + (gv * (1f - beta1));
                var vv = (new System.Numerics.Vector<float>(pv[j..]) * beta2) + (gv * gv * (1f - beta2));
                mv.CopyTo(pm[j..]);
                vv.CopyTo(pv[j..]);
                ((new System.Numerics.Vector<float>(pp[j..]) * shrink)
                    - (mv * rate / ((System.Numerics.Vector.SquareRoot(vv) * root) + (one * eps)))).CopyTo(pp[j..]);
            }
            for (; j < n; j++)
            {
                float gj = pg[j] * gradientScale;
                pm[j] = (pm[j] * beta1) + (gj * (1f - beta1));
                pv[j] = (pv[j] * beta2) + (gj * gj * (1f - beta2));
                pp[j] = (pp[j] * shrink) - (pm[j] * rate / ((MathF.Sqrt(pv[j]) * root) + eps));
            }
        });
    }

    /// <summary>Sums of short parts, added up in float64 in their order.</summary>
    private static double SumOver(long count, Func<long, int, double> part)
    {
        const int length = 1 << 10;
        double[] sums = new double[(count + length - 1) / length];
        Workers.For(sums.Length, 16, (a, b) =>
        {
            for (int i = a; i < b; i++)
                sums[i] = part((long)i * length, (int)Math.Min(length, count - ((long)i * length)));
        });
        double sum = 0;
        foreach (double s in sums)
            sum += s;
        return sum;
    }
}
