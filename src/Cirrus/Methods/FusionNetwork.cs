using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A supervised head that reads the features of picture and words and nothing else.</summary>
public abstract class FusionNetwork : HeadNetwork
{
    private protected FusionNetwork(Device device, string method, string dict, int p, IReadOnlyList<string> names,
        IReadOnlyList<int[]> shapes, IReadOnlyList<float[]> weights)
        : base(device, method, dict, p, names, shapes, weights)
    {
    }

    /// <summary>Composes a batch.</summary>
    /// <param name="pictures">[B, P] features of the pictures in hand, <b>not</b> normalised.</param>
    /// <param name="words">[B, P] features of the words, <b>not</b> normalised.</param>
    /// <param name="dropout">share of hidden units zeroed, drawn from the graph's random numbers; 0 outside training.</param>
    /// <returns>[B, P] unit rows, in the arena of the graph.</returns>
    public abstract Tensor Forward(Graph g, Tensor pictures, Tensor words, float dropout = 0);

    /// <summary>Scores of every query of a batch with every target → [B, B], right on the diagonal.</summary>
    /// <param name="targets">[B, P] unit rows.</param>
    /// <param name="scale">what the cosines are multiplied by.</param>
    public virtual Tensor Logits(Graph g, Tensor pictures, Tensor words, Tensor targets, float scale, float dropout = 0) =>
        g.Scale(g.Linear(Forward(g, pictures, words, dropout), targets), scale);

    public sealed override Tensor Forward(Graph g, HeadInput input, float dropout = 0) =>
        Forward(g, input.Pictures, input.Words, dropout);

    public sealed override Tensor Loss(Graph g, HeadInput input, Tensor targets, float scale, float dropout = 0) =>
        g.CrossEntropy(Logits(g, input.Pictures, input.Words, targets, scale, dropout), [.. Enumerable.Range(0, targets.Rows)]);
}
