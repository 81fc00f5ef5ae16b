using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Maaf;

/// <summary>
/// MAAF: patches of the picture and tokens of the words attend to each other; what they make of it is added to the sum.
/// </summary>
/// <remarks>
/// x = blocks([W_v·patches, W_t·tokens]); query = norm(norm(picture) + norm(words) + α·½(mean of x over patches + mean of x
/// over tokens)), α learned; logits = exp(s)·cosine. Source: Dodds et al., 2020 ("Modality-Agnostic Attention Fusion"),
/// in the residual form on CLIP of its repository (methods: 6.4).
/// </remarks>
public sealed class MaafNetwork : HeadNetwork
{
    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "maaf.safetensors";

    /// <summary>Published: 8 heads, s starts at 4.</summary>
    private const int Heads = 8, Scale = 4;

    /// <summary>Where α starts, published.</summary>
    private const float Share = 0.1f;

    private const float Eps = 1e-12f;
    private readonly EncoderBlock[] _blocks;

    private MaafNetwork(ClipModel clip, IReadOnlyList<HeadWeight> weights, IReadOnlyList<float[]> values)
        : base(clip.Device, "maaf", "Maaf", clip.Config.P,
            [.. weights.Select(w => w.Name)], [.. weights.Select(w => w.Shape)], values)
    {
        Dictionary<string, Tensor> byName = Names.Zip(Weights).ToDictionary(w => w.First, w => w.Second);
        _blocks = [.. Enumerable.Range(0, EncoderBlock.CountIn(Names)).Select(i =>
            new EncoderBlock(byName, $"blocks.{i}.", Heads, Activation.Relu, Eps))];
    }

    public override bool NeedsTokens => true;

    public override bool NeedsPatches => true;

    /// <summary>PyTorch's initialisation of linear layers.</summary>
    /// <param name="hidden">width of the blocks' perceptrons.</param>
    public static MaafNetwork Random(ClipModel clip, int layers, int hidden, Philox random)
    {
        HeadWeight[] weights = [.. All(clip, layers, hidden)];
        return new(clip, weights, [.. weights.Select((w, i) => w.Draw(random.Fork((ulong)i)))]);
    }

    /// <summary>Loads it by a file or from a run's folder.</summary>
    /// <exception cref="CirrusException">There is none, or it was not made for this CLIP.</exception>
    public static MaafNetwork Load(ClipModel clip, string path)
    {
        int layers = EncoderBlock.CountIn(StateDict.NamesIn(path, "MAAF", InRun));
        string[] names = [.. All(clip, layers, 1).Select(w => w.Name)];
        StateDict found = StateDict.Read(path, "MAAF", names, ["", "Maaf.", "head."], InRun);
        int hidden = found.Shapes[found.Names.ToList().IndexOf("blocks.0.fc.bias")][0];
        HeadWeight[] weights = [.. All(clip, layers, hidden)];
        return new(clip, weights, found.Check([.. weights.Select(w => w.Shape)]).Values) { Provenance = found.Metadata };
    }

    /// <summary>Opens a composer by a file or run folder.</summary>
    public static Composer Open(ClipModel clip, string? weights) =>
        new FusionNetworkComposer(clip, Load(clip, Needed(weights, "MAAF", "maaf")));

    public override Tensor Forward(Graph g, HeadInput input, float dropout = 0)
    {
        Ragged text = input.TokenRows!;
        int b = input.B, t = input.Patches!.Rows / b;
        int[] order = new int[input.Patches.Rows + text.R], offsets = new int[b + 1];
        List<int> ofPatches = [], ofTokens = [];
        for (int q = 0, at = 0; q < b; q++)
        {
            for (int i = 0; i < t; i++, at++)
            {
                order[at] = (q * t) + i;
                ofPatches.Add(at);
            }
            for (int r = text.Offsets[q]; r < text.Offsets[q + 1]; r++, at++)
            {
                order[at] = input.Patches.Rows + r;
                ofTokens.Add(at);
            }
            offsets[q + 1] = at;
        }
        Tensor patches = g.Linear(input.Patches, this["image.weight"], this["image.bias"]);                        // [B·T, P]
        Tensor tokens = g.Linear(input.Tokens!, this["text.weight"], this["text.bias"]);                           // [R, P]
        Tensor x = g.GatherRows(g.Stack(patches, tokens), order);                                                  // [B·T + R, P]
        foreach (EncoderBlock block in _blocks)
            x = block.Forward(g, x, new(offsets), dropout);                                                        // [B·T + R, P]
        Tensor seen = g.MeanRows(g.GatherRows(x, [.. ofPatches]), Ragged.Full(b, t));                              // [B, P]
        Tensor read = g.MeanRows(g.GatherRows(x, [.. ofTokens]), text);                                            // [B, P]
        Tensor sum = g.Add(g.L2Normalize(input.Pictures), g.L2Normalize(input.Words));                             // [B, P]
        return g.L2Normalize(g.Add(sum, g.ScaleRows(g.Blend(seen, 0.5f, read, 0.5f), this["residual"])));          // [B, P]
    }

    /// <summary>Batch softmax of exp(s)·cosine. The scale is the network's own.</summary>
    public override Tensor Loss(Graph g, HeadInput input, Tensor targets, float scale, float dropout = 0) =>
        g.CrossEntropy(
            g.ScaleRows(g.Linear(Forward(g, input, dropout), targets), g.Exp(this["scale"])),
            [.. Enumerable.Range(0, input.B)]);

    /// <remarks>The published norms divide by the unbiased deviation: a gain of √((P − 1)/P) does the same.</remarks>
    private static IEnumerable<HeadWeight> All(ClipModel clip, int layers, int hidden)
    {
        int p = clip.Config.P;
        float gain = MathF.Sqrt((p - 1f) / p);
        return
        [
            .. HeadWeight.Linear("image", clip.Config.Vision.Width, p), .. HeadWeight.Linear("text", clip.Config.Text.Width, p),
            .. Enumerable.Range(0, layers).SelectMany(i => EncoderBlock.Weights($"blocks.{i}.", p, hidden, gain)),
            new("residual", [1], 0, Share), new("scale", [1], 0, Scale),
        ];
    }
}
