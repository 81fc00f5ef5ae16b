using System.Numerics;
using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>Exponential moving average of parameters, kept in host memory as float32 (methods: 2.2).</summary>
/// <remarks>
/// decay_n = min(0.9999, (1 + n) / (10 + n)) with n counted from 1; shadow −= (1 − decay_n)·(shadow − parameter). The
/// published helper keeps the shadow in half precision, which swallows small updates; here it is float32.
/// </remarks>
public sealed class Ema
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly float[] _scratch;

    /// <summary>Starts at the parameters' present values.</summary>
    public Ema(IReadOnlyList<Tensor> parameters)
    {
        _parameters = parameters;
        Shadows = [.. parameters.Select(p => new float[p.Count])];
        for (int i = 0; i < parameters.Count; i++)
            parameters[i].Device.Download(Shadows[i], parameters[i]);
        _scratch = new float[parameters.Count == 0 ? 0 : parameters.Max(p => p.Count)];
    }

    /// <summary>The averages, in the order of the parameters.</summary>
    public IReadOnlyList<float[]> Shadows { get; }

    /// <summary>Updates so far; settable when a run resumes.</summary>
    public int Updates { get; set; }

    public static double Decay(int n) => Math.Min(0.9999, (1.0 + n) / (10.0 + n));

    /// <summary>Call after every optimizer step.</summary>
    public void Update()
    {
        float rest = (float)(1 - Decay(++Updates));
        for (int i = 0; i < _parameters.Count; i++)
        {
            Span<float> now = _scratch.AsSpan(0, Shadows[i].Length);
            _parameters[i].Device.Download(now, _parameters[i]);
            Approach(Shadows[i], now, rest);
        }
    }

    private static void Approach(Span<float> shadow, ReadOnlySpan<float> now, float rest)
    {
        Span<Vector<float>> s = MemoryMarshal.Cast<float, Vector<float>>(shadow);
        ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(now);
        for (int i = 0; i < s.Length; i++)
            s[i] -= rest * (s[i] - x[i]);
        for (int i = s.Length * Vector<float>.Count; i < shadow.Length; i++)
            shadow[i] -= rest * (shadow[i] - now[i]);
    }
}
