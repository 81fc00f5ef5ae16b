using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>φ of textual inversion: turns an image embedding into one pseudo-word, so a picture can stand in a caption.</summary>
/// <remarks>
/// Three linear layers, exact GELU between them: P → 4P → 4P → W (P: CLIP's joint size, W: text tower width).
/// Once trained, its weights do not change: one instance serves any number of threads, each with a graph of its own.
/// Source: SEARLE (Baldrati et al., ICCV 2023); LinCIR (Gu et al., CVPR 2024) keeps the shape (methods: 2.2).
/// </remarks>
public sealed class MappingNetwork : IDisposable
{
    /// <summary>Names in the published state dict, in the order of <see cref="Weights"/>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias", "layers.6.weight", "layers.6.bias"];

    private readonly Arena _arena;

    /// <summary>Takes weights by order of <see cref="Names"/>: [H, P], [H], [H, H], [H], [W, H], [W], row by row.</summary>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    public MappingNetwork(Device device, int p, int hidden, int w, IReadOnlyList<float[]> weights)
    {
        (P, Hidden, W) = (p, hidden, w);
        _arena = new(device);
        int[][] shapes = Shapes(p, hidden, w);
        if (weights.Count != shapes.Length)
            throw new ArgumentException($"{weights.Count} weights; φ has {shapes.Length}.");
        Weights = [.. shapes.Select((shape, i) => _arena.From(weights[i], shape))];
    }

    /// <summary>Length of a CLIP feature.</summary>
    public int P { get; }

    /// <summary>Width of the two hidden layers: 4P in everything published.</summary>
    public int Hidden { get; }

    /// <summary>Length of a token embedding.</summary>
    public int W { get; }

    public Device Device => _arena.Device;

    /// <summary>The six weights in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>Free text that came with the file, or of the run that trained it.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; set; } = new Dictionary<string, string>();

    /// <summary>True when it was trained on normalised features (--l2_normalize): they are normalised before it then.</summary>
    public bool Normalizes => Provenance.GetValueOrDefault("l2_normalize") == "true";

    internal static int[][] Shapes(int p, int hidden, int w) => [[hidden, p], [hidden], [hidden, hidden], [hidden], [w, hidden], [w]];

    /// <summary>A network to be trained, begun as PyTorch begins linear layers.</summary>
    public static MappingNetwork Random(Device device, int p, int w, Philox random)
    {
        int hidden = 4 * p;
        int[] fanIn = [p, p, hidden, hidden, hidden, hidden];
        return new(device, p, hidden, w, [.. Shapes(p, hidden, w).Select((shape, i) => StartValues.Linear(shape, fanIn[i], random.Fork((ulong)i)))]);
    }

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

    /// <summary>Asks for the gradients of all weights in the graph's next backward pass.</summary>
    public void Watch(Graph g)
    {
        foreach (Tensor w in Weights)
            g.Watch(w);
    }

    public void Dispose() => _arena.Dispose();

    private static Tensor Drop(Graph g, Tensor x, float p, Tensor? keep) =>
        p == 0 ? x : keep is null ? g.Dropout(x, p) : g.Dropout(x, p, keep);
}
