using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Combiner;

/// <summary>CLIP4CIR's Combiner: a residual on a blend of words and picture whose share the network itself chooses.</summary>
/// <remarks>
/// t' = drop(ReLU(W_t·t)), v' = drop(ReLU(W_v·v)), c = [t', v']; λ = σ(w·drop(ReLU(W_s·c)));
/// query = norm(W_o·drop(ReLU(W_c·c)) + λ·t + (1 − λ)·v), all layers with biases, features raw.
/// Source: Baldrati et al., CVPR 2022 workshops; ACM TOMM 2023 (methods: 6.1).
/// </remarks>
public sealed class CombinerNetwork : FusionNetwork
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "combiner.safetensors";

    private static readonly string[] Published =
    [
        "text_projection_layer.weight", "text_projection_layer.bias",
        "image_projection_layer.weight", "image_projection_layer.bias",
        "combiner_layer.weight", "combiner_layer.bias", "output_layer.weight", "output_layer.bias",
        "dynamic_scalar.0.weight", "dynamic_scalar.0.bias", "dynamic_scalar.3.weight", "dynamic_scalar.3.bias",
    ];

    /// <summary>Takes weights in the order of the published state dict, row by row.</summary>
    /// <param name="projection">width of the two projections.</param>
    /// <param name="hidden">width of the two hidden layers.</param>
    public CombinerNetwork(Device device, int p, int projection, int hidden, IReadOnlyList<float[]> weights)
        : base(device, "combiner", "Combiner", p, Published, Shapes(p, projection, hidden), weights)
    {
    }

    /// <summary>PyTorch's initialisation of linear layers.</summary>
    public static CombinerNetwork Random(Device device, int p, int projection, int hidden, Philox random)
    {
        int[] fanIn = [p, p, p, p, 2 * projection, 2 * projection, hidden, hidden, 2 * projection, 2 * projection, hidden, hidden];
        return new(device, p, projection, hidden, [.. Shapes(p, projection, hidden).Select((shape, i) =>
            StartValues.Linear(shape, fanIn[i], random.Fork((ulong)i)))]);
    }

    /// <summary>Loads it by a file, published or ours, or from a run's folder.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not a Combiner.</exception>
    public static CombinerNetwork Load(string path, Device device)
    {
        StateDict found = StateDict.Read(path, "Combiner", Published, ["", "Combiner.", "head."], InRun);
        (int[] text, int[] hidden) = (found.Shapes[0], found.Shapes[4]);
        (int p, int projection, int h) = (text.Length == 2 ? text[1] : 0, text[0], hidden[0]);
        found.Check(Shapes(p, projection, h));
        return new(device, p, projection, h, found.Values) { Provenance = found.Metadata };
    }

    /// <summary>Opens a composer by a file or run folder.</summary>
    public static Composer Open(ClipModel clip, string? weights) =>
        new FusionNetworkComposer(clip, Load(Needed(weights, "The Combiner", "combiner"), clip.Device));

    public override Tensor Forward(Graph g, Tensor pictures, Tensor words, float dropout = 0) =>
        Compose(g, pictures, words, dropout).Query;

    /// <summary>The query, and the share λ [B, 1] that the words have in the blend.</summary>
    /// <param name="keep">masks instead of draws, for parity tests: of words, picture, combiner [B, ·] and dynamic scalar.</param>
    internal (Tensor Query, Tensor Share) Compose(
        Graph g, Tensor pictures, Tensor words, float dropout, IReadOnlyList<Tensor>? keep = null)
    {
        Tensor t = Drop(g, Layer(g, words, 0, Activation.Relu), dropout, keep?[0]);            // [B, projection]
        Tensor v = Drop(g, Layer(g, pictures, 2, Activation.Relu), dropout, keep?[1]);         // [B, projection]
        Tensor c = g.Concat(t, v);                                                             // [B, 2·projection], words first
        Tensor hidden = Drop(g, Layer(g, c, 4, Activation.Relu), dropout, keep?[2]);           // [B, H]
        Tensor gate = Drop(g, Layer(g, c, 8, Activation.Relu), dropout, keep?[3]);             // [B, H]
        Tensor share = Layer(g, gate, 10, Activation.Sigmoid);                                 // [B, 1]
        Tensor blend = g.Add(pictures, g.ScaleRows(g.Blend(words, 1, pictures, -1), share));   // [B, P]: λ·t + (1 − λ)·v
        return (g.L2Normalize(g.Linear(hidden, Weights[6], Weights[7], add: blend)), share);   // [B, P]
    }

    internal static int[][] Shapes(int p, int projection, int hidden) =>
    [
        [projection, p], [projection], [projection, p], [projection], [hidden, 2 * projection], [hidden], [p, hidden], [p],
        [hidden, 2 * projection], [hidden], [1, hidden], [1],
    ];

    private static Tensor Drop(Graph g, Tensor x, float p, Tensor? keep) =>
        p == 0 ? x : keep is null ? g.Dropout(x, p) : g.Dropout(x, p, keep);
}
