using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Pic2Word;

/// <summary>
/// Pic2Word's loss: "a photo of" a picture's word must have that picture's feature, and no other's of the batch.
/// </summary>
/// <remarks>
/// s = IM2TEXT(v); p = T("a photo of" with s before the end token); L = ½(CE over rows + CE over columns) of
/// τ·norm(V)·norm(P)ᵀ, the diagonal is right. v is a raw feature, τ the CLIP's own scale, the tower T frozen (methods: 3.3).
/// All captions begin with the same five tokens, which go through the tower once, so of each only the word and the end
/// token are left.
/// </remarks>
internal sealed class Pic2WordLoss(ClipModel clip)
{
    private const string Prompt = "a photo of";

    private readonly int[] _ids = WithWord(clip.Tokenizer);

    /// <summary>τ = exp(logit_scale).</summary>
    public float Scale { get; } = clip.LogitScale;

    /// <summary>The prompt with the placeholder inserted where its end token was, as the released code puts the word there.</summary>
    internal static int[] WithWord(BpeTokenizer tokenizer)
    {
        int[] ids = tokenizer.Encode(Prompt);
        return [.. ids[..^1], tokenizer.Placeholder, ids[^1]];
    }

    /// <summary>The forward pass of a step → the loss [1] and the logits [B, B], a row a picture.</summary>
    /// <param name="v">[B, P] raw features of pictures.</param>
    public (Tensor Loss, Tensor Logits) Forward(Graph g, Im2Text network, Tensor v, float dropout = 0)
    {
        Tensor words = network.Forward(g, v, dropout);                                                              // [B, W]
        TokenBatch prompts = TokenBatch.From([.. Enumerable.Repeat(_ids, v.Rows)]);
        Tensor p = g.L2Normalize(clip.Text.Forward(g, prompts, words, clip.Tokenizer.Placeholder));                 // [B, P]
        Tensor logits = g.Scale(g.Linear(g.L2Normalize(v), p), Scale);                                              // [B, B]
        return (g.ContrastiveLoss(logits), logits);
    }
}
