using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>One pre-norm block of either tower: attention and a two-layer perceptron, each added to its input.</summary>
internal sealed class TransformerBlock(
    IReadOnlyDictionary<string, Tensor> weights, string prefix, int heads, Activation activation, float eps)
{
    private readonly Tensor
        _ln1Gain = weights[prefix + "ln_1.weight"], _ln1Bias = weights[prefix + "ln_1.bias"],
        _inWeight = weights[prefix + "attn.in_proj_weight"], _inBias = weights[prefix + "attn.in_proj_bias"],
        _outWeight = weights[prefix + "attn.out_proj.weight"], _outBias = weights[prefix + "attn.out_proj.bias"],
        _ln2Gain = weights[prefix + "ln_2.weight"], _ln2Bias = weights[prefix + "ln_2.bias"],
        _fcWeight = weights[prefix + "mlp.c_fc.weight"], _fcBias = weights[prefix + "mlp.c_fc.bias"],
        _projWeight = weights[prefix + "mlp.c_proj.weight"], _projBias = weights[prefix + "mlp.c_proj.bias"];

    /// <summary>x [R, W] → [R, W].</summary>
    /// <param name="before">rows that stand before each sequence, projected by <see cref="Project"/>; null: none.</param>
    public Tensor Forward(Graph g, Tensor x, Ragged rows, bool causal, AttentionPrefix? before = null) =>
        Finish(g, x, Project(g, x), rows, causal, before);

    /// <summary>q|k|v of x [R, W] → [R, 3W].</summary>
    public Tensor Project(Graph g, Tensor x) => g.Linear(g.LayerNorm(x, _ln1Gain, _ln1Bias, eps), _inWeight, _inBias);

    /// <summary>What is left of <see cref="Forward"/> when q|k|v are there.</summary>
    public Tensor Finish(Graph g, Tensor x, Tensor qkv, Ragged rows, bool causal, AttentionPrefix? before = null)
    {
        Tensor a = g.SelfAttention(qkv, rows, heads, causal, before);                                // [R, W]
        x = g.Linear(a, _outWeight, _outBias, add: x);                                               // [R, W]
        return Perceptron(g, x);                                                                     // [R, W]
    }

    /// <summary>The last block, of which one row a sequence is read: all rows give keys and values → [B, W].</summary>
    /// <param name="read">the row of each sequence, which sees all of it: a caption's end token, a picture's class token.</param>
    public Tensor ForwardOne(Graph g, Tensor x, Ragged rows, int[] read, bool causal, AttentionPrefix? before = null)
    {
        if (g.Needs(_inWeight))                                      // a slice of a weight has no gradient of its own
            return g.GatherRows(Forward(g, x, rows, causal, before), read);
        int w = x.Columns;
        Tensor bias = _inBias.Reshape(3 * w, 1), h = g.LayerNorm(x, _ln1Gain, _ln1Bias, eps);        // [R, W]
        Tensor kv = g.Linear(h, _inWeight.Slice(w, 2 * w), bias.Slice(w, 2 * w));                    // [R, 2W]
        Tensor q = g.Linear(g.GatherRows(h, read), _inWeight.Slice(0, w), bias.Slice(0, w));         // [B, W]
        Tensor a = g.CrossAttention(q, Ragged.Full(rows.B, 1), kv, rows, heads, prefix: before);     // [B, W]
        return Perceptron(g, g.Linear(a, _outWeight, _outBias, add: g.GatherRows(x, read)));         // [B, W]
    }

    /// <summary>Rows that see a sequence's rows and none of their own: y [Rp, W] → [Rp, W]. No gradient passes.</summary>
    /// <param name="qkv">of the rows that are seen, from <see cref="Project"/>.</param>
    public Tensor Behind(Graph g, Tensor y, Ragged rows, Tensor qkv, Ragged seen)
    {
        int w = y.Columns;
        Tensor h = g.LayerNorm(y, _ln1Gain, _ln1Bias, eps);                                                      // [Rp, W]
        Tensor q = g.Linear(h, _inWeight.Slice(0, w), _inBias.Reshape(3 * w, 1).Slice(0, w));                    // [Rp, W]
        AttentionPrefix before = new(qkv, seen, [.. Enumerable.Range(0, seen.B)]);
        Tensor a = g.CrossAttention(q, rows, g.Arena.New(0, 2 * w), Ragged.Full(rows.B, 0), heads, prefix: before); // [Rp, W]
        return Perceptron(g, g.Linear(a, _outWeight, _outBias, add: y));                                         // [Rp, W]
    }

    private Tensor Perceptron(Graph g, Tensor x)
    {
        Tensor h = g.LayerNorm(x, _ln2Gain, _ln2Bias, eps);                                          // [R, W]
        h = g.Linear(h, _fcWeight, _fcBias, activation);                                             // [R, 4W]
        return g.Linear(h, _projWeight, _projBias, add: x);                                          // [R, W]
    }
}
