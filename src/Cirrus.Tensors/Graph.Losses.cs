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

    /// <summary>Mean over rows of 1 − cos(x_r, target_r) → [1].</summary>
    /// <remarks>As ½‖x/‖x‖ − t/‖t‖‖², which keeps its digits where the two are alike.</remarks>
    public Tensor CosineLoss(Tensor x, Tensor target)
    {
        Require(x.Count == target.Count && x.Columns == target.Columns, "CosineLoss", x, target);
        return Scale(MeanSquaredError(L2Normalize(x), L2Normalize(target)), x.Columns / 2f);
    }

    /// <summary>Symmetric NT-Xent of pairs of rows (x_i, y_i), both [N, W] → [1].</summary>
    /// <remarks>
    /// Over the 2N unit rows u: mean of −log(exp(u_i·u_i'/τ) / Σ_{j≠i} exp(u_i·u_j/τ)), i' the partner of i; rows of the
    /// same side are negatives too. Source: Chen et al., SimCLR, ICML 2020; SEARLE, ICCV 2023.
    /// </remarks>
    public Tensor NtXentLoss(Tensor x, Tensor y, float temperature)
    {
        Require(x.Count == y.Count && x.Columns == y.Columns && temperature > 0, "NtXentLoss", x, y);
        int n = x.Rows, all = 2 * n;
        Tensor loss = Arena.New(1), u = Arena.New(all, x.Columns), norm = Arena.New(all, 1), products = Arena.New(all, all);
        Tensor logits = Arena.New(all, all), p = Arena.New(all, all);
        Device.L2Normalize(u.Slice(0, n), norm.Slice(0, n), x);
        Device.L2Normalize(u.Slice(n, n), norm.Slice(n, n), y);
        Device.Linear(products, u, u, null, Activation.None, null, null);
        Device.Blend(logits, products, 1f / temperature, Arena.From(Never(all), all, all), 1f);
        int[] partners = [.. Enumerable.Range(0, all).Select(i => (i + n) % all)];
        Device.CrossEntropy(loss, p, logits, partners, columns: false, 1f, accumulate: false);
        if (Any(x, y))
            Record(loss, d =>
            {
                Tensor dproducts = Arena.Zeros(all, all), du = Arena.New(u.Shape);
                AddScaledBy(dproducts, p, d, 1f / (all * temperature));
                Device.LinearInputGradient(du, dproducts, u, accumulate: false);
                Device.LinearWeightGradient(du, dproducts, u);
                foreach ((Tensor side, int at) in new[] { (x, 0), (y, n) })
                    if (SlotIfNeeded(side) is Tensor dside)
                        Device.L2NormalizeGradient(dside, du.Slice(at, n), u.Slice(at, n), norm.Slice(at, n));
            });
        return loss;
    }

    /// <summary>What is added so that no row is compared with itself: far below any product, and finite.</summary>
    private static float[] Never(int n)
    {
        float[] diagonal = new float[n * n];
        for (int i = 0; i < n; i++)
            diagonal[(i * n) + i] = -1e30f;
        return diagonal;
    }

    /// <summary>y += a·d·x, d one number on the device.</summary>
    private void AddScaledBy(Tensor y, Tensor x, Tensor d, float a) => Device.AddScaled(y, x, a * d.ToArray()[0]);
}
