namespace Cirrus.Methods.CompoDiff;

/// <summary>How much of a feature is left, and how much noise there is, at each timestep: the published buffers, float32 of float64.</summary>
/// <remarks>Cosine schedule (Nichol and Dhariwal, ICML 2021): ᾱ(τ) = f(τ)/f(0), f(τ) = cos²((τ/T + 0.008)/1.008·π/2), β at most 0.999.</remarks>
public sealed class NoiseSchedule
{
    private readonly IReadOnlyDictionary<string, float[]> _buffers;

    /// <param name="buffers">by <see cref="Names"/>, all of one length.</param>
    internal NoiseSchedule(IReadOnlyDictionary<string, float[]> buffers) => _buffers = buffers;

    /// <summary>Of the buffers, in the order of the published file.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped", "posterior_mean_coef1",
        "posterior_mean_coef2", "p2_loss_weight",
    ];

    public int Timesteps => Left.Length;

    /// <summary>ᾱ: the share of the feature's energy that is left at t.</summary>
    public float[] Left => _buffers["alphas_cumprod"];

    /// <summary>ᾱ at t − 1; 1 at 0.</summary>
    public float[] LeftBefore => _buffers["alphas_cumprod_prev"];

    /// <summary>A buffer by its published name.</summary>
    public float[] this[string name] => _buffers[name];

    public static NoiseSchedule Cosine(int timesteps = 1000)
    {
        double[] beta = new double[timesteps], left = new double[timesteps], before = new double[timesteps];
        double product = 1;
        for (int t = 0; t < timesteps; t++)
        {
            beta[t] = Math.Min(1 - (Share(t + 1, timesteps) / Share(t, timesteps)), 0.999);
            before[t] = product;
            left[t] = product *= 1 - beta[t];
        }
        float[] Of(Func<int, double> value) => [.. Enumerable.Range(0, timesteps).Select(t => (float)value(t))];
        double Posterior(int t) => beta[t] * (1 - before[t]) / (1 - left[t]);
        return new(new Dictionary<string, float[]>
        {
            ["betas"] = Of(t => beta[t]),
            ["alphas_cumprod"] = Of(t => left[t]),
            ["alphas_cumprod_prev"] = Of(t => before[t]),
            ["sqrt_alphas_cumprod"] = Of(t => Math.Sqrt(left[t])),
            ["sqrt_one_minus_alphas_cumprod"] = Of(t => Math.Sqrt(1 - left[t])),
            ["log_one_minus_alphas_cumprod"] = Of(t => Math.Log(1 - left[t])),
            ["sqrt_recip_alphas_cumprod"] = Of(t => Math.Sqrt(1 / left[t])),
            ["sqrt_recipm1_alphas_cumprod"] = Of(t => Math.Sqrt((1 / left[t]) - 1)),
            ["posterior_variance"] = Of(Posterior),
            ["posterior_log_variance_clipped"] = Of(t => Math.Log(Math.Max(Posterior(t), 1e-20))),
            ["posterior_mean_coef1"] = Of(t => beta[t] * Math.Sqrt(before[t]) / (1 - left[t])),
            ["posterior_mean_coef2"] = Of(t => (1 - before[t]) * Math.Sqrt(1 - beta[t]) / (1 - left[t])),
            ["p2_loss_weight"] = Of(_ => 1),
        });
    }

    /// <summary>√ᾱ_t·x₀ + √(1 − ᾱ_t)·noise.</summary>
    public void Noise(Span<float> x, ReadOnlySpan<float> x0, ReadOnlySpan<float> noise, int t)
    {
        (float keep, float add) = (_buffers["sqrt_alphas_cumprod"][t], _buffers["sqrt_one_minus_alphas_cumprod"][t]);
        for (int i = 0; i < x.Length; i++)
            x[i] = (keep * x0[i]) + (add * noise[i]);
    }

    private static double Share(int t, int timesteps)
    {
        double cosine = Math.Cos(((t / (double)timesteps) + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }
}
