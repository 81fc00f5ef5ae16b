using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>
/// CompoDiff's network: from a noisy picture feature, the time, words, a reference picture and a mask to the feature
/// without noise.
/// </summary>
/// <remarks>
/// Letters: N samples, D the feature's length, C contexts, T positions of a text. Features go in and come out raw, not
/// normalised. Once trained, its weights do not change: one instance serves any number of threads. Source: Gu et al.,
/// CompoDiff, TMLR 2024, and its release (methods: 5.3).
/// </remarks>
public sealed class Denoiser : IDisposable
{
    private const string Transformer = "net.transformer.";
    private readonly Arena _arena;
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly DenoiserBlock[] _blocks;

    /// <param name="values">of each weight, asked for in order, so that one at a time need be in memory.</param>
    internal Denoiser(DenoiserSizes sizes, Device device, NoiseSchedule schedule, float[]? frequencies,
        Func<DenoiserWeight, ReadOnlyMemory<float>> values)
    {
        (Sizes, Schedule, _arena) = (sizes, schedule, new(device));
        foreach (DenoiserWeight weight in sizes.Weights())
            _weights.Add(weight.Name, _arena.From(values(weight).Span, weight.Shape));
        frequencies ??= [.. Enumerable.Range(0, sizes.Frequencies).Select(i => (float)Math.Pow(10000, -i / (double)sizes.Frequencies))];
        Frequencies = _arena.From(frequencies, frequencies.Length);
        _blocks = [.. Enumerable.Range(0, sizes.Depth).Select(i => new DenoiserBlock(sizes, _weights, i, Frequencies))];
    }

    public DenoiserSizes Sizes { get; }

    public NoiseSchedule Schedule { get; }

    /// <summary>By their published names, without <c>model.</c>, in the order of the published file.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    public Device Device => _arena.Device;

    /// <summary>Free text that came with the file, or of the run that trained it.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; set; } = new Dictionary<string, string>();

    /// <summary>[F]: of the rotary positions; a constant.</summary>
    internal Tensor Frequencies { get; }

    internal IReadOnlyList<DenoiserBlock> Blocks => _blocks;

    /// <summary>PyTorch's initialisation; null keys and values and the table of positions are N(0, 1).</summary>
    public static Denoiser Random(DenoiserSizes sizes, Device device, Philox random)
    {
        ulong part = 0;
        return new(sizes, device, NoiseSchedule.Cosine(sizes.Timesteps), null, weight => weight.Draw(random.Fork(part++)));
    }

    /// <summary>Asks for the gradients of all weights in the graph's next backward pass.</summary>
    public void Watch(Graph g)
    {
        foreach (Tensor w in _weights.Values)
            g.Watch(w);
    }

    /// <summary>Times → [times.Length, D].</summary>
    public Tensor Time(Graph g, ReadOnlySpan<float> times) =>
        Mlp(g, g.Arena.From(Sinusoid(times, Sizes.D), times.Length, Sizes.D), "net.to_time_embeds.0.1.net.");          // [n, D]

    /// <summary>What every block makes of words, pictures and masks.</summary>
    /// <exception cref="ArgumentException">A tensor does not fit this network.</exception>
    public DenoiserContext Context(Graph g, DenoiserConditions given)
    {
        if (given.Pictures.Columns != Sizes.D || given.Texts.Columns != Sizes.TextWidth || given.Masks.Columns != Sizes.MaskSide * Sizes.MaskSide
            || given.PictureOf.Length != given.C || given.MaskOf.Length != given.C || given.Texts.Rows % given.T != 0)
            throw new ArgumentException(
                $"Texts {given.Texts.Describe()}, pictures {given.Pictures.Describe()} and masks {given.Masks.Describe()} do not fit {Sizes}.");
        Tensor text = g.Linear(given.Texts, W("net.to_text_embeds.0.weight"), W("net.to_text_embeds.0.bias"));         // [U·T, D]
        Tensor mask = Mlp(g, given.Masks, "net.to_mask_embeds.1.net.");                                                // [M, D]
        Tensor rows = g.Stack(g.Stack(text, given.Pictures), mask);                                                    // [U·T + I + M, D]
        int picturesAt = 1 + text.Rows, masksAt = picturesAt + given.Pictures.Rows, k = given.T + 3;
        int[] order = new int[given.C * k];
        for (int c = 0; c < given.C; c++)
        {
            for (int i = 0; i < given.T; i++)
                order[(c * k) + 1 + i] = 1 + (given.TextOf[c] * given.T) + i;
            order[(c * k) + k - 2] = picturesAt + given.PictureOf[c];
            order[(c * k) + k - 1] = masksAt + given.MaskOf[c];
        }
        return new([.. _blocks.Select(block => g.GatherRows(block.KeysAndValues(g, rows), order))], Ragged.Full(given.C, k));
    }

    /// <summary>The estimate of the features without noise → [N, D].</summary>
    /// <param name="x">[N, D] noisy features.</param>
    /// <param name="time">[N, D], or [1, D] for one time of all: from <see cref="Time"/>.</param>
    /// <param name="context">N / C samples in a row share one of its C contexts.</param>
    public Tensor Forward(Graph g, Tensor x, Tensor time, DenoiserContext context)
    {
        int n = x.Rows;
        if (x.Columns != Sizes.D || (time.Rows != 1 && time.Rows != n) || n % context.Rows.B != 0)
            throw new ArgumentException($"Features {x.Describe()}, times {time.Describe()} and {context.Rows.B} contexts do not fit {Sizes}.");
        int[] order = [.. Enumerable.Range(0, 2 * n).Select(r => r % 2 == 0 ? r / 2 : n + (time.Rows == 1 ? 0 : r / 2))];
        DenoiserRows rows = new(n, Sizes.Heads);
        Tensor bias = Bias(g);                                                                                         // [1, 2H, 3]
        x = g.GatherRows(g.Stack(x, time), order);                                                                     // [2N, D]
        for (int i = 0; i < _blocks.Length; i++)
            x = _blocks[i].Forward(g, x, rows, bias, context.Kv[i], context.Rows);                                     // [2N, D]
        x = g.GatherRows(x, [.. Enumerable.Range(0, n).Select(r => 2 * r)]);                                           // [N, D]
        return g.Linear(StableNorm(g, x), W(Transformer + "project_out.weight"));                                      // [N, D]
    }

    public void Dispose() => _arena.Dispose();

    /// <summary>[1, 2H, 3]: for each query and head the bias of the null key and both tokens.</summary>
    internal Tensor Bias(Graph g)
    {
        int[] places = RelativePositions.Places(DenoiserRows.Tokens, DenoiserRows.Tokens + 1, Sizes.Heads);
        Tensor table = g.Reshape(W(Transformer + "rel_pos_bias.relative_attention_bias.weight"), DenoiserSizes.Buckets * Sizes.Heads, 1);
        return g.Reshape(g.GatherRows(table, places), 1, DenoiserRows.Tokens * Sizes.Heads, DenoiserRows.Tokens + 1);
    }

    /// <summary>Layer norm of a row divided by its largest value: by the value, not by its size, as published.</summary>
    internal Tensor StableNorm(Graph g, Tensor x) => g.LayerNorm(g.DivideByMaximum(x), W(Transformer + "norm.g"), null);

    /// <summary>Sine and then cosine of t·f, f from 1 down to 1/10000, in float32 as published.</summary>
    internal static float[] Sinusoid(ReadOnlySpan<float> times, int d)
    {
        int half = d / 2;
        float step = (float)(Math.Log(10000) / (half - 1));
        float[] y = new float[times.Length * d];
        for (int r = 0; r < times.Length; r++)
            for (int k = 0; k < half; k++)
            {
                float angle = times[r] * MathF.Exp(-k * step);
                (y[(r * d) + k], y[(r * d) + half + k]) = MathF.SinCos(angle);
            }
        return y;
    }

    private Tensor Mlp(Graph g, Tensor x, string name)
    {
        x = g.Linear(x, W(name + "0.0.weight"), W(name + "0.0.bias"), Activation.Silu);                                // [n, 2D]
        x = g.Linear(x, W(name + "1.0.weight"), W(name + "1.0.bias"), Activation.Silu);                                // [n, 2D]
        return g.Linear(x, W(name + "2.weight"), W(name + "2.bias"));                                                  // [n, D]
    }

    private Tensor W(string name) => _weights[name];
}
