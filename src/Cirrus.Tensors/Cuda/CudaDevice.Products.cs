namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    internal override void Linear(Tensor y, Tensor x, Tensor w, Tensor? b, Activation activation, Tensor? add, Tensor? before)
    {
        if (y.Count == 0)
            return;
        bool relu = activation == Activation.Relu && add is null && before is null, product = activation == Activation.None;
        Tensor z = before ?? y;                              // x·wᵀ + b
        Multiply(z, x, false, w, true, x.Columns, product ? add : null, b, relu);
        if (!product && !relu)
            Launch(Kernel("Activations", "activate", y.Type), LaunchSize.Elements(y.Count), y, z, add, y.Count, (int)activation);
    }

    internal override void LinearInputGradient(Tensor dx, Tensor dy, Tensor w, bool accumulate = true)
    {
        if (dx.Count > 0)
            Multiply(dx, dy, false, w, false, w.Rows, accumulate ? dx : null);
    }

    internal override void LinearWeightGradient(Tensor dw, Tensor dy, Tensor x)
    {
        if (dw.Count > 0 && x.Rows > 0)
            Multiply(dw, dy, true, x, false, x.Rows, dw);
    }

    internal override void BiasGradient(Tensor db, Tensor dy)
    {
        Floats(db);
        Launch(Kernel("BiasGradient", "biasGradient", dy.Type), new((dy.Columns + 31) / 32, 256), db, dy, dy.Rows, dy.Columns);
    }

    private void Multiply(Tensor y, Tensor x, bool transposeX, Tensor z, bool transposeZ, int inner, Tensor? c,
        Tensor? bias = null, bool relu = false)
    {
        Enter();
        _products.Multiply(y, x, transposeX, z, transposeZ, inner, c, bias, relu);
    }
}
