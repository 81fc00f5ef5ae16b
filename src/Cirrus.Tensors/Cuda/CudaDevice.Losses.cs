namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    /// <summary>Elements whose sum is taken in float32; such sums are added up in float64.</summary>
    private const int SumLength = 1024;

    internal override void MeanSquaredError(Tensor loss, Tensor x, Tensor target)
    {
        Floats(loss);
        int parts = PartsOf(x.Count);
        nint sums = Scratch(Math.Max(1, parts) * sizeof(float));
        Launch(Kernel("Losses", "squaredErrorParts", Same(x, target)), LaunchSize.Rows(parts), sums, x, target, x.Count);
        Launch(Kernel("Losses", "meanOfParts"), LaunchSize.Rows(1), loss, sums, (long)parts, x.Count);
    }

    internal override void MeanSquaredErrorGradient(Tensor dx, Tensor dloss, Tensor x, Tensor target)
    {
        Floats(dloss);
        Elements(Kernel("Losses", "squaredErrorGradient", Same(dx, x, target)), x.Count, dx, dloss, x, target, x.Count);
    }

    internal override void CrossEntropy(Tensor loss, Tensor p, Tensor logits, int[] labels, bool columns, float weight, bool accumulate)
    {
        Floats(loss);
        int n = labels.Length, stride = logits.Columns;
        nint each = Scratch(Math.Max(1, n) * sizeof(double));
        Launch(Kernel("Losses", "crossEntropy", Same(p, logits)), LaunchSize.Rows(n), each, p, logits, Ints(labels),
            columns ? 1L : stride, columns ? (long)stride : 1L, columns ? logits.Rows : stride);
        Launch(Kernel("Losses", "weightedMean"), LaunchSize.Rows(1), loss, each, weight, accumulate, n);
    }

    public override double SumSquares(Tensor x)
    {
        int parts = PartsOf(x.Count);
        if (parts == 0)
            return 0;
        Tensor sums = new(this, Scratch((long)parts * sizeof(float)), ElementType.F32, [parts]);
        Launch(Kernel("Losses", "squareParts", Same(x)), LaunchSize.Rows(parts), sums, x, x.Count);
        float[] each = new float[parts];
        Download(each, sums);
        double sum = 0;
        foreach (float s in each)
            sum += s;
        return sum;
    }

    private static int PartsOf(long count) => checked((int)((count + SumLength - 1) / SumLength));
}
