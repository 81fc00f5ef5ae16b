using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>CLIP's causal text tower (methods: 1.2, injection 2.7).</summary>
public sealed class TextTower
{
    private readonly Tensor _table, _positions, _lnGain, _lnBias, _projection;
    private readonly TransformerBlock[] _blocks;

    internal TextTower(TextConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Config = config;
        (_table, _positions) = (weights["token_embedding.weight"], weights["positional_embedding"]);
        (_lnGain, _lnBias) = (weights["ln_final.weight"], weights["ln_final.bias"]);
        _projection = weights["text_projection"];
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(i =>
            new TransformerBlock(weights, $"transformer.resblocks.{i}.", config.Heads, config.Activation, config.Eps))];
    }

    public TextConfig Config { get; }

    /// <summary>Features of captions → [B, P], <b>not</b> normalised.</summary>
    /// <param name="g">Records when <paramref name="pseudo"/> (or a weight) is watched.</param>
    /// <param name="tokens">ragged captions.</param>
    /// <param name="pseudo">[B, W] or null: replaces the token embedding at every position of caption b whose id is
    /// <paramref name="placeholder"/>; positions are added after that.</param>
    /// <param name="placeholder">the id of <c>$</c>: 259 in CLIP's own vocabulary.</param>
    public Tensor Forward(Graph g, TokenBatch tokens, Tensor? pseudo = null, int placeholder = 259)
    {
        int[] at = new int[tokens.Ids.Length], pseudoRow = new int[tokens.Ids.Length], last = new int[tokens.B];
        for (int b = 0; b < tokens.B; b++)
        {
            int from = tokens.Rows.Offsets[b], to = tokens.Rows.Offsets[b + 1];
            last[b] = to - 1;
            for (int r = from; r < to; r++)
                (at[r], pseudoRow[r]) = (r - from, tokens.Ids[r] == placeholder ? b : -1);
        }
        Tensor x = g.Embedding(tokens.Ids, at, _table, _positions, pseudo, pseudo is null ? default : pseudoRow);   // [R, W]
        foreach (TransformerBlock block in _blocks)
            x = block.Forward(g, x, tokens.Rows, causal: true);                                                     // [R, W]
        x = g.LayerNorm(g.GatherRows(x, last), _lnGain, _lnBias, Config.Eps);                                       // [B, W]
        return g.Linear(x, _projection);                                                                            // [B, P]
    }
}
