namespace Cirrus.Tensors;

/// <summary>AdamW (Loshchilov &amp; Hutter 2019) as PyTorch computes it: decoupled decay, float32 moments.</summary>
public sealed class AdamW : IDisposable
{
    public AdamW(IReadOnlyList<Tensor> parameters, float beta1 = 0.9f, float beta2 = 0.999f, float eps = 1e-8f) =>
        throw new NotSupportedException();

    /// <summary>First and second moments, in the order of the parameters: for checkpoints.</summary>
    public IReadOnlyList<(Tensor M, Tensor V)> Moments => throw new NotSupportedException();

    /// <summary>Steps taken so far; settable when a run resumes.</summary>
    public int Steps { get; set; }

    /// <summary>One step over all parameters. <paramref name="decay"/> gives the weight decay of parameter i.</summary>
    public void Step(IReadOnlyList<Tensor> gradients, float lr, ReadOnlySpan<float> decay, float clipNorm = float.PositiveInfinity) =>
        throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}
