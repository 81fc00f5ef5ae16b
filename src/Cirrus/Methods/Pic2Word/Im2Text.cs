using Cirrus.Tensors;

namespace Cirrus.Methods.Pic2Word;

/// <summary>Pic2Word's network IM2TEXT: turns a picture's feature into one pseudo-word.</summary>
/// <remarks>
/// Three linear layers with ReLU between them: P → 512 → 512 → W (P: CLIP's joint size, W: text tower width);
/// 1,050,368 numbers for ViT-L/14.
/// Source: Saito et al., "Pic2Word", CVPR 2023, section 3.1 (methods: 3.2).
/// </remarks>
public sealed class Im2Text : PseudoWordNetwork
{
    /// <summary>Takes weights by order of <see cref="Names"/>: [H, P], [H], [H, H], [H], [W, H], [W], row by row.</summary>
    /// <param name="hidden">512 in what is published.</param>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    public Im2Text(Device device, int p, int hidden, int w, IReadOnlyList<float[]> weights)
        : base(device, p, hidden, w, weights)
    {
    }

    /// <summary>Names in the published state dict, in the order of the weights.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["layers.0.0.weight", "layers.0.0.bias", "layers.1.0.weight", "layers.1.0.bias", "fc_out.weight", "fc_out.bias"];

    /// <summary>A network to be trained, begun as PyTorch begins linear layers.</summary>
    public static Im2Text Random(Device device, int p, int hidden, int w, Philox random) =>
        new(device, p, hidden, w, Start(p, hidden, w, random));

    /// <summary>Maps a batch of pictures' features to pseudo-words.</summary>
    /// <param name="x">[B, P] float32, <b>not</b> normalised, as the towers return it.</param>
    /// <param name="dropout">share of hidden units zeroed, drawn from the graph's random numbers; 0 outside training. The
    /// released code drops before the ReLU, which gives the same.</param>
    /// <returns>[B, W] float32 in the space of token embeddings; lives in the graph's arena until its next reset.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> is not [B, P].</exception>
    public Tensor Forward(Graph g, Tensor x, float dropout = 0)
    {
        if (x.Columns != P)
            throw new ArgumentException($"IM2TEXT takes [B, {P}], not {x.Describe()}.");
        for (int layer = 0; layer < 2; layer++)
        {
            x = g.Linear(x, Weights[2 * layer], Weights[(2 * layer) + 1], Activation.Relu);    // [B, H]
            x = dropout == 0 ? x : g.Dropout(x, dropout);
        }
        return g.Linear(x, Weights[4], Weights[5]);                                            // [B, W]
    }
}
