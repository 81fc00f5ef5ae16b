namespace Cirrus.Tensors;

public sealed partial class Graph
{
    /// <summary>The same numbers under another shape.</summary>
    public Tensor Reshape(Tensor x, params ReadOnlySpan<int> shape)
    {
        Tensor y = x.Reshape(shape);
        if (Any(x))
            Record(y, dy => HandDown(x, dy));
        return y;
    }

    /// <summary>The same numbers, rounded to another type when theirs is another.</summary>
    public Tensor Convert(Tensor x, ElementType type)
    {
        if (x.Type == type)
            return x;
        Tensor y = Arena.New(type, x.Shape);
        Device.Convert(y, x, accumulate: false);
        if (Any(x))
            Record(y, dy => Device.Convert(Slot(x), dy, accumulate: true));
        return y;
    }

    /// <summary>Rows of x above rows of y: [A, W], [B, W] → [A + B, W].</summary>
    public Tensor Stack(Tensor x, Tensor y)
    {
        int a = x.Rows, b = y.Rows;
        Require(x.Columns == y.Columns, "Stack", x, y);
        Tensor z = Arena.New(x.Type, a + b, x.Columns);
        Device.Blend(z.Slice(0, a), x, 1f, null, 0f);
        Device.Blend(z.Slice(a, b), y, 1f, null, 0f);
        if (Any(x, y))
            Record(z, dz =>
            {
                if (SlotIfNeeded(x) is Tensor dx)
                    Device.AddScaled(dx, dz.Slice(0, a), 1f);
                if (SlotIfNeeded(y) is Tensor dy)
                    Device.AddScaled(dy, dz.Slice(a, b), 1f);
            });
        return z;
    }

    /// <summary>The mean of each sequence's rows: x [R, W] → [B, W]; of no rows it is 0.</summary>
    public Tensor MeanRows(Tensor x, Ragged rows)
    {
        Require(rows.R == x.Rows, "MeanRows", x);
        Tensor y = Arena.New(x.Type, rows.B, x.Columns);
        Device.MeanRows(y, x, rows);
        if (Any(x))
            Record(y, dy => Device.MeanRowsGradient(Slot(x), dy, rows));
        return y;
    }
}
