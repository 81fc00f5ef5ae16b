using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>What a head composes from: a batch of pictures and captions as a frozen CLIP sees them.</summary>
/// <param name="Pictures">[B, P] features, <b>not</b> normalised.</param>
/// <param name="Words">[B, P] features, <b>not</b> normalised.</param>
/// <param name="Tokens">[R, W] states of the captions' tokens (<see cref="TextTower.States"/>), where a head needs them.</param>
/// <param name="TokenRows">which rows of <paramref name="Tokens"/> are whose.</param>
/// <param name="Patches">
/// [B·T, V] states of class token and patches (<see cref="VisionTower.States"/>), where a head needs them.
/// </param>
public sealed record HeadInput(
    Tensor Pictures, Tensor Words, Tensor? Tokens = null, Ragged? TokenRows = null, Tensor? Patches = null)
{
    public int B => Pictures.Rows;

    /// <summary>The same with the states of the captions' tokens.</summary>
    public HeadInput WithTokens(Graph g, ClipModel clip, IReadOnlyList<string> captions)
    {
        TokenBatch tokens = TokenBatch.From([.. captions.Select(c => clip.Tokenizer.Encode(c))]);
        return this with { Tokens = clip.Text.States(g, tokens), TokenRows = tokens.Rows };
    }
}
