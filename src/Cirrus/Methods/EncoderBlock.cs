using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A weight of a head: its name and shape, and where its start values come from.</summary>
/// <param name="FanIn">
/// above 0: U(−1/√fan_in, 1/√fan_in), as PyTorch starts a linear layer; 0: <paramref name="Start"/> everywhere.
/// </param>
internal sealed record HeadWeight(string Name, int[] Shape, int FanIn, float Start = 0)
{
    /// <summary>Weight and bias of a linear layer.</summary>
    public static IEnumerable<HeadWeight> Linear(string name, int from, int to) =>
        [new(name + ".weight", [to, from], from), new(name + ".bias", [to], from)];

    /// <summary>Gain and bias of a layer norm.</summary>
    public static IEnumerable<HeadWeight> Norm(string name, int width, float gain = 1) =>
        [new(name + ".weight", [width], 0, gain), new(name + ".bias", [width], 0)];

    /// <summary>Start values.</summary>
    public float[] Draw(Philox random) =>
        FanIn > 0 ? StartValues.Linear(Shape, FanIn, random) : [.. Enumerable.Repeat(Start, StartValues.CountOf(Shape))];
}

/// <summary>
/// One pre-norm transformer block over ragged sequences with dropout behind attention and perceptron: the trained kin
/// of CLIP's blocks.
/// </summary>
internal sealed class EncoderBlock(
    IReadOnlyDictionary<string, Tensor> weights, string prefix, int heads, Activation activation, float eps)
{
    /// <param name="gain">the norms' start.</param>
    public static IEnumerable<HeadWeight> Weights(string prefix, int width, int hidden, float gain = 1) =>
    [
        .. HeadWeight.Norm(prefix + "ln_1", width, gain), .. HeadWeight.Linear(prefix + "in", width, 3 * width),
    .. HeadWeight.Linear(prefix + "out", width, width),
        .. HeadWeight.Norm(prefix + "ln_2", width, gain), .. HeadWeight.Linear(prefix + "fc", width, hidden),
    .. HeadWeight.Linear(prefix + "proj", hidden, width),
    ];

    /// <summary>How many blocks a file or a network has, by the names of its weights.</summary>
    public static int CountIn(IEnumerable<string> names) => names.Count(
        n => n.EndsWith(".ln_1.weight", StringComparison.Ordinal) && !n.StartsWith("adam.", StringComparison.Ordinal));

    /// <summary>x [R, W] → [R, W].</summary>
    public Tensor Forward(Graph g, Tensor x, Ragged rows, float dropout)
    {
        Tensor h = g.LayerNorm(x, weights[prefix + "ln_1.weight"], weights[prefix + "ln_1.bias"], eps);   // [R, W]
        h = g.SelfAttention(Linear(g, h, "in"), rows, heads, causal: false);                              // [R, W]
        x = g.Add(x, g.Dropout(Linear(g, h, "out"), dropout));                                            // [R, W]
        h = g.LayerNorm(x, weights[prefix + "ln_2.weight"], weights[prefix + "ln_2.bias"], eps);          // [R, W]
        h = Linear(g, h, "fc", activation);                                                               // [R, hidden]
        return g.Add(x, g.Dropout(Linear(g, h, "proj"), dropout));                                        // [R, W]
    }

    private Tensor Linear(Graph g, Tensor x, string name, Activation by = Activation.None) =>
        g.Linear(x, weights[$"{prefix}{name}.weight"], weights[$"{prefix}{name}.bias"], by);
}
