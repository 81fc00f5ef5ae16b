namespace Cirrus.Tensors;

/// <summary>Activations that a linear layer can apply to its result.</summary>
public enum Activation
{
    None,

    /// <summary>0.5·x·(1 + erf(x/√2)).</summary>
    Gelu,

    /// <summary>x·σ(1.702·x): OpenAI's CLIPs.</summary>
    QuickGelu,

    Relu,

    /// <summary>1/(1 + e^−x).</summary>
    Sigmoid,

    /// <summary>x/(1 + e^−x).</summary>
    Silu,
}

/// <summary>Row boundaries of a ragged batch: sequence b is rows [Offsets[b], Offsets[b + 1]).</summary>
public sealed record Ragged(int[] Offsets)
{
    public int B => Offsets.Length - 1;

    public int R => Offsets[^1];

    /// <summary>B sequences of T rows each.</summary>
    public static Ragged Full(int b, int t) => new([.. Enumerable.Range(0, b + 1).Select(i => i * t)]);
}

/// <summary>Keys and values that stand before each sequence of a batch and need no gradient.</summary>
/// <param name="Qkv">[Rp, 3W]: q|k|v of the prefix rows; q is not read.</param>
/// <param name="Rows">where each distinct prefix lies in <paramref name="Qkv"/>.</param>
/// <param name="Of">[B]: which prefix stands before sequence b.</param>
public sealed record AttentionPrefix(Tensor Qkv, Ragged Rows, int[] Of);
