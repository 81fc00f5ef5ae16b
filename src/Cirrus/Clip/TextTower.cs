using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>CLIP's causal text tower (methods: 1.2, injection 2.7).</summary>
public sealed class TextTower
{
    public TextConfig Config => throw new NotSupportedException();

    /// <summary>Features of captions → [B, P], <b>not</b> normalised.</summary>
    /// <param name="g">Records when <paramref name="pseudo"/> (or a weight) is watched.</param>
    /// <param name="tokens">ragged captions.</param>
    /// <param name="pseudo">[B, W] or null: replaces the token embedding at every position of caption b whose id is
    /// <paramref name="placeholder"/>; positions are added after that.</param>
    /// <param name="placeholder">the id of <c>$</c>: 259 in CLIP's own vocabulary.</param>
    public Tensor Forward(Graph g, TokenBatch tokens, Tensor? pseudo = null, int placeholder = 259) => throw new NotSupportedException();
}
