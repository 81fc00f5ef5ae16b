namespace Cirrus.Tensors;

public sealed partial class Graph
{
    /// <summary>x + y, elementwise, equal shapes.</summary>
    public Tensor Add(Tensor x, Tensor y) => Blend(x, 1f, y, 1f);

    /// <summary>a·x + b·y, elementwise, equal shapes (constants, no gradient to a and b).</summary>
    public Tensor Blend(Tensor x, float a, Tensor y, float b)
    {
        Require(x.Count == y.Count && x.Columns == y.Columns, "Blend", x, y);
        Tensor z = Arena.New(x.Type, x.Shape);
        Device.Blend(z, x, a, y, b);
        if (Any(x, y))
            Record(z, dz =>
            {
                if (SlotIfNeeded(x) is Tensor dx)
                    Device.AddScaled(dx, dz, a);
                if (SlotIfNeeded(y) is Tensor dy)
                    Device.AddScaled(dy, dz, b);
            });
        return z;
    }

    /// <summary>a·x.</summary>
    public Tensor Scale(Tensor x, float a)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.Blend(y, x, a, null, 0f);
        if (Any(x))
            Record(y, dy => Device.AddScaled(Slot(x), dy, a));
        return y;
    }

    /// <summary>x·y, elementwise, equal shapes.</summary>
    public Tensor Multiply(Tensor x, Tensor y)
    {
        Require(x.Count == y.Count && x.Columns == y.Columns, "Multiply", x, y);
        Tensor z = Arena.New(x.Type, x.Shape);
        Device.Multiply(z, x, y, accumulate: false);
        if (Any(x, y))
            Record(z, dz =>
            {
                if (SlotIfNeeded(x) is Tensor dx)
                    Device.Multiply(dx, dz, y, accumulate: true);
                if (SlotIfNeeded(y) is Tensor dy)
                    Device.Multiply(dy, dz, x, accumulate: true);
            });
        return z;
    }

    /// <summary>eˣ, elementwise; above 88 it stays at e⁸⁸.</summary>
    public Tensor Exp(Tensor x)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.Exp(y, x);
        if (Any(x))
            Record(y, dy => Device.Multiply(Slot(x), dy, y, accumulate: true));
        return y;
    }

    /// <summary>x / √s, elementwise, equal shapes; s below 1e-24 counts as that, without a gradient.</summary>
    public Tensor DivideByRoot(Tensor x, Tensor s)
    {
        Require(x.Count == s.Count && x.Columns == s.Columns, "DivideByRoot", x, s);
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.DivideByRoot(y, x, s);
        if (Any(x, s))
            Record(y, dy => Device.DivideByRootGradient(SlotIfNeeded(x), SlotIfNeeded(s), dy, y, s));
        return y;
    }

    /// <summary>Row r of x times s[r]. x [R, W]; s [R], or [1] for one factor of all → [R, W].</summary>
    public Tensor ScaleRows(Tensor x, Tensor s)
    {
        Require(s.Count == x.Rows || s.Count == 1, "ScaleRows", x, s);
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.ScaleRows(y, x, s);
        if (Any(x, s))
            Record(y, dy => Device.ScaleRowsGradient(SlotIfNeeded(x), SlotIfNeeded(s), dy, x, s));
        return y;
    }

    /// <summary>Rows of x and y side by side: [R, A], [R, B] → [R, A + B].</summary>
    public Tensor Concat(Tensor x, Tensor y)
    {
        int a = x.Columns, b = y.Columns;
        Require(x.Rows == y.Rows, "Concat", x, y);
        Tensor z = Arena.New(x.Type, x.Rows, a + b);
        Device.CopyColumns(z, 0, x, 0, a, accumulate: false);
        Device.CopyColumns(z, a, y, 0, b, accumulate: false);
        if (Any(x, y))
            Record(z, dz =>
            {
                if (SlotIfNeeded(x) is Tensor dx)
                    Device.CopyColumns(dx, 0, dz, 0, a, accumulate: true);
                if (SlotIfNeeded(y) is Tensor dy)
                    Device.CopyColumns(dy, 0, dz, a, b, accumulate: true);
            });
        return z;
    }

    /// <summary>x / max(‖x‖₂, 1e-12) per row.</summary>
    public Tensor L2Normalize(Tensor x)
    {
        Tensor y = Arena.New(x.Type, x.Shape), norm = Arena.New(x.Rows);
        Device.L2Normalize(y, norm, x);
        if (Any(x))
            Record(y, dy => Device.L2NormalizeGradient(Slot(x), dy, y, norm));
        return y;
    }

    /// <summary>Softmax over the last axis.</summary>
    public Tensor Softmax(Tensor x)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.SoftmaxRows(y, x);
        if (Any(x))
            Record(y, dy => Device.SoftmaxGradient(Slot(x), dy, y));
        return y;
    }

    /// <summary>
    /// Zeroes a share p of the elements and divides the others by 1 − p; the identity without <see cref="Random"/>.
    /// </summary>
    public Tensor Dropout(Tensor x, float p)
    {
        if (Random is null || p == 0f)
            return x;
        Tensor keep = Arena.New(x.Type, x.Shape);
        Device.DropoutMask(keep, p, NextStream());
        return Masked(x, keep);
    }

    /// <summary>The same with a given mask (1 = kept), for parity tests.</summary>
    public Tensor Dropout(Tensor x, float p, Tensor keep)
    {
        Require(x.Count == keep.Count, "Dropout", x, keep);
        return Masked(x, Scale(keep, 1f / (1f - p)));
    }

    /// <summary>
    /// LinCIR's noise: x_b + scale·u_b·n_b, u_b ~ U(0,1) one a row, n ~ N(0, I). No gradient. Needs <see cref="Random"/>.
    /// </summary>
    public Tensor AddNoise(Tensor x, float scale)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.AddNoise(y, x, scale, NextStream());
        return y;
    }

    private Tensor Masked(Tensor x, Tensor keep)
    {
        Tensor y = Arena.New(x.Type, x.Shape);
        Device.Multiply(y, x, keep, accumulate: false);
        if (Any(x))
            Record(y, dy => Device.Multiply(Slot(x), dy, keep, accumulate: true));
        return y;
    }
}
