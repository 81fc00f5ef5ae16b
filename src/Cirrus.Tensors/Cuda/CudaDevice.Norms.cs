namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    internal override void LayerNorm(Tensor y, Tensor mean, Tensor scale, Tensor x, Tensor gain, Tensor? bias, float eps)
    {
        Floats(mean, scale);
        Launch(Kernel("LayerNorm", "layerNorm", Same(y, x, gain, bias)), LaunchSize.Rows(x.Rows), y, mean, scale, x, gain, bias, eps, x.Columns);
    }

    internal override void LayerNormInputGradient(Tensor dx, Tensor dy, Tensor x, Tensor gain, Tensor mean, Tensor scale) =>
        Launch(Kernel("LayerNorm", "layerNormInputGradient", Same(dx, dy, x, gain)), LaunchSize.Rows(x.Rows), dx, dy, x,
            gain, mean, scale, x.Columns);

    internal override void LayerNormWeightGradient(Tensor? dgain, Tensor? dbias, Tensor dy, Tensor x, Tensor mean, Tensor scale)
    {
        const int threads = 128, most = 1 << 16;
        int rows = x.Rows, w = x.Columns, chunk = 64;                      // chunks are summed in order
        while ((rows + chunk - 1) / chunk >= most)
            chunk *= 2;
        int chunks = (rows + chunk - 1) / chunk;
        ElementType type = Same(dy, x, dgain, dbias);
        LaunchSize columns = new((w + threads - 1) / threads, threads);
        nint parts = Scratch(Math.Max(1, chunks) * 2L * w * sizeof(float));
        Launch(Kernel("LayerNorm", "layerNormWeightParts", type), columns with { Y = chunks }, parts, dy, x, mean, scale, rows, w, chunk);
        Launch(Kernel("LayerNorm", "layerNormWeightGradient", type), columns, dgain, dbias, parts, chunks, w);
    }

    internal override void L2Normalize(Tensor y, Tensor norm, Tensor x)
    {
        Floats(norm);
        Launch(Kernel("RowNorms", "l2Normalize", Same(y, x)), LaunchSize.Rows(x.Rows), y, norm, x, x.Columns);
    }

    internal override void L2NormalizeGradient(Tensor dx, Tensor dy, Tensor y, Tensor norm) =>
        Launch(Kernel("RowNorms", "l2NormalizeGradient", Same(dx, dy, y)), LaunchSize.Rows(y.Rows), dx, dy, y, norm, y.Columns);

    internal override void DivideByMaximum(Tensor y, Tensor most, Tensor x)
    {
        Floats(most);
        Launch(Kernel("RowNorms", "divideByMaximum", Same(y, x)), LaunchSize.Rows(x.Rows), y, most, x, x.Columns);
    }

    internal override void DivideByMaximumGradient(Tensor dx, Tensor dy, Tensor y, Tensor most, Tensor x) =>
        Launch(Kernel("RowNorms", "divideByMaximumGradient", Same(dx, dy, y, x)), LaunchSize.Rows(x.Rows), dx, dy, y, most, x, x.Columns);

    internal override void SoftmaxRows(Tensor y, Tensor x) =>
        Launch(Kernel("RowNorms", "softmax", Same(y, x)), LaunchSize.Rows(x.Rows), y, x, x.Columns);

    internal override void SoftmaxGradient(Tensor dx, Tensor dy, Tensor y) =>
        Launch(Kernel("RowNorms", "softmaxGradient", Same(dx, dy, y)), LaunchSize.Rows(y.Rows), dx, dy, y, y.Columns);
}
