namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    internal override void Blend(Tensor y, Tensor x, float a, Tensor? z, float b) =>
        Elements(Kernel("Elements", "blend", Same(y, x, z)), y.Count, y, x, a, z, b, y.Count);

    internal override void AddScaled(Tensor y, Tensor x, float a) => Elements(Kernel("Elements", "addScaled", Same(y, x)), y.Count, y, x, a, y.Count);

    internal override void Multiply(Tensor y, Tensor x, Tensor z, bool accumulate) =>
        Elements(Kernel("Elements", "multiply", Same(y, x, z)), y.Count, y, x, z, accumulate, y.Count);

    internal override void Exp(Tensor y, Tensor x) => Elements(Kernel("Elements", "exponentials", Same(y, x)), y.Count, y, x, y.Count);

    internal override void DivideByRoot(Tensor y, Tensor x, Tensor s) =>
        Elements(Kernel("Elements", "divideByRoot", Same(y, x, s)), y.Count, y, x, s, y.Count);

    internal override void DivideByRootGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor y, Tensor s) =>
        Elements(Kernel("Elements", "divideByRootGradient", Same(dx, ds, dy, y, s)), y.Count, dx, ds, dy, y, s, y.Count);

    internal override void Activate(Tensor y, Tensor x, Activation activation) =>
        Elements(Kernel("Activations", "activate", Same(y, x)), y.Count, y, x, (Tensor?)null, y.Count, (int)activation);

    internal override void ActivateGradient(Tensor dx, Tensor dy, Tensor x, Activation activation, bool accumulate = true) =>
        Elements(Kernel("Activations", "activateGradient", Same(dx, dy, x)), dx.Count, dx, dy, x, accumulate, dx.Count, (int)activation);

    internal override void GatedSilu(Tensor y, Tensor x) =>
        Elements(Kernel("Activations", "gatedSilu", Same(y, x)), y.Count, y, x, y.Columns, y.Count);

    internal override void GatedSiluGradient(Tensor dx, Tensor dy, Tensor x) =>
        Elements(Kernel("Activations", "gatedSiluGradient", Same(dx, dy, x)), dy.Count, dx, dy, x, dy.Columns, dy.Count);

    internal override void Rotary(Tensor y, Tensor x, int[] at, Tensor frequencies, bool back, bool accumulate)
    {
        int w = x.Columns, pairs = (int)frequencies.Count;
        long items = (long)x.Rows * (w - pairs);
        Floats(frequencies);
        Elements(Kernel("Elements", "rotary", Same(y, x)), items, y, x, Ints(at), frequencies, pairs, w, back ? -1f : 1f, accumulate, items);
    }

    internal override void DropoutMask(Tensor keep, float p, Philox random) =>
        Elements(Kernel("Random", "dropoutMask", keep.Type), keep.Count, keep, p, 1f / (1f - p), random.Seed, random.Stream, keep.Count);

    internal override void AddNoise(Tensor y, Tensor x, float scale, Philox random)
    {
        Philox uniform = random.Fork(0), normal = random.Fork(1);
        Elements(Kernel("Random", "addNoise", Same(y, x)), y.Count, y, x, scale, x.Columns, uniform.Seed, uniform.Stream,
            normal.Seed, normal.Stream, y.Count);
    }

    internal override void AdamWStep(Tensor p, Tensor g, Tensor m, Tensor v, float lr, float beta1, float beta2, float eps, float decay, int step,
        float gradientScale)
    {
        float rate = (float)(lr / (1.0 - Math.Pow(beta1, step))), root = (float)(1.0 / Math.Sqrt(1.0 - Math.Pow(beta2, step))),
            shrink = 1f - (lr * decay);
        Floats(p, g, m, v);
        Elements(Kernel("AdamW", "adamW"), p.Count, p, g, m, v, rate, root, shrink, beta1, beta2, eps, gradientScale, p.Count);
    }

    /// <summary>A kernel with one thread an element.</summary>
    private void Elements(nint kernel, long count, params ReadOnlySpan<KernelArgument> arguments) =>
        Launch(kernel, LaunchSize.Elements(count), arguments);

    /// <summary>The element type of tensors that a kernel takes for one.</summary>
    /// <exception cref="ArgumentException">They differ, or are neither float32 nor bfloat16.</exception>
    private static ElementType Same(params ReadOnlySpan<Tensor?> tensors)
    {
        Tensor? first = null;
        foreach (Tensor? t in tensors)
            if (t is not null && (t.Type != (first ??= t).Type || t.Type is not (ElementType.F32 or ElementType.BF16)))
                throw new ArgumentException($"{first.Describe()} and {t.Describe()}: a kernel takes float32 or bfloat16 throughout.");
        return first!.Type;
    }

    /// <exception cref="ArgumentException">One of them, a sum or a state, is not float32.</exception>
    private static void Floats(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (Tensor? t in tensors)
            if (t is not null && t.Type != ElementType.F32)
                throw new ArgumentException($"{t.Describe()} is kept in float32 only.");
    }
}
