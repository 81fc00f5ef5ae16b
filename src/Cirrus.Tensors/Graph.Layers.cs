namespace Cirrus.Tensors;

public sealed partial class Graph
{
    /// <summary>activation(x·wᵀ + b) + add. x [R, I], w [O, I], b [O] or null, add [R, O] or null → [R, O].</summary>
    public Tensor Linear(Tensor x, Tensor w, Tensor? b = null, Activation activation = Activation.None, Tensor? add = null)
    {
        Require(x.Columns == w.Columns && (b is null || b.Count == w.Rows)
            && (add is null || (add.Rows == x.Rows && add.Columns == w.Rows)), "Linear", x, w, b, add);
        bool record = Any(x, w, b, add);
        Tensor y = Arena.New(x.Type, x.Rows, w.Rows);
        Tensor? before = record && activation != Activation.None ? Arena.New(x.Type, x.Rows, w.Rows) : null;
        Device.Linear(y, x, w, b, activation, add, before);
        if (record)
            Record(y, dy =>
            {
                if (before is not null)
                {
                    if (SlotIfNeeded(add) is Tensor dadd)
                        Device.AddScaled(dadd, dy, 1f);
                    Device.ActivateGradient(dy, dy, before, activation, accumulate: false);
                }
                if (Needs(x))
                    Device.LinearInputGradient(Slot(x, out bool accumulate), dy, w, accumulate);
                if (SlotIfNeeded(w) is Tensor dw)
                    Device.LinearWeightGradient(dw, dy, x);
                if (SlotIfNeeded(b) is Tensor db)
                    Device.BiasGradient(db, dy);
                if (before is null && add is not null && Needs(add))
                    HandDown(add, dy);
            });
        return y;
    }

    /// <summary>Layer norm over the last axis, biased variance. x [R, W], gain [W], bias [W] or null.</summary>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor? bias, float eps = 1e-5f)
    {
        Require(gain.Count == x.Columns && (bias is null || bias.Count == x.Columns), "LayerNorm", x, gain, bias);
        Tensor y = Arena.New(x.Type, x.Shape), mean = Arena.New(x.Rows), scale = Arena.New(x.Rows);
        Device.LayerNorm(y, mean, scale, x, gain, bias, eps);
        if (Any(x, gain, bias))
            Record(y, dy =>
            {
                if (SlotIfNeeded(x) is Tensor dx)
                    Device.LayerNormInputGradient(dx, dy, x, gain, mean, scale);
                if (Any(gain, bias))
                    Device.LayerNormWeightGradient(SlotIfNeeded(gain), SlotIfNeeded(bias), dy, x, mean, scale);
            });
        return y;
    }

    /// <summary>Each row divided by its largest value: where all are negative, the row changes its sign.</summary>
    public Tensor DivideByMaximum(Tensor x)
    {
        Require(x.Columns > 0, "DivideByMaximum", x);
        Tensor y = Arena.New(x.Type, x.Shape), most = Arena.New(x.Rows);
        Device.DivideByMaximum(y, most, x);
        if (Any(x))
            Record(y, dy => Device.DivideByMaximumGradient(Slot(x), dy, y, most, x));
        return y;
    }

    /// <summary>a·SiLU(g), a the first half of x's columns and g the second: x [R, 2W] → [R, W].</summary>
    public Tensor GatedSilu(Tensor x)
    {
        Require(x.Columns % 2 == 0, "GatedSilu", x);
        Tensor y = Arena.New(x.Type, x.Rows, x.Columns / 2);
        Device.GatedSilu(y, x);
        if (Any(x))
            Record(y, dy => Device.GatedSiluGradient(Slot(x), dy, x));
        return y;
    }

    /// <summary>
    /// Rotary positions on the first 2F columns: (a, b) of columns (2i, 2i + 1) of row r is turned by the angle
    /// at[r]·frequencies[i].
    /// </summary>
    /// <param name="x">[R, W], W at least 2F.</param>
    /// <param name="frequencies">[F], constants.</param>
    /// <remarks>Source: Su et al., RoFormer, 2021; pairs are neighbours, as in rotary-embedding-torch.</remarks>
    public Tensor Rotary(Tensor x, ReadOnlySpan<int> at, Tensor frequencies)
    {
        int[] positions = at.ToArray();
        Require(positions.Length == x.Rows && 2 * frequencies.Count <= x.Columns, "Rotary", x, frequencies);
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.Rotary(y, x, positions, frequencies, back: false, accumulate: false);
        if (Any(x))
            Record(y, dy => Device.Rotary(Slot(x), dy, positions, frequencies, back: true, accumulate: true));
        return y;
    }

    /// <summary>Exact GELU, elementwise.</summary>
    public Tensor Gelu(Tensor x) => Activate(x, Activation.Gelu);

    /// <summary>1/(1 + e^−x), elementwise.</summary>
    public Tensor Sigmoid(Tensor x) => Activate(x, Activation.Sigmoid);

    /// <summary>max(0, x), elementwise.</summary>
    public Tensor Relu(Tensor x) => Activate(x, Activation.Relu);

    /// <summary>Multi-head attention of each sequence with itself; scale 1/√(W/heads). qkv [R, 3W] (q|k|v) → [R, W].</summary>
    /// <param name="prefix">rows before each sequence that every row of it may attend to.</param>
    public Tensor SelfAttention(Tensor qkv, Ragged rows, int heads, bool causal, AttentionPrefix? prefix = null)
    {
        int w = qkv.Columns / 3;
        Require(w * 3 == qkv.Columns && w % heads == 0 && rows.R == qkv.Rows && (prefix is null || Fits(prefix, w, rows)),
            "SelfAttention", qkv, prefix?.Qkv);
        Tensor y = Arena.New(qkv.Type, qkv.Rows, w);
        AttentionCall call = new(qkv, 0, qkv, w, 2 * w, w, rows, rows, heads, causal, prefix, null);
        Device.Attention(y, call);
        if (Any(qkv))
            Record(y, dy =>
            {
                Tensor d = Slot(qkv);
                Device.AttentionGradient(d, d, null, dy, call);
            });
        return y;
    }

    /// <summary>Attention of sequence b of q over sequence b of kv. q [R, W], kv [S, 2W] (k|v) → [R, W].</summary>
    /// <param name="bias">[heads, T, S] added to the scores of every sequence (all of equal length), or null.</param>
    /// <param name="prefix">rows before each sequence of kv that are seen as well; not together with a bias.</param>
    public Tensor CrossAttention(
        Tensor q, Ragged qRows, Tensor kv, Ragged kvRows, int heads, Tensor? bias = null, AttentionPrefix? prefix = null)
    {
        int w = q.Columns;
        Require(prefix is null || (bias is null && Fits(prefix, w, kvRows)), "CrossAttention", q, prefix?.Qkv);
        long scores = (long)heads * (qRows.R / Math.Max(1, qRows.B)) * (kvRows.R / Math.Max(1, kvRows.B));
        Require(kv.Columns == 2 * w && w % heads == 0 && qRows.B == kvRows.B && qRows.R == q.Rows && kvRows.R == kv.Rows
            && (bias is null || bias.Count == scores), "CrossAttention", q, kv, bias);
        Tensor y = Arena.New(q.Type, q.Rows, w);
        AttentionCall call = new(q, 0, kv, 0, w, w, qRows, kvRows, heads, false, prefix, bias);
        Device.Attention(y, call);
        if (Any(q, kv, bias))
            Record(y, dy => Device.AttentionGradient(SlotIfNeeded(q), SlotIfNeeded(kv), SlotIfNeeded(bias), dy, call));
        return y;
    }

    /// <summary>
    /// table[ids[r]] + positions[at[r]]; where pseudoRow[r] ≥ 0, pseudo[pseudoRow[r]] stands for the table's row. → [R, W].
    /// </summary>
    public Tensor Embedding(ReadOnlySpan<int> ids, ReadOnlySpan<int> at, Tensor table, Tensor positions,
        Tensor? pseudo = null, ReadOnlySpan<int> pseudoRow = default)
    {
        Require(table.Columns == positions.Columns && (pseudo is null || pseudo.Columns == table.Columns)
            && ids.Length == at.Length && (pseudo is null || pseudoRow.Length == ids.Length),
            "Embedding", table, positions, pseudo);
        int[] i = ids.ToArray(), a = at.ToArray();
        int[]? p = pseudo is null ? null : pseudoRow.ToArray();
        for (int r = 0; r < i.Length; r++)
            if ((uint)i[r] >= (uint)table.Rows || (uint)a[r] >= (uint)positions.Rows || (p is not null && p[r] >= pseudo!.Rows))
                throw new ArgumentException($"Embedding: row {r} asks for id {i[r]} at position {a[r]}; "
                    + $"there are {table.Rows} ids and {positions.Rows} positions.");
        Tensor y = Arena.New(table.Type, i.Length, table.Columns);
        Device.Embedding(y, i, a, table, positions, pseudo, p);
        if (Any(table, positions, pseudo))
            Record(y, dy => Device.EmbeddingGradient(
                SlotIfNeeded(table), SlotIfNeeded(positions), SlotIfNeeded(pseudo), dy, i, a, p));
        return y;
    }

    /// <summary>
    /// Cuts pictures into patches: pixels [B, 3, S, S] → [B·(S/p)², 3·p·p], patch rows y outer, x inner; columns c, y, x.
    /// </summary>
    public Tensor Patches(Tensor pixels, int patch)
    {
        Require(pixels.Shape.Length == 4 && pixels.Shape[2] % patch == 0 && pixels.Shape[3] % patch == 0, "Patches", pixels);
        int n = pixels.Shape[2] / patch * (pixels.Shape[3] / patch);
        Tensor y = Arena.New(pixels.Type, pixels.Shape[0] * n, pixels.Shape[1] * patch * patch);
        Device.Patches(y, pixels, patch);
        return Any(pixels) ? throw new NotSupportedException("Patches passes no gradient to pixels.") : y;
    }

    /// <summary>
    /// Puts the class token before each picture's patches and adds positions: x [B·n, V], cls [V], positions [n+1, V] →
    /// [B·(n+1), V].
    /// </summary>
    public Tensor ClassToken(Tensor x, Tensor cls, Tensor positions)
    {
        int n = positions.Rows - 1;
        bool fits = n > 0 && x.Rows % n == 0 && cls.Count == x.Columns && positions.Columns == x.Columns;
        Require(fits, "ClassToken", x, cls, positions);
        Tensor y = Arena.New(x.Type, x.Rows / n * (n + 1), x.Columns);
        Device.ClassToken(y, x, cls, positions);
        if (Any(x, cls, positions))
            Record(y, dy => Device.ClassTokenGradient(SlotIfNeeded(x), SlotIfNeeded(cls), SlotIfNeeded(positions), dy));
        return y;
    }

    /// <summary>x[rows[i]] for each i → [rows.Length, W].</summary>
    public Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows)
    {
        int[] r = rows.ToArray();
        foreach (int row in r)
            if ((uint)row >= (uint)x.Rows)
                throw new ArgumentException($"GatherRows: row {row} of {x.Describe()}.");
        Tensor y = Arena.New(x.Type, r.Length, x.Columns);
        Device.GatherRows(y, x, r);
        if (Any(x))
            Record(y, dy => Device.ScatterAddRows(Slot(x), dy, r));
        return y;
    }

    /// <summary>A prefix for each sequence, and q|k|v [., 3W] for each of its rows.</summary>
    private static bool Fits(AttentionPrefix prefix, int w, Ragged rows) =>
        prefix.Qkv.Columns == 3 * w && prefix.Of.Length == rows.B && prefix.Rows.R == prefix.Qkv.Rows;

    private Tensor Activate(Tensor x, Activation activation)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.Activate(y, x, activation);
        if (Any(x))
            Record(y, dy => Device.ActivateGradient(Slot(x), dy, x, activation));
        return y;
    }
}
