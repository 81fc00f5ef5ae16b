namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    internal override void Activate(Tensor y, Tensor x, Activation activation) => throw Missing();

    internal override void ActivateGradient(Tensor dx, Tensor dy, Tensor x, Activation activation, bool accumulate = true) => throw Missing();

    internal override void GatedSilu(Tensor y, Tensor x) => throw Missing();

    internal override void GatedSiluGradient(Tensor dx, Tensor dy, Tensor x) => throw Missing();

    internal override void Rotary(Tensor y, Tensor x, int[] at, Tensor frequencies, bool back, bool accumulate) => throw Missing();

    internal override void DivideByMaximum(Tensor y, Tensor most, Tensor x) => throw Missing();

    internal override void DivideByMaximumGradient(Tensor dx, Tensor dy, Tensor y, Tensor most, Tensor x) => throw Missing();

    internal override void LayerNorm(Tensor y, Tensor mean, Tensor scale, Tensor x, Tensor gain, Tensor? bias, float eps) => throw Missing();

    internal override void LayerNormInputGradient(Tensor dx, Tensor dy, Tensor x, Tensor gain, Tensor mean, Tensor scale) => throw Missing();

    internal override void LayerNormWeightGradient(Tensor? dgain, Tensor? dbias, Tensor dy, Tensor x, Tensor mean, Tensor scale) => throw Missing();

    internal override void Embedding(Tensor y, int[] ids, int[] at, Tensor table, Tensor positions, Tensor? pseudo, int[]? pseudoRow) => throw Missing();

    internal override void EmbeddingGradient(Tensor? dtable, Tensor? dpositions, Tensor? dpseudo, Tensor dy, int[] ids, int[] at, int[]? pseudoRow) => throw Missing();

    internal override void Patches(Tensor y, Tensor pixels, int patch) => throw Missing();

    internal override void ClassToken(Tensor y, Tensor x, Tensor cls, Tensor positions) => throw Missing();

    internal override void ClassTokenGradient(Tensor? dx, Tensor? dcls, Tensor? dpositions, Tensor dy) => throw Missing();

    internal override void GatherRows(Tensor y, Tensor x, int[] rows) => throw Missing();

    internal override void ScatterAddRows(Tensor dx, Tensor dy, int[] rows) => throw Missing();

    internal override void CopyColumns(Tensor y, int yAt, Tensor x, int xAt, int count, bool accumulate) => throw Missing();

    internal override void ScaleRows(Tensor y, Tensor x, Tensor s) => throw Missing();

    internal override void ScaleRowsGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor x, Tensor s) => throw Missing();

    internal override void MeanRows(Tensor y, Tensor x, Ragged rows) => throw Missing();

    internal override void MeanRowsGradient(Tensor dx, Tensor dy, Ragged rows) => throw Missing();

    internal override void Exp(Tensor y, Tensor x) => throw Missing();

    internal override void DivideByRoot(Tensor y, Tensor x, Tensor s) => throw Missing();

    internal override void DivideByRootGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor y, Tensor s) => throw Missing();

    internal override void Blend(Tensor y, Tensor x, float a, Tensor? z, float b) => throw Missing();

    internal override void AddScaled(Tensor y, Tensor x, float a) => throw Missing();

    internal override void L2Normalize(Tensor y, Tensor norm, Tensor x) => throw Missing();

    internal override void L2NormalizeGradient(Tensor dx, Tensor dy, Tensor y, Tensor norm) => throw Missing();

    internal override void SoftmaxRows(Tensor y, Tensor x) => throw Missing();

    internal override void SoftmaxGradient(Tensor dx, Tensor dy, Tensor y) => throw Missing();

    internal override void DropoutMask(Tensor keep, float p, Philox random) => throw Missing();

    internal override void Multiply(Tensor y, Tensor x, Tensor z, bool accumulate) => throw Missing();

    internal override void AddNoise(Tensor y, Tensor x, float scale, Philox random) => throw Missing();

    internal override void MeanSquaredError(Tensor loss, Tensor x, Tensor target) => throw Missing();

    internal override void MeanSquaredErrorGradient(Tensor dx, Tensor dloss, Tensor x, Tensor target) => throw Missing();

    internal override void CrossEntropy(Tensor loss, Tensor p, Tensor logits, int[] labels, bool columns, float weight, bool accumulate) => throw Missing();

    public override double SumSquares(Tensor x) => throw Missing();

    internal override void AdamWStep(Tensor p, Tensor g, Tensor m, Tensor v, float lr, float beta1, float beta2, float eps, float decay, int step, float gradientScale) => throw Missing();

    private static NotSupportedException Missing() => new("This operation is not there yet on CUDA.");
}
