namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    internal override void Embedding(Tensor y, int[] ids, int[] at, Tensor table, Tensor positions, Tensor? pseudo, int[]? pseudoRow) =>
        Elements(Kernel("Rows", "embedding", Same(y, table, positions, pseudo)), y.Count, y, Ints(ids), Ints(at), table, positions, pseudo,
            pseudoRow is null ? 0 : Ints(pseudoRow), y.Columns, y.Count);

    internal override void EmbeddingGradient(Tensor? dtable, Tensor? dpositions, Tensor? dpseudo, Tensor dy, int[] ids, int[] at, int[]? pseudoRow)
    {
        if (dpositions is not null)
            ScatterAddRows(dpositions, dy, at);
        if (dpseudo is not null && pseudoRow is not null)
            ScatterAddRows(dpseudo, dy, pseudoRow);
        if (dtable is not null)
            ScatterAddRows(dtable, dy, pseudoRow is null ? ids : [.. ids.Select((id, r) => pseudoRow[r] >= 0 ? -1 : id)]);
    }

    internal override void Patches(Tensor y, Tensor pixels, int patch) => Elements(Kernel("Rows", "patches", Same(y, pixels)), y.Count, y, pixels,
        pixels.Shape[1], pixels.Shape[2], pixels.Shape[3], patch, y.Count);

    internal override void ClassToken(Tensor y, Tensor x, Tensor cls, Tensor positions) =>
        Elements(Kernel("Rows", "classToken", Same(y, x, cls, positions)), y.Count, y, x, cls, positions, positions.Rows, y.Columns, y.Count);

    internal override void ClassTokenGradient(Tensor? dx, Tensor? dcls, Tensor? dpositions, Tensor dy)
    {
        int t = dpositions?.Rows ?? (dx is null ? dy.Rows : dy.Rows / (dy.Rows - dx.Rows));
        Elements(Kernel("Rows", "classTokenGradient", Same(dx, dcls, dpositions, dy)), (long)t * dy.Columns, dx, dcls,
            dpositions, dy, t, dy.Columns, dy.Rows / t);
    }

    internal override void GatherRows(Tensor y, Tensor x, int[] rows) =>
        Elements(Kernel("Rows", "gatherRows", Same(y, x)), y.Count, y, x, Ints(rows), y.Columns, y.Count);

    /// <summary>A row below 0 is left out.</summary>
    internal override void ScatterAddRows(Tensor dx, Tensor dy, int[] rows)
    {
        RowGroups groups = RowGroups.Of(rows);
        nint all = Ints(groups.Numbers), offsets = all + (groups.Count * sizeof(int)), sources = offsets + ((groups.Count + 1) * sizeof(int));
        Launch(Kernel("Rows", "addGroups", Same(dx, dy)), LaunchSize.Rows(groups.Count), dx, dy, all, offsets, sources, dy.Columns);
    }

    internal override void CopyColumns(Tensor y, int yAt, Tensor x, int xAt, int count, bool accumulate)
    {
        long all = (long)x.Rows * count;
        Elements(Kernel("Rows", "copyColumns", Same(y, x)), all, y, y.Columns, yAt, x, x.Columns, xAt, count, accumulate, all);
    }

    internal override void ScaleRows(Tensor y, Tensor x, Tensor s) => ScaleRows(y, x, s, accumulate: false);

    internal override void ScaleRowsGradient(Tensor? dx, Tensor? ds, Tensor dy, Tensor x, Tensor s)
    {
        if (dx is not null)
            ScaleRows(dx, dy, s, accumulate: true);
        if (ds is null)
            return;
        ElementType type = Same(ds, dy, x);
        bool one = s.Count == 1;
        nint along = one ? Scratch(Math.Max(1, x.Rows) * sizeof(float)) : ds.Pointer;
        Launch(Kernel("Rows", one ? "rowProductParts" : "rowProducts", type), LaunchSize.Rows(x.Rows), along, dy, x, x.Columns);
        if (one)
            Launch(Kernel("Rows", "addAll", type), LaunchSize.Rows(1), ds, along, x.Rows);
    }

    internal override void MeanRows(Tensor y, Tensor x, Ragged rows) =>
        Elements(Kernel("Rows", "meanRows", Same(y, x)), y.Count, y, x, Ints(rows.Offsets), y.Columns, y.Count);

    internal override void MeanRowsGradient(Tensor dx, Tensor dy, Ragged rows) =>
        Elements(Kernel("Rows", "meanRowsGradient", Same(dx, dy)), dy.Count, dx, dy, Ints(rows.Offsets), dy.Columns, dy.Count);

    private void ScaleRows(Tensor y, Tensor x, Tensor s, bool accumulate) =>
        Elements(Kernel("Rows", "scaleRows", Same(y, x, s)), y.Count, y, x, s, s.Count > 1, x.Columns, accumulate, y.Count);
}
