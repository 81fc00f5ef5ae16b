using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Artemis;

/// <summary>ARTEMIS: the words say what the target shows, and which of the reference's features it keeps.</summary>
/// <remarks>
/// m = W_m·norm(words); A(m) = softmax(W₂·ReLU(W₁·m)), one for each of two terms over a candidate t:
/// EM (explicit matching) = norm(W_e·m)·norm(A_EM(m)⊙t), IS (implicit similarity) = norm(A_IS(m)⊙r)·norm(A_IS(m)⊙t), r the reference;
/// logits = exp(τ)·(EM + IS). As a candidate is seen through the query's own masks, the score is no cosine of a query vector:
/// see <see cref="MaskedTerm"/>. Source: Delmas et al., ICLR 2022 (methods: 6.3).
/// </remarks>
public sealed class ArtemisNetwork : FusionNetwork
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "artemis.safetensors";

    /// <summary>The published start of τ.</summary>
    public const float Temperature = 2.65926f;

    private static readonly string[] All =
    [
        "text.weight", "text.bias", "match.weight", "match.bias", "attend_match.0.weight", "attend_match.0.bias",
        "attend_match.2.weight", "attend_match.2.bias",
        "attend_keep.0.weight", "attend_keep.0.bias", "attend_keep.2.weight", "attend_keep.2.bias", "temperature",
    ];

    /// <summary>Takes weights in the order of their names, row by row.</summary>
    public ArtemisNetwork(Device device, int p, IReadOnlyList<float[]> weights)
        : base(device, "artemis", "Artemis", p, All, Shapes(p), weights)
    {
    }

    /// <summary>PyTorch's initialisation of linear layers.</summary>
    public static ArtemisNetwork Random(Device device, int p, Philox random) => new(device, p, [.. Shapes(p).Select((shape, i) =>
        i == All.Length - 1 ? [Temperature] : StartValues.Linear(shape, p, random.Fork((ulong)i)))]);

    /// <summary>Loads it by a file or from a run's folder.</summary>
    /// <exception cref="CirrusException">There is none, or its tensors are not those of ARTEMIS.</exception>
    public static ArtemisNetwork Load(string path, Device device)
    {
        StateDict found = StateDict.Read(path, "ARTEMIS", All, ["", "Artemis.", "head."], InRun);
        int p = found.Shapes[0][0];
        found.Check(Shapes(p));
        return new(device, p, found.Values) { Provenance = found.Metadata };
    }

    /// <summary>Opens a composer by a file or run folder.</summary>
    public static Composer Open(ClipModel clip, string? weights) =>
        new ArtemisComposer(clip, Load(Needed(weights, "ARTEMIS", "artemis"), clip.Device));

    /// <summary>
    /// The two terms as far as the query makes them: what is sought, a unit row each, and the mask it is sought
    /// through, all [B, P].
    /// </summary>
    /// <param name="pictures">[B, P] features of the references.</param>
    /// <param name="words">[B, P] features of the words.</param>
    public (Tensor Match, Tensor MatchMask, Tensor Keep, Tensor KeepMask) Terms(Graph g, Tensor pictures, Tensor words)
    {
        Tensor m = Layer(g, g.L2Normalize(words), 0);                                                      // [B, P]
        Tensor match = Attend(g, m, 4), keep = Attend(g, m, 8);                                            // [B, P]
        Tensor sought = g.L2Normalize(Layer(g, m, 2)), kept = g.L2Normalize(g.Multiply(keep, g.L2Normalize(pictures)));
        return (sought, match, kept, keep);
    }

    /// <summary>
    /// The numerators of both terms as one vector, as if every candidate were equally long behind a mask: for those who
    /// know no masks.
    /// </summary>
    public override Tensor Forward(Graph g, Tensor pictures, Tensor words, float dropout = 0)
    {
        (Tensor match, Tensor matchMask, Tensor keep, Tensor keepMask) = Terms(g, pictures, words);
        return g.L2Normalize(g.Add(g.Multiply(match, g.L2Normalize(matchMask)), g.Multiply(keep, g.L2Normalize(keepMask))));
    }

    /// <summary>exp(τ)·(EM + IS) of every query with every target → [B, B]. The scale is the network's own.</summary>
    public override Tensor Logits(Graph g, Tensor pictures, Tensor words, Tensor targets, float scale, float dropout = 0)
    {
        (Tensor match, Tensor matchMask, Tensor keep, Tensor keepMask) = Terms(g, pictures, words);
        Tensor squares = g.Multiply(targets, targets);                                                     // [B, P]
        Tensor score = g.Add(Score(g, match, matchMask, targets, squares), Score(g, keep, keepMask, targets, squares));
        return g.ScaleRows(score, g.Exp(Weights[^1]));                                                     // [B, B]
    }

    /// <summary>u·(m⊙t) / ‖m⊙t‖ of all pairs, by two products: the length's square is m²·t².</summary>
    private static Tensor Score(Graph g, Tensor u, Tensor m, Tensor targets, Tensor squares) =>
        g.DivideByRoot(g.Linear(g.Multiply(u, m), targets), g.Linear(g.Multiply(m, m), squares));          // [B, B]

    private static int[][] Shapes(int p) => [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? new[] { p, p } : [p]), [1]];

    private Tensor Attend(Graph g, Tensor m, int at) => g.Softmax(Layer(g, Layer(g, m, at, Activation.Relu), at + 2));
}
