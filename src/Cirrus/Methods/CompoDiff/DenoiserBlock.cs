using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>Where the rows of N samples of two tokens stand in the self-attention; the same for every block.</summary>
internal sealed class DenoiserRows
{
    /// <summary>Tokens of a sample: its noisy feature and the time.</summary>
    public const int Tokens = 2;

    private const int Seen = Tokens + 1;

    public DenoiserRows(int n, int heads)
    {
        Queries = Ragged.Full(n, Tokens * heads);
        Keys = Ragged.Full(n, Seen);
        QueryAt = [.. Enumerable.Range(0, n * Tokens * heads).Select(r => r / heads % Tokens)];
        KeyAt = [.. Enumerable.Range(0, n * Seen).Select(r => Math.Max(0, (r % Seen) - 1))];
        KeyRows = [.. Enumerable.Range(0, n * Seen).Select(r => r % Seen == 0 ? 0 : 2 + (2 * ((r / Seen * Tokens) + (r % Seen) - 1)))];
        ValueRows = [.. KeyRows.Select(r => r + 1)];
    }

    public Ragged Queries { get; }

    public Ragged Keys { get; }

    /// <summary>The rotary position of each query.</summary>
    public int[] QueryAt { get; }

    /// <summary>The rotary position of each key; the null key, which is not turned, is at 0, where nothing turns.</summary>
    public int[] KeyAt { get; }

    /// <summary>The null key and then each sample's, among rows null key, null value, key, value, key, value, ...</summary>
    public int[] KeyRows { get; }

    public int[] ValueRows { get; }
}

/// <summary>One block of the denoiser: self-attention, cross-attention and perceptron, each added to its input.</summary>
/// <remarks>
/// Letters: N samples, D the feature's length, H heads of size S, C contexts of K rows.
/// Source: CompoDiff's release (methods: 5.3), after lucidrains' DALLE2-pytorch.
/// </remarks>
internal sealed class DenoiserBlock(DenoiserSizes sizes, IReadOnlyDictionary<string, Tensor> weights, int layer, Tensor frequencies)
{
    private readonly string _at = $"net.transformer.layers.{layer}.";

    /// <summary>Keys and values of context rows [R, D], null key and value before them → [1 + R, 2·8·S].</summary>
    public Tensor KeysAndValues(Graph g, Tensor rows)
    {
        int[] each = [.. Enumerable.Repeat(0, DenoiserSizes.CrossHeads), .. Enumerable.Repeat(1, DenoiserSizes.CrossHeads)];
        Tensor kv = g.Linear(rows, W("1.to_kv.weight"));                                                   // [R, 2·8·S]
        return g.Stack(g.Reshape(g.GatherRows(W("1.null_kv"), each), 1, kv.Columns), kv);                  // [1 + R, 2·8·S]
    }

    /// <summary>x [2N, D] → [2N, D].</summary>
    /// <param name="bias">[1, 2H, 3]: of the relative positions.</param>
    /// <param name="kv">[C·K, 2·8·S], of <see cref="KeysAndValues"/>.</param>
    public Tensor Forward(Graph g, Tensor x, DenoiserRows rows, Tensor bias, Tensor kv, Ragged contexts)
    {
        x = g.Add(x, SelfAttend(g, x, rows, bias));                                                        // [2N, D]
        x = g.Add(x, CrossAttend(g, x, kv, contexts));                                                     // [2N, D]
        return g.Add(x, FeedForward(g, x));                                                                // [2N, D]
    }

    /// <summary>All heads share one key and value: they are queries of one head. Scores are 16·cosine, which 1/√S divides.</summary>
    public Tensor SelfAttend(Graph g, Tensor x, DenoiserRows rows, Tensor bias)
    {
        int s = sizes.HeadSize;
        Tensor h = g.LayerNorm(x, W("0.norm.g"), null);                                                    // [2N, D]
        Tensor q = g.Reshape(g.Linear(h, W("0.to_q.weight")), x.Rows * sizes.Heads, s);                    // [2N·H, S]
        q = g.Scale(g.L2Normalize(g.Rotary(q, rows.QueryAt, frequencies)), 16 * MathF.Sqrt(s));            // [2N·H, S]
        Tensor all = g.Reshape(g.Linear(h, W("0.to_kv.weight")), 2 * x.Rows, s);                           // [4N, S]: key, value, key, value, ...
        all = g.Stack(W("0.null_kv"), all);                                                                // [2 + 4N, S]
        Tensor k = g.L2Normalize(g.Rotary(g.GatherRows(all, rows.KeyRows), rows.KeyAt, frequencies));      // [3N, S]
        Tensor v = g.GatherRows(all, rows.ValueRows);                                                      // [3N, S]
        Tensor y = g.CrossAttention(q, rows.Queries, g.Concat(k, v), rows.Keys, 1, bias);                  // [2N·H, S]
        y = g.Linear(g.Reshape(y, x.Rows, sizes.Heads * s), W("0.to_out.0.weight"));                       // [2N, D]
        return g.LayerNorm(y, W("0.to_out.1.g"), null);                                                    // [2N, D]
    }

    public Tensor CrossAttend(Graph g, Tensor x, Tensor kv, Ragged contexts)
    {
        Tensor q = g.Linear(g.LayerNorm(x, W("1.norm.g"), null), W("1.to_q.weight"));                      // [2N, 8·S]
        Tensor y = g.CrossAttention(q, Ragged.Full(contexts.B, x.Rows / contexts.B), kv, contexts, DenoiserSizes.CrossHeads);
        return g.LayerNorm(g.Linear(y, W("1.to_out.0.weight")), W("1.to_out.1.g"), null);                  // [2N, D]
    }

    public Tensor FeedForward(Graph g, Tensor x)
    {
        Tensor h = g.Linear(g.LayerNorm(x, W("2.0.g"), null), W("2.1.weight"));                            // [2N, 8D]
        return g.Linear(g.GatedSilu(h), W("2.5.weight"));                                                  // [2N, D]
    }

    private Tensor W(string name) => weights[_at + name];
}
