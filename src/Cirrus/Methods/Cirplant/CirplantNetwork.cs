using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Cirplant;

/// <summary>CIRPLANT: a transformer over the caption's tokens and one for the picture, whose last state is the query.</summary>
/// <remarks>
/// query = norm(W_o·LN(state of [caption's tokens, W_i·norm(picture)] at the picture)). Loss: mean of log(1 + exp(d⁺ − d⁻))
/// over the right target and up to six wrong ones of the batch, d = ‖s·query − s·target‖², s learned; the target does not
/// pass through the transformer.
/// Source: Liu et al., ICCV 2021 (methods: 6.2).
/// </remarks>
public sealed class CirplantNetwork : HeadNetwork
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "cirplant.safetensors";

    /// <summary>Triplets of an anchor in its batch, and the start of s; both published.</summary>
    private const int Negatives = 6, Scale = 4;

    private readonly EncoderBlock[] _blocks;

    private CirplantNetwork(ClipModel clip, IReadOnlyList<HeadWeight> weights, IReadOnlyList<float[]> values)
        : base(clip.Device, "cirplant", "Cirplant", clip.Config.P,
            [.. weights.Select(w => w.Name)], [.. weights.Select(w => w.Shape)], values)
    {
        Dictionary<string, Tensor> byName = Names.Zip(Weights).ToDictionary(w => w.First, w => w.Second);
        _blocks = [.. Enumerable.Range(0, EncoderBlock.CountIn(Names)).Select(i =>
            new EncoderBlock(byName, $"blocks.{i}.", clip.Config.Text.Heads, Activation.Gelu, eps: 1e-12f))];
    }

    public override bool NeedsTokens => true;

    public override bool Decays(Tensor weight) => weight.Shape.Length > 1;

    /// <summary>PyTorch's initialisation of linear layers.</summary>
    /// <param name="layers">as wide, and with as many heads, as the CLIP's text tower.</param>
    public static CirplantNetwork Random(ClipModel clip, int layers, Philox random)
    {
        HeadWeight[] weights = [.. All(clip, layers)];
        return new(clip, weights, [.. weights.Select((w, i) => w.Draw(random.Fork((ulong)i)))]);
    }

    /// <summary>Loads it by a file or from a run's folder.</summary>
    /// <exception cref="CirrusException">There is none, or it was not made for this CLIP.</exception>
    public static CirplantNetwork Load(ClipModel clip, string path)
    {
        HeadWeight[] weights = [.. All(clip, EncoderBlock.CountIn(StateDict.NamesIn(path, "CIRPLANT", InRun)))];
        StateDict found = StateDict.Read(path, "CIRPLANT", [.. weights.Select(w => w.Name)], ["", "Cirplant.", "head."], InRun)
            .Check([.. weights.Select(w => w.Shape)]);
        return new(clip, weights, found.Values) { Provenance = found.Metadata };
    }

    /// <summary>Opens a composer by a file or run folder.</summary>
    public static Composer Open(ClipModel clip, string? weights) =>
        new FusionNetworkComposer(clip, Load(clip, Needed(weights, "CIRPLANT", "cirplant")));

    public override Tensor Forward(Graph g, HeadInput input, float dropout = 0)
    {
        Ragged text = input.TokenRows!;
        int[] order = new int[text.R + input.B], offsets = new int[input.B + 1], last = new int[input.B];
        for (int b = 0; b < input.B; b++)
        {
            offsets[b + 1] = text.Offsets[b + 1] + b + 1;
            last[b] = offsets[b + 1] - 1;
            for (int r = text.Offsets[b]; r < text.Offsets[b + 1]; r++)
                order[r + b] = r;
            order[last[b]] = text.R + b;
        }
        Tensor picture = g.Linear(g.L2Normalize(input.Pictures), this["image.weight"], this["image.bias"]);        // [B, W]
        Tensor x = g.GatherRows(g.Stack(input.Tokens!, picture), order);                                           // [R + B, W]
        x = g.Dropout(x, dropout);
        foreach (EncoderBlock block in _blocks)
            x = block.Forward(g, x, new(offsets), dropout);                                                        // [R + B, W]
        x = g.LayerNorm(g.GatherRows(x, last), this["ln.weight"], this["ln.bias"], 1e-12f);                        // [B, W]
        return g.L2Normalize(g.Linear(x, this["project.weight"], this["project.bias"]));                           // [B, P]
    }

    /// <summary>The soft triplet loss. The scale is the network's own.</summary>
    /// <remarks>
    /// For unit rows d = 2s²(1 − cosine), so log(1 + exp(d⁺ − d⁻)) is the cross-entropy of (2s²·cosine⁺, 2s²·cosine⁻).
    /// A batch stands in random order, so an anchor's wrong targets are those of the six queries behind it.
    /// </remarks>
    public override Tensor Loss(Graph g, HeadInput input, Tensor targets, float scale, float dropout = 0)
    {
        int b = input.B, negatives = Math.Min(Negatives, b - 1);
        Tensor cosines = g.Reshape(g.Linear(Forward(g, input, dropout), targets), b * b, 1);                       // [B², 1]
        int[] pairs =
        [
            .. from anchor in Enumerable.Range(0, b)
               from k in Enumerable.Range(1, negatives)
               from target in new[] { anchor, (anchor + k) % b }
               select (anchor * b) + target,
        ];
        Tensor logits = g.Reshape(g.Scale(g.GatherRows(cosines, pairs), 2), pairs.Length / 2, 2);    // [triplets, 2]
        return g.CrossEntropy(g.ScaleRows(logits, g.Multiply(this["scale"], this["scale"])), new int[pairs.Length / 2]);
    }

    private static IEnumerable<HeadWeight> All(ClipModel clip, int layers)
    {
        (int w, int p) = (clip.Config.Text.Width, clip.Config.P);
        return
        [
            .. HeadWeight.Linear("image", p, w),
            .. Enumerable.Range(0, layers).SelectMany(i => EncoderBlock.Weights($"blocks.{i}.", w, 4 * w)),
            .. HeadWeight.Norm("ln", w), .. HeadWeight.Linear("project", w, p), new("scale", [1], 0, Scale),
        ];
    }
}
