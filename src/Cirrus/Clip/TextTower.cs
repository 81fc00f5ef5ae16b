using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>CLIP's causal text tower (methods: 1.2, injection 2.7).</summary>
/// <remarks>
/// Nothing is computed that cannot change the feature: no padding; of the last block the end token's row alone; and with
/// pseudo-words each distinct text before the first of them goes through once, without a gradient, as keys and values
/// for the captions behind it.
/// </remarks>
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
    /// <paramref name="placeholder"/>; positions are added after that. [B·k, W]: caption b has the words b·k to b·k + k
    /// − 1 in its places in order.</param>
    /// <param name="placeholder">the id of <c>$</c>: 259 in CLIP's own vocabulary.</param>
    /// <param name="firstOnly">true: of several places in a caption only the first gets the pseudo-word (SEARLE), or as many
    /// as it has words.</param>
    /// <exception cref="ArgumentException"><paramref name="pseudo"/> is not [B·k, W].</exception>
    public Tensor Forward(Graph g, TokenBatch tokens, Tensor? pseudo = null, int placeholder = 259, bool firstOnly = false)
    {
        if (pseudo is not null && (pseudo.Columns != Config.Width || pseudo.Rows < tokens.B || pseudo.Rows % tokens.B != 0))
            throw new ArgumentException($"Pseudo-words of {tokens.B} captions are [{tokens.B}·k, {Config.Width}], "
                + $"not {pseudo.Describe()}.", nameof(pseudo));
        pseudo = pseudo is null ? null : g.Convert(pseudo, _table.Type);
        bool cut = pseudo is not null && !g.Needs(_table);    // prefixes share no gradient with the rows behind them
        TextRows rows = TextRows.From(tokens, cut ? placeholder : null);
        int[]? words = pseudo is null ? null                                                         // [R], −1: no word
            : rows.PseudoRow(placeholder, pseudo.Rows / tokens.B, firstOnly);
        Tensor x = g.Embedding(rows.Ids, rows.At, _table, _positions, pseudo, words);                // [R, W]
        Tensor? y = cut ? g.Embedding(rows.PrefixIds, rows.PrefixAt, _table, _positions) : null;     // [Rp, W]
        for (int i = 0; i < _blocks.Length; i++)
        {
            bool last = i == _blocks.Length - 1;
            AttentionPrefix? before = null;
            if (y is not null)
            {
                Tensor qkv = _blocks[i].Project(g, y);                                               // [Rp, 3W]
                before = new(qkv, rows.Prefixes, rows.PrefixOf);
                y = last ? null : _blocks[i].Finish(g, y, qkv, rows.Prefixes, causal: true);         // [Rp, W]
            }
            x = last
                ? _blocks[i].ForwardOne(g, x, rows.Rows, rows.Ends, causal: true, before)            // [B, W]
                : _blocks[i].Forward(g, x, rows.Rows, causal: true, before);                         // [R, W]
        }
        x = g.LayerNorm(x, _lnGain, _lnBias, Config.Eps);                                            // [B, W]
        return g.Convert(g.Linear(x, _projection), ElementType.F32);                                 // [B, P]
    }

    /// <summary>
    /// States of every position of padded captions, as Hugging Face's CLIPTextModel gives them with an attention mask
    /// → [B·T, W].
    /// </summary>
    /// <remarks>
    /// A position that is not masked sees those up to itself; one that is masked, padding, sees all that are not and
    /// nothing of its own kind. So the rows that are seen go through as captions do, and the others look at them from behind.
    /// </remarks>
    /// <param name="captions">B rows of T ids, padding included.</param>
    /// <param name="seen">how many positions from the start are not masked, of each caption, at least one.</param>
    /// <exception cref="ArgumentException">The rows differ in length, or a number of seen positions does not fit.</exception>
    public Tensor PaddedStates(Graph g, IReadOnlyList<int[]> captions, IReadOnlyList<int> seen)
    {
        PaddedRows rows = PaddedRows.From(captions, seen);
        Tensor x = g.Embedding(rows.Ids, rows.At, _table, _positions);                               // [Rs, W]
        Tensor y = g.Embedding(rows.BehindIds, rows.BehindAt, _table, _positions);                   // [Rp, W]
        foreach (TransformerBlock block in _blocks)
        {
            Tensor qkv = block.Project(g, x);                                                        // [Rs, 3W]
            y = block.Behind(g, y, rows.Behind, qkv, rows.Seen);                                     // [Rp, W]
            x = block.Finish(g, x, qkv, rows.Seen, causal: true);                                    // [Rs, W]
        }
        x = g.GatherRows(g.Stack(x, y), rows.Order);                                                 // [B·T, W]
        return g.LayerNorm(x, _lnGain, _lnBias, Config.Eps);                                         // [B·T, W]
    }

    /// <summary>What the last block makes of every token, after the last norm and before the projection → [R, W].</summary>
    public Tensor States(Graph g, TokenBatch tokens)
    {
        TextRows rows = TextRows.From(tokens, null);
        Tensor x = g.Embedding(rows.Ids, rows.At, _table, _positions);                               // [R, W]
        foreach (TransformerBlock block in _blocks)
            x = block.Forward(g, x, rows.Rows, causal: true);                                        // [R, W]
        return g.LayerNorm(x, _lnGain, _lnBias, Config.Eps);                                         // [R, W]
    }
}
