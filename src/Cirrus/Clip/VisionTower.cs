using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>CLIP's image tower (methods: 1.3).</summary>
public sealed class VisionTower
{
    private readonly Tensor _conv, _class, _positions, _preGain, _preBias, _postGain, _postBias, _projection;
    private readonly TransformerBlock[] _blocks;

    internal VisionTower(VisionConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Config = config;
        (_conv, _class) = (weights["visual.conv1.weight"], weights["visual.class_embedding"]);
        _positions = weights["visual.positional_embedding"];
        (_preGain, _preBias) = (weights["visual.ln_pre.weight"], weights["visual.ln_pre.bias"]);
        (_postGain, _postBias) = (weights["visual.ln_post.weight"], weights["visual.ln_post.bias"]);
        _projection = weights["visual.proj"];
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(i =>
            new TransformerBlock(weights, $"visual.transformer.resblocks.{i}.", config.Heads, config.Activation, config.Eps))];
    }

    public VisionConfig Config { get; }

    /// <summary>Features of pictures: pixels [B, 3, S, S], normalised → [B, P], <b>not</b> normalised.</summary>
    public Tensor Forward(Graph g, Tensor pixels)
    {
        (Tensor x, Ragged rows) = Enter(g, pixels);                                                  // [B·(n+1), V]
        int[] classes = rows.Offsets[..^1];
        x = _blocks[^1].ForwardOne(g, x, rows, classes, causal: false);                              // [B, V]
        x = g.LayerNorm(x, _postGain, _postBias, Config.Eps);                                        // [B, V]
        return g.Convert(g.Linear(x, _projection), ElementType.F32);                                 // [B, P]
    }

    /// <summary>What the last block makes of the class token (first) and of every patch, normalised as the class token is
    /// before its projection: pixels [B, 3, S, S] → [B·(n+1), V].</summary>
    public Tensor States(Graph g, Tensor pixels)
    {
        (Tensor x, Ragged rows) = Enter(g, pixels);                                                  // [B·(n+1), V]
        x = _blocks[^1].Forward(g, x, rows, causal: false);                                          // [B·(n+1), V]
        return g.LayerNorm(x, _postGain, _postBias, Config.Eps);                                     // [B·(n+1), V]
    }

    /// <summary>Up to the last block.</summary>
    private (Tensor X, Ragged Rows) Enter(Graph g, Tensor pixels)
    {
        Tensor x = g.Linear(g.Convert(g.Patches(pixels, Config.Patch), _conv.Type), _conv);          // [B·n, V]
        x = g.ClassToken(x, _class, _positions);                                                     // [B·(n+1), V]
        x = g.LayerNorm(x, _preGain, _preBias, Config.Eps);                                          // [B·(n+1), V]
        Ragged rows = Ragged.Full(pixels.Shape[0], Config.Patches + 1);
        foreach (TransformerBlock block in _blocks[..^1])
            x = block.Forward(g, x, rows, causal: false);                                            // [B·(n+1), V]
        return (x, rows);
    }
}
