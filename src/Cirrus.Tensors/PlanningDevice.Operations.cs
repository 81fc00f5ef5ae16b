namespace Cirrus.Tensors;

public sealed partial class PlanningDevice
{
    internal override void Linear(Tensor y, Tensor x, Tensor w, Tensor? b, Activation activation, Tensor? add, Tensor? before)
    {
    }

    internal override void LinearInputGradient(Tensor dx, Tensor dy, Tensor w, bool accumulate = true)
    {
    }

    internal override void LinearWeightGradient(Tensor dw, Tensor dy, Tensor x)
    {
    }

    internal override void BiasGradient(Tensor db, Tensor dy)
    {
    }

    internal override void Activate(Tensor y, Tensor x, Activation activation)
    {
    }

    internal override void ActivateGradient(Tensor dx, Tensor dy, Tensor x, Activation activation, bool accumulate = true)
    {
    }

    internal override void GatedSilu(Tensor y, Tensor x)
    {
    }

    internal override void GatedSiluGradient(Tensor dx, Tensor dy, Tensor x)
    {
    }

    internal override void Rotary(Tensor y, Tensor x, int[] at, Tensor frequencies, bool back, bool accumulate)
    {
    }

    internal override void DivideByMaximum(Tensor y, Tensor most, Tensor x)
    {
    }

    internal override void DivideByMaximumGradient(Tensor dx, Tensor dy, Tensor y, Tensor most, Tensor x)
    {
    }

    internal override void LayerNorm(Tensor y, Tensor mean, Tensor scale, Tensor x, Tensor gain, Tensor? bias, float eps)
    {
    }

    internal override void LayerNormInputGradient(Tensor dx, Tensor dy, Tensor x, Tensor gain, Tensor mean, Tensor scale)
    {
    }

    internal override void LayerNormWeightGradient(Tensor? dgain, Tensor? dbias, Tensor dy, Tensor x, Tensor mean, Tensor scale)
    {
    }

    internal override void Attention(Tensor y, in AttentionCall call)
    {
    }

    internal override void AttentionGradient(Tensor? dq, Tensor? dkv, Tensor? dbias, Tensor dy, in AttentionCall call)
    {
    }

    internal override void Embedding(
        Tensor y, int[] ids, int[] at, Tensor table, Tensor positions, Tensor? pseudo, int[]? pseudoRow)
    {
    }

    internal override void EmbeddingGradient(
        Tensor? dtable, Tensor? dpositions, Tensor? dpseudo, Tensor dy, int[] ids, int[] at, int[]? pseudoRow)
    {
    }

    internal override void Patches(Tensor y, Tensor pixels, int patch)
    {
    }

    internal override void ClassToken(Tensor y, Tensor x, Tensor cls, Tensor positions)
    {
    }

    internal override void ClassTokenGradient(Tensor? dx, Tensor? dcls, Tensor? dpositions, Tensor dy)
    {
    }

    internal override void GatherRows(Tensor y, Tensor x, int[] rows)
    {
    }

    internal override void ScatterAddRows(Tensor dx, Tensor dy, int[] rows)
    {
    }

    internal override void CopyColumns(Tensor y, int yAt, Tensor x, int xAt, int count, bool accumulate)
    {
    }

    internal override void ScaleRows(Tensor y, Tensor x, Tensor s)
    {
    }

    internal override void ScaleRowsGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor x, Tensor s)
    {
    }

    internal override void MeanRows(Tensor y, Tensor x, Ragged rows)
    {
    }

    internal override void MeanRowsGradient(Tensor dx, Tensor dy, Ragged rows)
    {
    }

    internal override void Exp(Tensor y, Tensor x)
    {
    }

    internal override void DivideByRoot(Tensor y, Tensor x, Tensor s)
    {
    }

    internal override void DivideByRootGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor y, Tensor s)
    {
    }

    internal override void Convert(Tensor y, Tensor x, bool accumulate)
    {
    }

    internal override void Blend(Tensor y, Tensor x, float a, Tensor? z, float b)
    {
    }

    internal override void AddScaled(Tensor y, Tensor x, float a)
    {
    }

    internal override void L2Normalize(Tensor y, Tensor norm, Tensor x)
    {
    }

    internal override void L2NormalizeGradient(Tensor dx, Tensor dy, Tensor y, Tensor norm)
    {
    }

    internal override void SoftmaxRows(Tensor y, Tensor x)
    {
    }

    internal override void SoftmaxGradient(Tensor dx, Tensor dy, Tensor y)
    {
    }

    internal override void DropoutMask(Tensor keep, float p, Philox random)
    {
    }

    internal override void Multiply(Tensor y, Tensor x, Tensor z, bool accumulate)
    {
    }

    internal override void AddNoise(Tensor y, Tensor x, float scale, Philox random)
    {
    }

    internal override void MeanSquaredError(Tensor loss, Tensor x, Tensor target)
    {
    }

    internal override void MeanSquaredErrorGradient(Tensor dx, Tensor dloss, Tensor x, Tensor target)
    {
    }

    internal override void CrossEntropy(
        Tensor loss, Tensor p, Tensor logits, int[] labels, bool columns, float weight, bool accumulate)
    {
    }

    internal override void AdamWStep(Tensor p, Tensor g, Tensor m, Tensor v, float lr, float beta1, float beta2, float eps,
        float decay, int step, float gradientScale)
    {
    }
}
