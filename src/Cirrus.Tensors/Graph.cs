namespace Cirrus.Tensors;

/// <summary>Activations that a linear layer can apply to its result.</summary>
public enum Activation
{
    None,

    /// <summary>0.5·x·(1 + erf(x/√2)).</summary>
    Gelu,

    /// <summary>x·σ(1.702·x): OpenAI's CLIPs.</summary>
    QuickGelu,

    Relu,
}

/// <summary>Row boundaries of a ragged batch: sequence b is rows [Offsets[b], Offsets[b + 1]).</summary>
public sealed record Ragged(int[] Offsets)
{
    public int B => Offsets.Length - 1;

    public int R => Offsets[^1];

    /// <summary>B sequences of T rows each.</summary>
    public static Ragged Full(int b, int t) => new([.. Enumerable.Range(0, b + 1).Select(i => i * t)]);
}

/// <summary>Keys and values that stand before each sequence of a batch and need no gradient.</summary>
/// <param name="Qkv">[Rp, 3W]: q|k|v of the prefix rows; q is not read.</param>
/// <param name="Rows">where each distinct prefix lies in <paramref name="Qkv"/>.</param>
/// <param name="Of">[B]: which prefix stands before sequence b.</param>
public sealed record AttentionPrefix(Tensor Qkv, Ragged Rows, int[] Of);

/// <summary>Reverse-mode tape over the operations of a <see cref="Device"/>.</summary>
/// <remarks>
/// A model is written once, as its forward pass. Only operations with an input that needs a gradient are recorded; without
/// a watched leaf the same calls are inference. Every result lives in the arena until its next reset.
/// A graph belongs to one thread.
/// </remarks>
public sealed class Graph(Arena arena)
{
    public Arena Arena { get; } = arena;

    public Device Device => Arena.Device;

    /// <summary>Dropout and noise draw from here; each call takes a stream of its own. Null: dropout is the identity.</summary>
    public Philox? Random { get; set; }

    /// <summary>Asks for the gradient of a leaf (a weight or an input) in the next <see cref="Backward"/>.</summary>
    public void Watch(Tensor leaf) => throw new NotSupportedException();

    /// <summary>True when <paramref name="x"/> is watched or computed from something watched.</summary>
    public bool Needs(Tensor x) => throw new NotSupportedException();

    /// <summary>The gradient of a watched leaf, of its shape.</summary>
    public Tensor Gradient(Tensor leaf) => throw new NotSupportedException();

    /// <summary>Runs the tape backwards from a loss of one element.</summary>
    public void Backward(Tensor loss) => throw new NotSupportedException();

    /// <summary>Forgets the tape and the watched leaves, and resets the arena.</summary>
    public void Reset() => throw new NotSupportedException();

    /// <summary>activation(x·wᵀ + b) + add. x [R, I], w [O, I], b [O] or null, add [R, O] or null → [R, O].</summary>
    public Tensor Linear(Tensor x, Tensor w, Tensor? b = null, Activation activation = Activation.None, Tensor? add = null) =>
        throw new NotSupportedException();

    /// <summary>Layer norm over the last axis, biased variance. x [R, W], gain [W], bias [W].</summary>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor bias, float eps = 1e-5f) => throw new NotSupportedException();

    /// <summary>Exact GELU, elementwise.</summary>
    public Tensor Gelu(Tensor x) => throw new NotSupportedException();

    /// <summary>Multi-head attention of each sequence with itself; scale 1/√(W/heads). qkv [R, 3W] (q|k|v) → [R, W].</summary>
    /// <param name="prefix">rows before each sequence that every row of it may attend to.</param>
    public Tensor SelfAttention(Tensor qkv, Ragged rows, int heads, bool causal, AttentionPrefix? prefix = null) =>
        throw new NotSupportedException();

    /// <summary>Attention of sequence b of q over sequence b of kv. q [R, W], kv [S, 2W] (k|v) → [R, W].</summary>
    /// <param name="bias">[heads, T, S] added to the scores of every sequence (all of equal length), or null.</param>
    public Tensor CrossAttention(Tensor q, Ragged qRows, Tensor kv, Ragged kvRows, int heads, Tensor? bias = null) =>
        throw new NotSupportedException();

    /// <summary>table[ids[r]] + positions[at[r]]; where pseudoRow[r] ≥ 0, pseudo[pseudoRow[r]] stands for the table's row. → [R, W].</summary>
    public Tensor Embedding(ReadOnlySpan<int> ids, ReadOnlySpan<int> at, Tensor table, Tensor positions,
        Tensor? pseudo = null, ReadOnlySpan<int> pseudoRow = default) => throw new NotSupportedException();

    /// <summary>Cuts pictures into patches: pixels [B, 3, S, S] → [B·(S/p)², 3·p·p], patch rows y outer, x inner; columns c, y, x.</summary>
    public Tensor Patches(Tensor pixels, int patch) => throw new NotSupportedException();

    /// <summary>Puts the class token before each picture's patches and adds positions: x [B·n, V], cls [V], positions [n+1, V] → [B·(n+1), V].</summary>
    public Tensor ClassToken(Tensor x, Tensor cls, Tensor positions) => throw new NotSupportedException();

    /// <summary>x[rows[i]] for each i → [rows.Length, W].</summary>
    public Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows) => throw new NotSupportedException();

    /// <summary>x + y, elementwise, equal shapes.</summary>
    public Tensor Add(Tensor x, Tensor y) => throw new NotSupportedException();

    /// <summary>a·x + b·y, elementwise, equal shapes (constants, no gradient to a and b).</summary>
    public Tensor Blend(Tensor x, float a, Tensor y, float b) => throw new NotSupportedException();

    /// <summary>a·x.</summary>
    public Tensor Scale(Tensor x, float a) => throw new NotSupportedException();

    /// <summary>x / max(‖x‖₂, 1e-12) per row.</summary>
    public Tensor L2Normalize(Tensor x) => throw new NotSupportedException();

    /// <summary>Softmax over the last axis.</summary>
    public Tensor Softmax(Tensor x) => throw new NotSupportedException();

    /// <summary>Zeroes a share p of the elements and divides the others by 1 − p; the identity without <see cref="Random"/>.</summary>
    public Tensor Dropout(Tensor x, float p) => throw new NotSupportedException();

    /// <summary>The same with a given mask (1 = kept), for parity tests.</summary>
    public Tensor Dropout(Tensor x, float p, Tensor keep) => throw new NotSupportedException();

    /// <summary>LinCIR's noise: x_b + scale·u_b·n_b, u_b ~ U(0,1) one a row, n ~ N(0, I). No gradient. Needs <see cref="Random"/>.</summary>
    public Tensor AddNoise(Tensor x, float scale) => throw new NotSupportedException();

    /// <summary>mean((x − target)²) over all elements → [1].</summary>
    public Tensor MeanSquaredError(Tensor x, Tensor target) => throw new NotSupportedException();

    /// <summary>Mean cross-entropy of rows of logits [R, C] with labels [R] → [1].</summary>
    public Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> labels) => throw new NotSupportedException();

    /// <summary>½(CE over rows + CE over columns) of square logits [B, B], the diagonal is right: CLIP's loss → [1].</summary>
    public Tensor ContrastiveLoss(Tensor logits) => throw new NotSupportedException();
}
