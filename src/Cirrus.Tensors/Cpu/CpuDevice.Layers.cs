namespace Cirrus.Tensors.Cpu;

public sealed unsafe partial class CpuDevice
{
    private const int RowGrain = 64;

    internal override void Linear(Tensor y, Tensor x, Tensor w, Tensor? b, Activation activation, Tensor? add, Tensor? before) =>
        Gemm.Multiply(At(y), y.Columns, At(x), x.Columns, false, At(w), w.Columns, true, x.Rows, w.Rows, w.Columns, epilogue: new Epilogue
        {
            Bias = At(b),
            Add = At(add),
            Before = At(before),
            Activation = activation,
        });

    internal override void LinearInputGradient(Tensor dx, Tensor dy, Tensor w, bool accumulate = true) =>
        Gemm.Multiply(At(dx), dx.Columns, At(dy), dy.Columns, false, At(w), w.Columns, false, dy.Rows, w.Columns, w.Rows, accumulate);

    internal override void LinearWeightGradient(Tensor dw, Tensor dy, Tensor x) =>
        Gemm.Multiply(At(dw), dw.Columns, At(dy), dy.Columns, true, At(x), x.Columns, false, dw.Rows, dw.Columns, dy.Rows, accumulate: true);

    internal override void BiasGradient(Tensor db, Tensor dy)
    {
        int columns = dy.Columns;
        nint from = dy.Pointer, to = db.Pointer;
        int rows = dy.Rows;
        Workers.For(columns, 64, (c0, c1) =>
        {
            Span<float> sum = new((float*)to + c0, c1 - c0);
            for (int r = 0; r < rows; r++)
                System.Numerics.Tensors.TensorPrimitives.Add(sum, new ReadOnlySpan<float>((float*)from + ((long)r * columns) + c0, c1 - c0), sum);
        });
    }

    internal override void Activate(Tensor y, Tensor x, Activation activation) =>
        Elements(y.Count, (i, n) => Activations.Forward(Part(y, i, n), Part(x, i, n), activation));

    internal override void ActivateGradient(Tensor dx, Tensor dy, Tensor x, Activation activation, bool accumulate = true) =>
        Elements(dx.Count, (i, n) => Activations.Backward(Part(dx, i, n), Part(dy, i, n), Part(x, i, n), activation, accumulate));

    internal override void GatedSilu(Tensor y, Tensor x) =>
        Workers.For(x.Rows, RowGrain, (a, b) => Cpu.GatedSilu.Forward(RowsOf(y, a, b), RowsOf(x, a, b), y.Columns));

    internal override void GatedSiluGradient(Tensor dx, Tensor dy, Tensor x) =>
        Workers.For(x.Rows, RowGrain, (a, b) => Cpu.GatedSilu.Backward(RowsOf(dx, a, b), RowsOf(dy, a, b), RowsOf(x, a, b), dy.Columns));

    internal override void Rotary(Tensor y, Tensor x, int[] at, Tensor frequencies, bool back, bool accumulate) =>
        Workers.For(x.Rows, RowGrain, (a, b) =>
            Cpu.Rotary.Turn(RowsOf(y, a, b), RowsOf(x, a, b), at.AsSpan(a, b - a), frequencies.Floats, x.Columns, back, accumulate));

    internal override void LayerNorm(Tensor y, Tensor mean, Tensor scale, Tensor x, Tensor gain, Tensor? bias, float eps) =>
        Workers.For(x.Rows, RowGrain, (a, b) => Cpu.LayerNorm.Forward(RowsOf(y, a, b), RowsOf(mean, 1, a, b), RowsOf(scale, 1, a, b), RowsOf(x, a, b),
            gain.Floats, bias is null ? default : bias.Floats, eps));

    internal override void LayerNormInputGradient(Tensor dx, Tensor dy, Tensor x, Tensor gain, Tensor mean, Tensor scale) =>
        Workers.For(x.Rows, RowGrain, (a, b) => Cpu.LayerNorm.InputGradient(RowsOf(dx, a, b), RowsOf(dy, a, b), RowsOf(x, a, b), gain.Floats,
            RowsOf(mean, 1, a, b), RowsOf(scale, 1, a, b)));

    internal override void LayerNormWeightGradient(Tensor? dgain, Tensor? dbias, Tensor dy, Tensor x, Tensor mean, Tensor scale)
    {
        const int block = 256;                               // blocks are summed in order, so threads do not matter
        int w = x.Columns, blocks = (x.Rows + block - 1) / block;
        float[] sums = new float[blocks * 2 * w];
        Workers.For(blocks, i =>
        {
            int a = i * block, b = Math.Min(x.Rows, a + block);
            Cpu.LayerNorm.WeightGradient(sums.AsSpan(i * 2 * w, w), sums.AsSpan(((i * 2) + 1) * w, w), RowsOf(dy, a, b), RowsOf(x, a, b),
                RowsOf(mean, 1, a, b), RowsOf(scale, 1, a, b));
        });
        for (int i = 0; i < blocks; i++)
        {
            if (dgain is not null)
                Accumulate(dgain.Floats, sums.AsSpan(i * 2 * w, w));
            if (dbias is not null)
                Accumulate(dbias.Floats, sums.AsSpan(((i * 2) + 1) * w, w));
        }
    }

    internal override void Attention(Tensor y, in AttentionCall call)
    {
        AttentionCall c = call;
        Workers.For(c.QRows.B * c.Heads, HeadGrain(c), (from, to) =>
        {
            for (int task = from; task < to; task++)
            {
                int b = task / c.Heads, h = task % c.Heads;
                Cpu.Attention head = Head(c, b, h);
                if (head.T > 0)
                    head.Forward(new(At(y) + ((long)c.QRows.Offsets[b] * c.W) + (h * head.D), c.W));
            }
        });
    }

    internal override void AttentionGradient(Tensor? dq, Tensor? dkv, Tensor? dbias, Tensor dy, in AttentionCall call)
    {
        AttentionCall c = call;
        if (dbias is null)
        {
            Workers.For(c.QRows.B * c.Heads, HeadGrain(c), (from, to) =>
            {
                for (int task = from; task < to; task++)
                    Backward(task / c.Heads, task % c.Heads);
            });
            return;
        }
        Workers.For(c.Heads, h =>                            // a shared bias is summed over the sequences in order
        {
            for (int b = 0; b < c.QRows.B; b++)
                Backward(b, h);
        });

        void Backward(int b, int h)
        {
            Cpu.Attention head = Head(c, b, h);
            if (head.T == 0)
                return;
            long q = c.QRows.Offsets[b], k = c.KvRows.Offsets[b];
            head.Backward(
                dq is null ? default : new(At(dq) + (q * dq.Columns) + c.QAt + (h * head.D), dq.Columns),
                dkv is null ? default : new(At(dkv) + (k * dkv.Columns) + c.KAt + (h * head.D), dkv.Columns),
                dkv is null ? default : new(At(dkv) + (k * dkv.Columns) + c.VAt + (h * head.D), dkv.Columns),
                dbias is null ? null : At(dbias) + ((long)h * head.T * head.S),
                new(At(dy) + (q * c.W) + (h * head.D), c.W));
        }
    }

    /// <summary>Heads that a thread takes at once: about 50 microseconds.</summary>
    private static int HeadGrain(in AttentionCall c)
    {
        long one = (long)c.QRows.R * c.KvRows.R / Math.Max(1, c.QRows.B) / Math.Max(1, c.KvRows.B) * c.W / c.Heads;
        return (int)Math.Clamp((1 << 19) / Math.Max(1, one), 1, c.Heads);
    }

    private static Cpu.Attention Head(in AttentionCall c, int b, int h)
    {
        int d = c.W / c.Heads, t = c.QRows.Offsets[b + 1] - c.QRows.Offsets[b], s = c.KvRows.Offsets[b + 1] - c.KvRows.Offsets[b];
        float* kv = At(c.Kv) + ((long)c.KvRows.Offsets[b] * c.Kv.Columns) + (h * d);
        int p = 0;
        Slab prefixK = default, prefixV = default;
        if (c.Prefix is { } prefix)
        {
            int of = prefix.Of[b], w3 = prefix.Qkv.Columns;
            p = prefix.Rows.Offsets[of + 1] - prefix.Rows.Offsets[of];
            float* at = At(prefix.Qkv) + ((long)prefix.Rows.Offsets[of] * w3) + (h * d);
            (prefixK, prefixV) = (new(at + c.W, w3), new(at + (2 * c.W), w3));
        }
        return new Cpu.Attention
        {
            Q = new(At(c.Q) + ((long)c.QRows.Offsets[b] * c.Q.Columns) + c.QAt + (h * d), c.Q.Columns),
            K = new(kv + c.KAt, c.Kv.Columns),
            V = new(kv + c.VAt, c.Kv.Columns),
            PrefixK = prefixK,
            PrefixV = prefixV,
            T = t,
            S = p + s,
            P = p,
            D = d,
            Causal = c.Causal,
            Bias = c.Bias is null ? null : At(c.Bias) + ((long)h * t * (p + s)),
        };
    }

    private static float* At(Tensor? x) => x is null ? null : (float*)x.Pointer;

    private static Span<float> RowsOf(Tensor x, int from, int to) => RowsOf(x, x.Columns, from, to);

    private static Span<float> RowsOf(Tensor x, int columns, int from, int to) =>
        new((float*)x.Pointer + ((long)from * columns), (to - from) * columns);

    private static Span<float> Part(Tensor x, long from, int count) => new((float*)x.Pointer + from, count);

    private static void Elements(long count, Action<long, int> body)
    {
        const int grain = 1 << 14;
        Workers.For((int)((count + grain - 1) / grain), i => body((long)i * grain, (int)Math.Min(grain, count - ((long)i * grain))));
    }

    private static void Accumulate(Span<float> y, ReadOnlySpan<float> x) => System.Numerics.Tensors.TensorPrimitives.Add(y, x, y);
}
