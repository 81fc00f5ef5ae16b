namespace Cirrus.Tensors;

/// <summary>AdamW (Loshchilov &amp; Hutter 2019) as PyTorch computes it: decoupled decay, float32 moments.</summary>
public sealed class AdamW : IDisposable
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly float _beta1, _beta2, _eps;
    private readonly Arena _arena;

    public AdamW(IReadOnlyList<Tensor> parameters, float beta1 = 0.9f, float beta2 = 0.999f, float eps = 1e-8f)
    {
        if (parameters.Count == 0)
            throw new ArgumentException("There is nothing to optimise.", nameof(parameters));
        (_parameters, _beta1, _beta2, _eps) = (parameters, beta1, beta2, eps);
        _arena = new Arena(parameters[0].Device);
        Moments = [.. parameters.Select(p => (_arena.Zeros(p.Shape), _arena.Zeros(p.Shape)))];
    }

    /// <summary>First and second moments, in the order of the parameters: for checkpoints.</summary>
    public IReadOnlyList<(Tensor M, Tensor V)> Moments { get; }

    /// <summary>Steps taken so far; settable when a run resumes.</summary>
    public int Steps { get; set; }

    /// <summary>One step over all parameters. <paramref name="decay"/> gives the weight decay of parameter i.</summary>
    /// <param name="clipNorm">gradients are scaled down together when their norm is larger.</param>
    public void Step(
        IReadOnlyList<Tensor> gradients, float lr, ReadOnlySpan<float> decay, float clipNorm = float.PositiveInfinity)
    {
        if (gradients.Count != _parameters.Count || decay.Length != _parameters.Count)
            throw new ArgumentException($"{_parameters.Count} parameters, {gradients.Count} gradients, {decay.Length} decays.");
        float scale = 1f;
        if (float.IsFinite(clipNorm))
        {
            double squares = 0;
            foreach (Tensor g in gradients)
                squares += g.Device.SumSquares(g);
            scale = MathF.Min(1f, clipNorm / ((float)Math.Sqrt(squares) + 1e-6f));
        }
        Steps++;
        for (int i = 0; i < _parameters.Count; i++)
            _parameters[i].Device.AdamWStep(_parameters[i], gradients[i], Moments[i].M, Moments[i].V, lr, _beta1, _beta2,
                _eps, decay[i], Steps, scale);
    }

    public void Dispose() => _arena.Dispose();
}
