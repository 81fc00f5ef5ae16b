using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>What the denoiser is told beside the noisy feature, C times; what several have in common stands there once.</summary>
/// <param name="Texts">[U·T, TextWidth]: states of U texts.</param>
/// <param name="TextOf">[C]: which text.</param>
/// <param name="Pictures">[I, D]: raw features; a row of zeros is no picture.</param>
/// <param name="PictureOf">[C]: which picture.</param>
/// <param name="Masks">[M, side²], 1 = to be changed; a row of zeros is no mask.</param>
/// <param name="MaskOf">[C]: which mask.</param>
public sealed record DenoiserConditions(Tensor Texts, int[] TextOf, Tensor Pictures, int[] PictureOf, Tensor Masks, int[] MaskOf)
{
    /// <summary>Positions of a text.</summary>
    public int T { get; init; } = 77;

    public int C => TextOf.Length;
}

/// <summary>Conditions as every block's cross-attention sees them. They do not depend on the time: a sampler makes them once.</summary>
/// <param name="Kv">for each block [C·(T + 3), 2·8·S]: null, text, picture, mask.</param>
/// <param name="Rows">of each of the C contexts.</param>
public sealed record DenoiserContext(IReadOnlyList<Tensor> Kv, Ragged Rows);
