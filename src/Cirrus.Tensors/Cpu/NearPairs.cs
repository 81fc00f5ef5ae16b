using System.Numerics.Tensors;

namespace Cirrus.Tensors.Cpu;

/// <summary>Groups of rows that are nearly equal: rows joined by a chain of pairs whose f32 dot product reaches a threshold. Exact.</summary>
public static class NearPairs
{
    private const int Tile = 64;

    /// <param name="least">the threshold.</param>
    /// <param name="progress">pairs done of all.</param>
    /// <returns>groups of two and more, (part, row) in the order of the rows, groups in the order of their first rows.</returns>
    public static IReadOnlyList<IReadOnlyList<(int Part, int Row)>> Groups(IReadOnlyList<RowPart> parts, float least,
        Action<long, long>? progress = null, CancellationToken stop = default)
    {
        long[] starts = RowSearch.Starts(parts);
        long all = starts[^1];
        int[] parent = [.. Enumerable.Range(0, checked((int)all))];
        Lock gate = new();
        using RowPrefixes? prefixes = parts.Count > 0
            && RowPrefixes.WidthFor(RowCodes.StrideOf(parts[0].Rows.Width), least) is int first ? new(parts, first, least) : null;
        for (long tile = 0; tile < all; tile += Tile)
        {
            long[] rows = [.. Enumerable.Range(0, (int)Math.Min(Tile, all - tile)).Select(i => tile + i).Where(r => Counts(parts, starts, r))];
            if (rows.Length == 0)
                continue;
            int width = parts[0].Rows.Width;
            float[] queries = new float[rows.Length * width];
            for (int i = 0; i < rows.Length; i++)
            {
                (int part, int at) = RowSearch.Place(starts, rows[i]);
                parts[part].Rows.Checked(at).CopyTo(queries.AsSpan(i * width));
            }
            using QueryCodes codes = new(queries, width);
            using RowPrefixes.Tile? near = prefixes?.TileOf(codes);
            RowSearch.Scan(parts, starts, codes, _ => least, (q, found) =>
            {
                foreach ((_, _, long row) in found)
                    if (row > rows[q] && TensorPrimitives.Dot(queries.AsSpan(q * width, width), Row(parts, starts, row)) >= least)
                        lock (gate)
                            Join(parent, (int)rows[q], (int)row);
            }, tile, stop, near is null ? null : near.MayReach);
            progress?.Invoke(Pairs(all) - Pairs(all - Math.Min(tile + Tile, all)), Pairs(all));
        }
        return [.. Enumerable.Range(0, parent.Length).GroupBy(r => Root(parent, r)).Where(g => g.Skip(1).Any())
            .Select(g => (IReadOnlyList<(int, int)>)[.. g.Select(r => RowSearch.Place(starts, r))])];
    }

    private static long Pairs(long rows) => rows * (rows - 1) / 2;

    /// <summary>The further row of a pair, which its own tile holds against its checksum.</summary>
    private static ReadOnlySpan<float> Row(IReadOnlyList<RowPart> parts, long[] starts, long row)
    {
        (int part, int at) = RowSearch.Place(starts, row);
        return parts[part].Rows.Unchecked(at);
    }

    private static bool Counts(IReadOnlyList<RowPart> parts, long[] starts, long row)
    {
        (int part, int at) = RowSearch.Place(starts, row);
        return parts[part].Counts is not { } counts || (counts[at / 64] >> (at % 64) & 1) != 0;
    }

    private static int Root(int[] parent, int row)
    {
        while (parent[row] != row)
            row = parent[row] = parent[parent[row]];
        return row;
    }

    /// <summary>The lower of two roots stays one, so groups do not depend on the order of pairs.</summary>
    private static void Join(int[] parent, int a, int b)
    {
        (a, b) = (Root(parent, a), Root(parent, b));
        parent[Math.Max(a, b)] = Math.Min(a, b);
    }
}
