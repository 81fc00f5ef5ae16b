using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Tirg;

/// <summary>TIRG on CLIP features: the picture's feature, gated by the words, plus a learned residual.</summary>
/// <remarks>
/// x = ReLU(LN([v, t])); f = a0·σ(W_g·x)·v + a1·W_2·ReLU(W_1·x'), x' with a norm of its own; query = norm(f), and
/// logits = s²·cos with s learned.
/// Source: Vo et al., CVPR 2019. Layer norms stand where the published network has batch norms.
/// </remarks>
public sealed class TirgNetwork : FusionNetwork
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "tirg.safetensors";

    private static readonly string[] All =
    [
        "a0", "a1", "normalize_scale", "gate.norm.weight", "gate.norm.bias", "gate.linear.weight", "gate.linear.bias",
        "residual.norm.weight", "residual.norm.bias", "residual.linear1.weight", "residual.linear1.bias",
        "residual.linear2.weight", "residual.linear2.bias",
    ];

    private TirgNetwork(Device device, int p, IReadOnlyList<float[]> weights)
        : base(device, "tirg", "TIRG", p, All, Shapes(p), weights)
    {
    }

    /// <summary>The published start: a0 = 1, a1 = 10, linear layers as PyTorch begins them.</summary>
    /// <param name="logitScale">s² before the first step; 16 is published.</param>
    public static TirgNetwork Random(Device device, int p, float logitScale, Philox random) =>
        new(device, p, [.. Shapes(p).Select((shape, i) => All[i] switch
    {
        "a1" => [10f],
        "normalize_scale" => [MathF.Sqrt(logitScale)],
        "a0" or "gate.norm.weight" or "residual.norm.weight" => [.. Enumerable.Repeat(1f, StartValues.CountOf(shape))],
        "gate.norm.bias" or "residual.norm.bias" => new float[StartValues.CountOf(shape)],
        _ => StartValues.Linear(shape, 2 * p, random.Fork((ulong)i)),
    })]);

    /// <summary>Loads it by a file or from a run's folder.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not a TIRG.</exception>
    public static TirgNetwork Load(string path, Device device)
    {
        StateDict found = StateDict.Read(path, "TIRG", All, ["", "TIRG.", "head."], InRun);
        int p = found.Shapes[^1][0];
        found.Check(Shapes(p));
        return new(device, p, found.Values) { Provenance = found.Metadata };
    }

    /// <summary>Opens a composer by a file or run folder.</summary>
    public static Composer Open(ClipModel clip, string? weights) =>
        new FusionNetworkComposer(clip, Load(Needed(weights, "TIRG", "tirg"), clip.Device));

    public override Tensor Forward(Graph g, Tensor pictures, Tensor words, float dropout = 0)
    {
        Tensor both = g.Concat(pictures, words);                                       // [B, 2P], the picture first
        Tensor gate = g.Relu(g.LayerNorm(both, Weights[3], Weights[4]));               // [B, 2P]
        gate = g.Linear(gate, Weights[5], Weights[6], Activation.Sigmoid);             // [B, P]
        Tensor residual = g.Relu(g.LayerNorm(both, Weights[7], Weights[8]));           // [B, 2P], of a norm of its own
        residual = g.Linear(residual, Weights[9], Weights[10], Activation.Relu);       // [B, 2P]
        residual = g.Linear(residual, Weights[11], Weights[12]);                       // [B, P]
        return g.L2Normalize(g.Add(g.ScaleRows(g.Multiply(gate, pictures), Weights[0]), g.ScaleRows(residual, Weights[1])));
    }

    /// <summary>Both sides are s times as long as their unit vectors, s learned; <paramref name="scale"/> was its start.</summary>
    public override Tensor Logits(Graph g, Tensor pictures, Tensor words, Tensor targets, float scale, float dropout = 0) =>
        g.ScaleRows(g.ScaleRows(g.Linear(Forward(g, pictures, words, dropout), targets), Weights[2]), Weights[2]);

    private static int[][] Shapes(int p) =>
        [[1], [1], [1], [2 * p], [2 * p], [p, 2 * p], [p], [2 * p], [2 * p], [2 * p, 2 * p], [2 * p], [p, 2 * p], [p]];
}
