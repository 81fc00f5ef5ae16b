using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>How a weight of the denoiser starts: PyTorch's U(−1/√fan_in, 1/√fan_in), N(0, 1), or ones.</summary>
internal enum DenoiserStart { Uniform, Normal, One }

/// <summary>A weight of the denoiser by its published name, without the prefix <c>model.</c>.</summary>
internal sealed record DenoiserWeight(string Name, int[] Shape, DenoiserStart Start, int FanIn = 1)
{
    public long Count => Shape.Aggregate(1L, (n, d) => n * d);

    public float[] Draw(Philox random) => Start switch
    {
        DenoiserStart.Uniform => StartValues.Linear(Shape, FanIn, random),
        DenoiserStart.Normal => [.. Enumerable.Range(0, StartValues.CountOf(Shape)).Select(i => random.Normal((ulong)i))],
        _ => [.. Enumerable.Repeat(1f, StartValues.CountOf(Shape))],
    };
}

/// <summary>All that fixes the shapes of a denoiser. Letters as in its tensors: D the length of a picture's feature.</summary>
/// <param name="D">embed_dim.</param>
/// <param name="Depth">model_depth, blocks.</param>
/// <param name="HeadSize">model_dim, of every head.</param>
/// <param name="Heads">model_heads, of the self-attention; the cross-attention has <see cref="CrossHeads"/> whatever this says, as published.</param>
/// <param name="TextWidth">of the states of the words.</param>
/// <param name="MaskSide">height and width of the edit mask.</param>
/// <param name="Timesteps">of the noise schedule.</param>
public sealed record DenoiserSizes(int D, int Depth, int HeadSize, int Heads, int TextWidth, int MaskSide = 64, int Timesteps = 1000)
{
    /// <summary>The released model: CLIP L/14 features, words by bigG.</summary>
    public static DenoiserSizes Published { get; } = new(768, 12, 64, 16, 1280);

    public const int CrossHeads = 8;

    /// <summary>Rows of the table of relative positions.</summary>
    public const int Buckets = 32;

    /// <summary>Pairs of columns that the rotary positions turn.</summary>
    public int Frequencies => Math.Min(32, HeadSize) / 2;

    /// <summary>
    /// The numbers of a checkpoint, weights and the schedule's buffers; the rotary frequencies, one tensor under a name
    /// in each block, are not counted.
    /// </summary>
    public long CheckpointValues => Weights().Sum(w => w.Count) + ((long)NoiseSchedule.Names.Count * Timesteps);

    /// <summary>What is trained, in the order of the published file.</summary>
    internal IEnumerable<DenoiserWeight> Weights()
    {
        string layers = "net.transformer.layers.";
        int inner = Heads * HeadSize, cross = CrossHeads * HeadSize;
        return
        [
            .. Linear("net.to_text_embeds.0", TextWidth, D), .. Mlp("net.to_time_embeds.0.1.net", D),
            .. Mlp("net.to_mask_embeds.1.net", MaskSide * MaskSide),
            new("net.transformer.rel_pos_bias.relative_attention_bias.weight", [Buckets, Heads], DenoiserStart.Normal),
            .. Enumerable.Range(0, Depth).SelectMany(i => (IEnumerable<DenoiserWeight>)
            [
                Gain($"{layers}{i}.0.norm.g"), Null($"{layers}{i}.0.null_kv"), Matrix($"{layers}{i}.0.to_q", D, inner),
                Matrix($"{layers}{i}.0.to_kv", D, 2 * HeadSize),
                Matrix($"{layers}{i}.0.to_out.0", inner, D), Gain($"{layers}{i}.0.to_out.1.g"),
                Gain($"{layers}{i}.1.norm.g"), Null($"{layers}{i}.1.null_kv"), Matrix($"{layers}{i}.1.to_q", D, cross),
                Matrix($"{layers}{i}.1.to_kv", D, 2 * cross),
                Matrix($"{layers}{i}.1.to_out.0", cross, D), Gain($"{layers}{i}.1.to_out.1.g"),
                Gain($"{layers}{i}.2.0.g"), Matrix($"{layers}{i}.2.1", D, 8 * D), Matrix($"{layers}{i}.2.5", 4 * D, D),
            ]),
            Gain("net.transformer.norm.g"), Matrix("net.transformer.project_out", D, D),
        ];
    }

    private IEnumerable<DenoiserWeight> Mlp(string name, int from) =>
        [.. Linear(name + ".0.0", from, 2 * D), .. Linear(name + ".1.0", 2 * D, 2 * D), .. Linear(name + ".2", 2 * D, D)];

    private static IEnumerable<DenoiserWeight> Linear(string name, int from, int to) =>
        [Matrix(name, from, to), new(name + ".bias", [to], DenoiserStart.Uniform, from)];

    private static DenoiserWeight Matrix(string name, int from, int to) => new(name + ".weight", [to, from], DenoiserStart.Uniform, from);

    private DenoiserWeight Gain(string name) => new(name, [D], DenoiserStart.One);

    private DenoiserWeight Null(string name) => new(name, [2, HeadSize], DenoiserStart.Normal);
}
