using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>One pre-norm block of either tower: attention and a two-layer perceptron, each added to its input.</summary>
internal sealed class TransformerBlock(IReadOnlyDictionary<string, Tensor> weights, string prefix, int heads, Activation activation, float eps)
{
    private readonly Tensor _ln1Gain = weights[prefix + "ln_1.weight"], _ln1Bias = weights[prefix + "ln_1.bias"];
    private readonly Tensor _inWeight = weights[prefix + "attn.in_proj_weight"], _inBias = weights[prefix + "attn.in_proj_bias"];
    private readonly Tensor _outWeight = weights[prefix + "attn.out_proj.weight"], _outBias = weights[prefix + "attn.out_proj.bias"];
    private readonly Tensor _ln2Gain = weights[prefix + "ln_2.weight"], _ln2Bias = weights[prefix + "ln_2.bias"];
    private readonly Tensor _fcWeight = weights[prefix + "mlp.c_fc.weight"], _fcBias = weights[prefix + "mlp.c_fc.bias"];
    private readonly Tensor _projWeight = weights[prefix + "mlp.c_proj.weight"], _projBias = weights[prefix + "mlp.c_proj.bias"];

    /// <summary>x [R, W] → [R, W].</summary>
    public Tensor Forward(Graph g, Tensor x, Ragged rows, bool causal)
    {
        Tensor qkv = g.Linear(g.LayerNorm(x, _ln1Gain, _ln1Bias, eps), _inWeight, _inBias);          // [R, 3W]
        Tensor a = g.SelfAttention(qkv, rows, heads, causal);                                        // [R, W]
        x = g.Linear(a, _outWeight, _outBias, add: x);                                               // [R, W]
        return Perceptron(g, x);                                                                     // [R, W]
    }

    private Tensor Perceptron(Graph g, Tensor x)
    {
        Tensor h = g.LayerNorm(x, _ln2Gain, _ln2Bias, eps);                                          // [R, W]
        h = g.Linear(h, _fcWeight, _fcBias, activation);                                             // [R, 4W]
        return g.Linear(h, _projWeight, _projBias, add: x);                                          // [R, W]
    }
}
