using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

public sealed unsafe partial class CpuDevice
{
    internal override void Embedding(Tensor y, int[] ids, int[] at, Tensor table, Tensor positions, Tensor? pseudo, int[]? pseudoRow) =>
        Workers.For(ids.Length, RowGrain, (a, b) =>
        {
            for (int r = a; r < b; r++)
            {
                ReadOnlySpan<float> word = pseudoRow is not null && pseudoRow[r] >= 0
                    ? RowsOf(pseudo!, pseudoRow[r], pseudoRow[r] + 1)
                    : RowsOf(table, ids[r], ids[r] + 1);
                TensorPrimitives.Add(word, RowsOf(positions, at[r], at[r] + 1), RowsOf(y, r, r + 1));
            }
        });

    internal override void EmbeddingGradient(Tensor? dtable, Tensor? dpositions, Tensor? dpseudo, Tensor dy, int[] ids, int[] at, int[]? pseudoRow)
    {
        for (int r = 0; r < ids.Length; r++)
        {
            ReadOnlySpan<float> d = RowsOf(dy, r, r + 1);
            if (dpositions is not null)
                Accumulate(RowsOf(dpositions, at[r], at[r] + 1), d);
            if (pseudoRow is not null && pseudoRow[r] >= 0)
            {
                if (dpseudo is not null)
                    Accumulate(RowsOf(dpseudo, pseudoRow[r], pseudoRow[r] + 1), d);
            }
            else if (dtable is not null)
            {
                Accumulate(RowsOf(dtable, ids[r], ids[r] + 1), d);
            }
        }
    }

    internal override void Patches(Tensor y, Tensor pixels, int patch)
    {
        int c = pixels.Shape[1], h = pixels.Shape[2], w = pixels.Shape[3], across = w / patch, n = h / patch * across, columns = c * patch * patch;
        Workers.For(pixels.Shape[0] * n, RowGrain, (a, b) =>
        {
            for (int r = a; r < b; r++)
            {
                int image = r / n, py = r % n / across * patch, px = r % across * patch;
                for (int k = 0; k < c * patch; k++)
                {
                    long source = ((((long)image * c) + (k / patch)) * h) + py + (k % patch);
                    Buffer.MemoryCopy(At(pixels) + (source * w) + px, At(y) + ((long)r * columns) + (k * patch), patch * 4, patch * 4);
                }
            }
        });
    }

    internal override void ClassToken(Tensor y, Tensor x, Tensor cls, Tensor positions)
    {
        int t = positions.Rows;
        Workers.For(y.Rows, RowGrain, (a, b) =>
        {
            for (int r = a; r < b; r++)
            {
                int source = (r / t * (t - 1)) + (r % t) - 1;
                TensorPrimitives.Add(r % t == 0 ? cls.Floats : RowsOf(x, source, source + 1),
                    RowsOf(positions, r % t, (r % t) + 1), RowsOf(y, r, r + 1));
            }
        });
    }

    internal override void ClassTokenGradient(Tensor? dx, Tensor? dcls, Tensor? dpositions, Tensor dy)
    {
        int t = dpositions?.Rows ?? (dx is null ? dy.Rows : dy.Rows / (dy.Rows - dx.Rows));
        int pictures = dy.Rows / t;
        Workers.For(t, i =>
        {
            for (int b = 0; b < pictures; b++)
            {
                int r = (b * t) + i;
                ReadOnlySpan<float> d = RowsOf(dy, r, r + 1);
                if (dpositions is not null)
                    Accumulate(RowsOf(dpositions, i, i + 1), d);
                if (i == 0 && dcls is not null)
                    Accumulate(dcls.Floats, d);
                if (i > 0 && dx is not null)
                    Accumulate(RowsOf(dx, (b * (t - 1)) + i - 1, (b * (t - 1)) + i), d);
            }
        });
    }

    internal override void GatherRows(Tensor y, Tensor x, int[] rows)
    {
        for (int i = 0; i < rows.Length; i++)
            RowsOf(x, rows[i], rows[i] + 1).CopyTo(RowsOf(y, i, i + 1));
    }

    internal override void ScatterAddRows(Tensor dx, Tensor dy, int[] rows)
    {
        for (int i = 0; i < rows.Length; i++)
            Accumulate(RowsOf(dx, rows[i], rows[i] + 1), RowsOf(dy, i, i + 1));
    }

    internal override void CopyColumns(Tensor y, int yAt, Tensor x, int xAt, int count, bool accumulate) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            ReadOnlySpan<float> from = RowsOf(x, r, r + 1).Slice(xAt, count);
            Span<float> to = RowsOf(y, r, r + 1).Slice(yAt, count);
            if (accumulate)
                Accumulate(to, from);
            else
                from.CopyTo(to);
        }
    });

    internal override void ScaleRows(Tensor y, Tensor x, Tensor s) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
            TensorPrimitives.Multiply(RowsOf(x, r, r + 1), s.Floats[s.Count == 1 ? 0 : r], RowsOf(y, r, r + 1));
    });

    internal override void ScaleRowsGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor x, Tensor s)
    {
        bool one = s.Count == 1;
        float[] along = new float[x.Rows];
        Workers.For(x.Rows, RowGrain, (a, b) =>
        {
            for (int r = a; r < b; r++)
            {
                ReadOnlySpan<float> d = RowsOf(dy, r, r + 1);
                if (ds is not null)
                    along[r] = TensorPrimitives.Dot(d, RowsOf(x, r, r + 1));
                if (dx is not null)
                    TensorPrimitives.MultiplyAdd(d, s.Floats[one ? 0 : r], RowsOf(dx, r, r + 1), RowsOf(dx, r, r + 1));
            }
        });
        if (ds is null)
            return;
        double sum = 0;
        for (int r = 0; r < along.Length; r++)
            if (one)
                sum += along[r];
            else
                ds.Floats[r] += along[r];
        if (one)
            ds.Floats[0] += (float)sum;
    }

    internal override void MeanRows(Tensor y, Tensor x, Ragged rows) => Workers.For(rows.B, b =>
    {
        (int first, int end) = (rows.Offsets[b], rows.Offsets[b + 1]);
        Span<float> mean = RowsOf(y, b, b + 1);
        mean.Clear();
        for (int r = first; r < end; r++)
            Accumulate(mean, RowsOf(x, r, r + 1));
        TensorPrimitives.Divide(mean, Math.Max(1, end - first), mean);
    });

    internal override void MeanRowsGradient(Tensor dx, Tensor dy, Ragged rows) => Workers.For(rows.B, b =>
    {
        (int first, int end) = (rows.Offsets[b], rows.Offsets[b + 1]);
        for (int r = first; r < end; r++)
            TensorPrimitives.MultiplyAdd(RowsOf(dy, b, b + 1), 1f / (end - first), RowsOf(dx, r, r + 1), RowsOf(dx, r, r + 1));
    });

    internal override void L2Normalize(Tensor y, Tensor norm, Tensor x) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            float n = MathF.Max(TensorPrimitives.Norm<float>(RowsOf(x, r, r + 1)), 1e-12f);
            norm.Floats[r] = n;
            TensorPrimitives.Divide(RowsOf(x, r, r + 1), n, RowsOf(y, r, r + 1));
        }
    });

    internal override void L2NormalizeGradient(Tensor dx, Tensor dy, Tensor y, Tensor norm) => Workers.For(y.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            ReadOnlySpan<float> yr = RowsOf(y, r, r + 1), dyr = RowsOf(dy, r, r + 1);
            Span<float> dxr = RowsOf(dx, r, r + 1);
            float along = TensorPrimitives.Dot(yr, dyr), scale = 1f / norm.Floats[r];
            for (int i = 0; i < dxr.Length; i++)
                dxr[i] += (dyr[i] - (yr[i] * along)) * scale;
        }
    });

    internal override void DivideByMaximum(Tensor y, Tensor most, Tensor x) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            float m = TensorPrimitives.Max<float>(RowsOf(x, r, r + 1));
            most.Floats[r] = m;
            TensorPrimitives.Divide(RowsOf(x, r, r + 1), m, RowsOf(y, r, r + 1));
        }
    });

    internal override void DivideByMaximumGradient(Tensor dx, Tensor dy, Tensor y, Tensor most, Tensor x) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            ReadOnlySpan<float> d = RowsOf(dy, r, r + 1);
            float scale = 1f / most.Floats[r];
            TensorPrimitives.MultiplyAdd(d, scale, RowsOf(dx, r, r + 1), RowsOf(dx, r, r + 1));
            RowsOf(dx, r, r + 1)[TensorPrimitives.IndexOfMax(RowsOf(x, r, r + 1))] -= scale * TensorPrimitives.Dot(d, RowsOf(y, r, r + 1));
        }
    });

    internal override void SoftmaxRows(Tensor y, Tensor x) => Workers.For(x.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
        {
            RowsOf(x, r, r + 1).CopyTo(RowsOf(y, r, r + 1));
            Softmax.Row(RowsOf(y, r, r + 1));
        }
    });

    internal override void SoftmaxGradient(Tensor dx, Tensor dy, Tensor y) => Workers.For(y.Rows, RowGrain, (a, b) =>
    {
        for (int r = a; r < b; r++)
            Softmax.RowGradient(RowsOf(dx, r, r + 1), RowsOf(dy, r, r + 1), RowsOf(y, r, r + 1));
    });

    internal override void CrossEntropy(Tensor loss, Tensor p, Tensor logits, int[] labels, bool columns, float weight, bool accumulate)
    {
        int n = labels.Length, stride = logits.Columns, length = columns ? logits.Rows : logits.Columns;
        double[] each = new double[n];
        Workers.For(n, i =>
        {
            float[] line = new float[length];
            ReadOnlySpan<float> all = logits.Floats;
            for (int j = 0; j < length; j++)
                line[j] = columns ? all[(j * stride) + i] : all[(i * stride) + j];
            float max = TensorPrimitives.Max<float>(line);
            TensorPrimitives.Subtract(line, max, line);
            float right = line[labels[i]];
            TensorPrimitives.Exp<float>(line, line);
            float sum = TensorPrimitives.Sum<float>(line);
            each[i] = Math.Log(sum) - right;
            TensorPrimitives.Divide(line, sum, line);
            line[labels[i]] -= 1f;
            Span<float> to = p.Floats;
            for (int j = 0; j < length; j++)
                to[columns ? (j * stride) + i : (i * stride) + j] = line[j];
        });
        double total = 0;
        foreach (double e in each)
            total += e;
        loss.Floats[0] = (accumulate ? loss.Floats[0] : 0f) + (float)(weight * total / n);
    }
}
