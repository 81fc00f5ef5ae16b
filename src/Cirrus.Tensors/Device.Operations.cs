namespace Cirrus.Tensors;

/// <summary>Keys and values of an attention: where each lies, and how it is cut into sequences.</summary>
internal readonly record struct AttentionCall(Tensor Q, int QAt, Tensor Kv, int KAt, int VAt, int W, Ragged QRows,
    Ragged KvRows, int Heads, bool Causal,
    AttentionPrefix? Prefix, Tensor? Bias);

public abstract partial class Device
{
    /// <summary>y = activation(x·wᵀ + b) + add; before keeps x·wᵀ + b.</summary>
    internal abstract void Linear(Tensor y, Tensor x, Tensor w, Tensor? b, Activation activation, Tensor? add, Tensor? before);

    /// <summary>dx = or += dy·w.</summary>
    internal abstract void LinearInputGradient(Tensor dx, Tensor dy, Tensor w, bool accumulate = true);

    /// <summary>dw += dyᵀ·x.</summary>
    internal abstract void LinearWeightGradient(Tensor dw, Tensor dy, Tensor x);

    /// <summary>db += Σ rows of dy.</summary>
    internal abstract void BiasGradient(Tensor db, Tensor dy);

    internal abstract void Activate(Tensor y, Tensor x, Activation activation);

    /// <summary>dx = or += dy·activation'(x); dx may be dy.</summary>
    internal abstract void ActivateGradient(Tensor dx, Tensor dy, Tensor x, Activation activation, bool accumulate = true);

    /// <summary>y = a·g/(1 + e^−g); x is [R, 2W], a its first half, g its second.</summary>
    internal abstract void GatedSilu(Tensor y, Tensor x);

    /// <summary>dx += its gradient.</summary>
    internal abstract void GatedSiluGradient(Tensor dx, Tensor dy, Tensor x);

    /// <summary>
    /// Turns the pairs (2i, 2i + 1) of row r by at[r]·frequencies[i], or back; other columns are copied. Added to y
    /// when accumulate.
    /// </summary>
    internal abstract void Rotary(Tensor y, Tensor x, int[] at, Tensor frequencies, bool back, bool accumulate);

    /// <summary>y = x / its row's largest value (with its sign), which most keeps.</summary>
    internal abstract void DivideByMaximum(Tensor y, Tensor most, Tensor x);

    /// <summary>dx += dy/most, less Σ dy·y/most where the largest value stands.</summary>
    internal abstract void DivideByMaximumGradient(Tensor dx, Tensor dy, Tensor y, Tensor most, Tensor x);

    internal abstract void LayerNorm(Tensor y, Tensor mean, Tensor scale, Tensor x, Tensor gain, Tensor? bias, float eps);

    internal abstract void LayerNormInputGradient(Tensor dx, Tensor dy, Tensor x, Tensor gain, Tensor mean, Tensor scale);

    internal abstract void LayerNormWeightGradient(
        Tensor? dgain, Tensor? dbias, Tensor dy, Tensor x, Tensor mean, Tensor scale);

    internal abstract void Attention(Tensor y, in AttentionCall call);

    internal abstract void AttentionGradient(Tensor? dq, Tensor? dkv, Tensor? dbias, Tensor dy, in AttentionCall call);

    internal abstract void Embedding(
        Tensor y, int[] ids, int[] at, Tensor table, Tensor positions, Tensor? pseudo, int[]? pseudoRow);

    internal abstract void EmbeddingGradient(
        Tensor? dtable, Tensor? dpositions, Tensor? dpseudo, Tensor dy, int[] ids, int[] at, int[]? pseudoRow);

    internal abstract void Patches(Tensor y, Tensor pixels, int patch);

    internal abstract void ClassToken(Tensor y, Tensor x, Tensor cls, Tensor positions);

    internal abstract void ClassTokenGradient(Tensor? dx, Tensor? dcls, Tensor? dpositions, Tensor dy);

    internal abstract void GatherRows(Tensor y, Tensor x, int[] rows);

    /// <summary>dx[rows[i]] += dy[i].</summary>
    internal abstract void ScatterAddRows(Tensor dx, Tensor dy, int[] rows);

    /// <summary>Columns yAt.. of y = or += columns xAt.. of x, so many.</summary>
    internal abstract void CopyColumns(Tensor y, int yAt, Tensor x, int xAt, int count, bool accumulate);

    /// <summary>Row r of y = row r of x times s[r], or s[0] when it is alone.</summary>
    internal abstract void ScaleRows(Tensor y, Tensor x, Tensor s);

    /// <summary>dx += s·dy; ds += Σ along a row of x·dy, over all rows when s is one number.</summary>
    internal abstract void ScaleRowsGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor x, Tensor s);

    /// <summary>Row b of y = the mean of x's rows of sequence b; of no rows it is 0.</summary>
    internal abstract void MeanRows(Tensor y, Tensor x, Ragged rows);

    /// <summary>dx[r] += dy[b] / length of b, for every row r of sequence b.</summary>
    internal abstract void MeanRowsGradient(Tensor dx, Tensor dy, Ragged rows);

    /// <summary>y = eˣ.</summary>
    internal abstract void Exp(Tensor y, Tensor x);

    /// <summary>y = x / √max(s, 1e-24).</summary>
    internal abstract void DivideByRoot(Tensor y, Tensor x, Tensor s);

    /// <summary>dx += dy/√s; ds −= ½·dy·y/s, where s is above 1e-24.</summary>
    internal abstract void DivideByRootGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor y, Tensor s);

    /// <summary>y = or += x, where the types may differ.</summary>
    internal abstract void Convert(Tensor y, Tensor x, bool accumulate);

    /// <summary>y = a·x + b·z; z may be null.</summary>
    internal abstract void Blend(Tensor y, Tensor x, float a, Tensor? z, float b);

    /// <summary>y += a·x.</summary>
    internal abstract void AddScaled(Tensor y, Tensor x, float a);

    internal abstract void L2Normalize(Tensor y, Tensor norm, Tensor x);

    internal abstract void L2NormalizeGradient(Tensor dx, Tensor dy, Tensor y, Tensor norm);

    internal abstract void SoftmaxRows(Tensor y, Tensor x);

    internal abstract void SoftmaxGradient(Tensor dx, Tensor dy, Tensor y);

    /// <summary>keep becomes 0 or 1/(1 − p).</summary>
    internal abstract void DropoutMask(Tensor keep, float p, Philox random);

    /// <summary>y = x·z, or y += x·z.</summary>
    internal abstract void Multiply(Tensor y, Tensor x, Tensor z, bool accumulate);

    internal abstract void AddNoise(Tensor y, Tensor x, float scale, Philox random);

    internal abstract void MeanSquaredError(Tensor loss, Tensor x, Tensor target);

    /// <summary>dx += dloss·2(x − target)/count.</summary>
    internal abstract void MeanSquaredErrorGradient(Tensor dx, Tensor dloss, Tensor x, Tensor target);

    /// <summary>
    /// loss = weight·mean cross-entropy (added when accumulate); p keeps softmax − one-hot, over rows or columns.
    /// </summary>
    internal abstract void CrossEntropy(
        Tensor loss, Tensor p, Tensor logits, int[] labels, bool columns, float weight, bool accumulate);

    /// <summary>Σ x²: float32 sums of a thousand added up in float64, in an order that does not depend on threads.</summary>
    public abstract double SumSquares(Tensor x);

    internal abstract void AdamWStep(Tensor p, Tensor g, Tensor m, Tensor v, float lr, float beta1, float beta2, float eps,
        float decay, int step, float gradientScale);
}
