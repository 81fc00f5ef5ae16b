namespace Cirrus.Tensors;

public sealed partial class Graph
{
    /// <summary>mean((x − target)²) over all elements → [1].</summary>
    public Tensor MeanSquaredError(Tensor x, Tensor target)
    {
        Require(x.Count == target.Count && x.Columns == target.Columns, "MeanSquaredError", x, target);
        Tensor loss = Arena.New(1);
        Device.MeanSquaredError(loss, x, target);
        if (Any(target))
            throw new NotSupportedException("MeanSquaredError passes no gradient to its target.");
        if (Any(x))
            Record(loss, d => Device.MeanSquaredErrorGradient(Slot(x), d, x, target));
        return loss;
    }

    /// <summary>Mean cross-entropy of rows of logits [R, C] with labels [R] → [1].</summary>
    public Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> labels)
    {
        int[] l = labels.ToArray();
        Require(l.Length == logits.Rows && l.All(i => (uint)i < (uint)logits.Columns), "CrossEntropy", logits);
        Tensor loss = Arena.New(1), p = Arena.New(logits.Shape);
        Device.CrossEntropy(loss, p, logits, l, columns: false, 1f, accumulate: false);
        if (Any(logits))
            Record(loss, d => AddScaledBy(Slot(logits), p, d, 1f / logits.Rows));
        return loss;
    }

    /// <summary>½(CE over rows + CE over columns) of square logits [B, B], the diagonal is right: CLIP's loss → [1].</summary>
    public Tensor ContrastiveLoss(Tensor logits)
    {
        Require(logits.Rows == logits.Columns, "ContrastiveLoss", logits);
        int[] diagonal = [.. Enumerable.Range(0, logits.Rows)];
        Tensor loss = Arena.New(1), rows = Arena.New(logits.Shape), columns = Arena.New(logits.Shape);
        Device.CrossEntropy(loss, rows, logits, diagonal, columns: false, 0.5f, accumulate: false);
        Device.CrossEntropy(loss, columns, logits, diagonal, columns: true, 0.5f, accumulate: true);
        if (Any(logits))
            Record(loss, d =>
            {
                AddScaledBy(Slot(logits), rows, d, 0.5f / logits.Rows);
                AddScaledBy(Slot(logits), columns, d, 0.5f / logits.Rows);
            });
        return loss;
    }

    /// <summary>y += a·d·x, d one number on the device.</summary>
    private void AddScaledBy(Tensor y, Tensor x, Tensor d, float a)
    {
        Span<float> value = stackalloc float[1];
        Device.Download(value, d);
        Device.AddScaled(y, x, a * value[0]);
    }
}
