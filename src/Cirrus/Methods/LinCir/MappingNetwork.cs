using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>φ of textual inversion: turns an image embedding into one pseudo-word, so a picture can stand in a caption.</summary>
/// <remarks>
/// Three linear layers, exact GELU between them: P → 4P → 4P → W (P: CLIP's joint size, W: text tower width).
/// Source: SEARLE (Baldrati et al., ICCV 2023); LinCIR (Gu et al., CVPR 2024) keeps the shape (methods: 2.2).
/// </remarks>
public sealed class MappingNetwork : PseudoWordNetwork
{
    /// <summary>Takes weights by order of <see cref="Names"/>: [H, P], [H], [H, H], [H], [W, H], [W], row by row.</summary>
    /// <param name="hidden">4P in everything published.</param>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    public MappingNetwork(Device device, int p, int hidden, int w, IReadOnlyList<float[]> weights)
        : base(device, p, hidden, w, weights)
    {
    }

    /// <summary>Names in the published state dict, in the order of the weights.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias", "layers.6.weight", "layers.6.bias"];

    /// <summary>True when it was trained on normalised features (--l2_normalize): they are normalised before it then.</summary>
    public bool Normalizes => Provenance.GetValueOrDefault("l2_normalize") == "true";

    /// <summary>A network to be trained, begun as PyTorch begins linear layers.</summary>
    public static MappingNetwork Random(Device device, int p, int w, Philox random) =>
        new(device, p, 4 * p, w, Start(p, 4 * p, w, random));

    /// <summary>Maps a batch of image (or, in training, noisy caption) embeddings to pseudo-words.</summary>
    /// <param name="g">Records the step when something in it needs a gradient; plain inference otherwise.</param>
    /// <param name="x">[B, P] float32, <b>not</b> normalised, as the towers return it.</param>
    /// <param name="dropout">share of hidden units zeroed, drawn from the graph's random numbers; 0 outside training.</param>
    /// <param name="keep">masks [B, H] of the two hidden layers instead of a draw: for parity tests.</param>
    /// <returns>[B, W] float32 in the space of token embeddings; lives in the graph's arena until its next reset.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> is not [B, P].</exception>
    public Tensor Forward(Graph g, Tensor x, float dropout = 0, IReadOnlyList<Tensor>? keep = null)
    {
        if (x.Columns != P)
            throw new ArgumentException($"φ takes [B, {P}], not {x.Describe()}.");
        x = g.Linear(x, Weights[0], Weights[1], Activation.Gelu);    // [B, H]
        x = Drop(g, x, dropout, keep?[0]);
        x = g.Linear(x, Weights[2], Weights[3], Activation.Gelu);    // [B, H]
        x = Drop(g, x, dropout, keep?[1]);
        return g.Linear(x, Weights[4], Weights[5]);                  // [B, W]
    }

    private static Tensor Drop(Graph g, Tensor x, float p, Tensor? keep) =>
        p == 0 ? x : keep is null ? g.Dropout(x, p) : g.Dropout(x, p, keep);
}
