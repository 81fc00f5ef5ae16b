using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>Rows to be searched, and those of them that count.</summary>
/// <param name="Counts">bit r % 64 of word r / 64 says whether row r counts; null: all do.</param>
public sealed record RowPart(MappedRows Rows, RowCodes Codes, ulong[]? Counts = null);

/// <summary>A row that was found: its part, its place there, and its dot product with the query in f32.</summary>
public readonly record struct FoundRow(int Part, int Row, float Score);

/// <summary>The best rows of large galleries, exactly: a first pass over 8-bit codes leaves out what cannot win, the rest is scored in f32.</summary>
/// <remarks>
/// Answers, scores and their order are those of <see cref="Plain"/>, to the bit: the first pass bounds every score from above and below
/// (docs/numerics.md), and only rows whose upper bound is below k lower bounds are left out. Equal scores stand in the order of the
/// rows; what is not a number stands last. A query that is not finite is searched plainly.
/// </remarks>
public static unsafe class RowSearch
{
    private const int Block = 64, BlocksAtOnce = 32;

    /// <param name="queries">[B, P].</param>
    /// <param name="k">how many; fewer are found when fewer count.</param>
    /// <returns>for each query its rows, best first.</returns>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    /// <exception cref="CirrusException">A row that may win is damaged.</exception>
    public static FoundRow[][] Best(IReadOnlyList<RowPart> parts, ReadOnlyMemory<float> queries, int k, CancellationToken stop = default) =>
        Best(parts, queries, k, out _, stop);

    /// <param name="rescored">how many rows, over all queries, were read in full.</param>
    /// <inheritdoc cref="Best(IReadOnlyList{RowPart}, ReadOnlyMemory{float}, int, CancellationToken)"/>
    public static FoundRow[][] Best(IReadOnlyList<RowPart> parts, ReadOnlyMemory<float> queries, int k, out long rescored,
        CancellationToken stop = default)
    {
        rescored = 0;
        int width = Check(parts, queries.Length, k), count = width == 0 ? 0 : queries.Length / width;
        FoundRow[][] found = new FoundRow[count][];
        if (count == 0)
            return found;
        long[] starts = Starts(parts);
        using QueryCodes codes = new(queries.Span, width);
        BestRows[] best = [.. Enumerable.Range(0, count).Select(_ => new BestRows(k))];
        Scan(parts, starts, codes, q => best[q].Bar, (q, rows) => best[q].Add(rows), 0, stop);
        long read = 0;
        Workers.For(count, q =>
        {
            (found[q], int rows) = Rescore(parts, starts, queries.Slice(q * width, width), best[q].Take(), k, stop);
            Interlocked.Add(ref read, rows);
        });
        rescored = read;
        return found;
    }

    /// <summary>The definition: every row's f32 dot product, sorted.</summary>
    public static FoundRow[][] Plain(IReadOnlyList<RowPart> parts, ReadOnlyMemory<float> queries, int k)
    {
        int width = Check(parts, queries.Length, k), count = width == 0 ? 0 : queries.Length / width;
        FoundRow[][] found = new FoundRow[count][];
        for (int q = 0; q < count; q++)
        {
            List<FoundRow> best = [];
            for (int p = 0; p < parts.Count; p++)
            {
                float[] scores = new float[parts[p].Rows.Count];
                ReadOnlyMemory<float> query = queries.Slice(q * width, width);
                int part = p;
                Workers.For(scores.Length, 2048, (from, to) =>
                {
                    for (int r = from; r < to; r++)
                        scores[r] = TensorPrimitives.Dot(query.Span, parts[part].Rows.Checked(r));
                });
                ulong[]? counts = parts[p].Counts;
                best.AddRange(TopK.Largest(scores, k, r => counts is null || (counts[r / 64] >> (r % 64) & 1) != 0).Select(r =>
                    new FoundRow(part, r, scores[r])));
            }
            found[q] = [.. best.OrderByDescending(b => b.Score).Take(k)];           // a stable sort: parts and rows stay in order
        }
        return found;
    }

    /// <summary>First scores, near enough for statistics, of at most so many rows, evenly spaced and whether they count or not.</summary>
    public static float[] Sample(IReadOnlyList<RowPart> parts, ReadOnlySpan<float> query, int most)
    {
        int width = Check(parts, query.Length, 1);
        long[] starts = Starts(parts);
        long rows = starts[^1];
        int count = (int)Math.Min(rows, most);
        if (width == 0 || query.Length != width || count == 0)
            return [];
        float[] scores = new float[count];
        using QueryCodes codes = new(query, width);
        int dot = 0;
        for (int i = 0; i < count; i++)
        {
            (int part, int row) = Place(starts, i * rows / count);
            RowCodes of = parts[part].Codes;
            ByteDots.Multiply(&dot, 1, of.Codes + ((nint)row * of.Stride), 1, codes.Codes, 1, of.Stride);
            scores[i] = of.Scales[row] * codes.Scales[0] * (dot - codes.Shift[0]);
        }
        return scores;
    }

    /// <summary>Gives the query and those rows whose score may reach the query's bar, from one thread or several.</summary>
    /// <param name="first">rows before this one are passed over.</param>
    /// <param name="mayReach">false of (part, row, count) when those rows need not be looked at; null: all are.</param>
    internal static void Scan(IReadOnlyList<RowPart> parts, long[] starts, QueryCodes queries, Func<int, float> bar,
        FoundAtFirst found, long first, CancellationToken stop,
        Func<int, int, int, bool>? mayReach = null)
    {
        List<(int Part, int Row)> pieces = [];
        for (int p = 0; p < parts.Count; p++)
        {
            int rows = parts[p].Rows.Count, begin = (int)Math.Max(0, Math.Min(first - starts[p], rows)) / Block * Block;
            for (int from = begin; from < rows; from += Block * BlocksAtOnce)
                pieces.Add((p, from));
        }
        Workers.For(pieces.Count, piece =>
        {
            stop.ThrowIfCancellationRequested();
            (int part, int from) = pieces[piece];
            int end = (int)Math.Min(parts[part].Rows.Count, (long)from + (Block * BlocksAtOnce));
            int[] dots = System.Buffers.ArrayPool<int>.Shared.Rent(Block * queries.Count);
            for (int row = from; row < end; row += Block)
                if (mayReach is null || mayReach(part, row, Math.Min(Block, end - row)))
                    ScanBlock(parts[part], starts[part], row, Math.Min(Block, end - row), queries, dots, bar, found, first);
            System.Buffers.ArrayPool<int>.Shared.Return(dots);
        });
    }

    internal delegate void FoundAtFirst(int query, ReadOnlySpan<(float Upper, float Lower, long Row)> rows);

    internal static long[] Starts(IReadOnlyList<RowPart> parts)
    {
        long[] starts = new long[parts.Count + 1];
        for (int p = 0; p < parts.Count; p++)
            starts[p + 1] = starts[p] + parts[p].Rows.Count;
        return starts;
    }

    internal static (int Part, int Row) Place(long[] starts, long row)
    {
        int part = Array.BinarySearch(starts, row);
        part = part < 0 ? ~part - 1 : part;
        while (starts[part + 1] == starts[part])                                   // parts without rows
            part++;
        return (part, (int)(row - starts[part]));
    }

    [SkipLocalsInit]
    private static void ScanBlock(RowPart part, long start, int row, int count, QueryCodes queries, int[] dots,
        Func<int, float> bar, FoundAtFirst found, long first)
    {
        ulong counts = part.Counts is { } bits ? bits[row / Block] : ulong.MaxValue;
        if (counts == 0)
            return;
        RowCodes codes = part.Codes;
        fixed (int* to = dots)
            ByteDots.Multiply(to, Block, codes.Codes + ((nint)row * codes.Stride), count, queries.Codes, queries.Count, codes.Stride);
        (float Upper, float Lower, long Row)* rows = stackalloc (float, float, long)[Block];
        for (int q = 0; q < queries.Count; q++)
        {
            float least = bar(q), scale = queries.Scales[q], ofError = queries.OfError[q], ofLength = queries.OfLength[q];
            int shift = queries.Shift[q], many = 0, r = 0;
            ref int dot = ref dots[q * Block];
            ref float scales = ref codes.Scales[row], errors = ref codes.Errors[row], lengths = ref codes.Lengths[row];
            for (; r + 8 <= count; r += 8)
            {
                Vector256<float> about = Vector256.LoadUnsafe(ref scales, (nuint)r) * scale
                    * Vector256.ConvertToSingle(Vector256.LoadUnsafe(ref dot, (nuint)r) - Vector256.Create(shift));
                Vector256<float> off = (Vector256.LoadUnsafe(ref errors, (nuint)r) * ofError)
                    + (Vector256.LoadUnsafe(ref lengths, (nuint)r) * ofLength);
                uint below = Vector256.LessThan(about + off, Vector256.Create(least)).ExtractMostSignificantBits();
                for (uint may = ~below & 0xff & (uint)(counts >> r); may != 0; may &= may - 1)
                {
                    int i = System.Numerics.BitOperations.TrailingZeroCount(may);
                    rows[many++] = (about[i] + off[i], about[i] - off[i], start + row + r + i);
                }
            }
            for (; r < count; r++)
            {
                float about = codes.Scales[row + r] * scale * (dots[(q * Block) + r] - shift),
                    off = (codes.Errors[row + r] * ofError) + (codes.Lengths[row + r] * ofLength);
                if (!(about + off < least) && (counts >> r & 1) != 0)
                    rows[many++] = (about + off, about - off, start + row + r);
            }
            if (many > 0 && rows[many - 1].Row >= first)
                found(q, new(rows, many));
        }
    }

    /// <summary>The best k of these rows, which stand by their upper bounds: read until the next bound is below the k-th score.</summary>
    internal static (FoundRow[] Found, int Read) Rescore(IReadOnlyList<RowPart> parts, long[] starts,
        ReadOnlyMemory<float> query, List<(float Upper, long Row)> rows, int k, CancellationToken stop)
    {
        List<(float Score, long Row)> best = [];
        float[] scores = [];
        int done = 0;
        for (int at = Block; done < rows.Count; done += at, at = Math.Min(2 * at, 1 << 16))
        {
            stop.ThrowIfCancellationRequested();
            int from = done, count = Math.Min(at, rows.Count - done);
            if (best.Count == k && rows[from].Upper < best[^1].Score)
                break;
            scores = scores.Length < count ? new float[count] : scores;
            float[] to = scores;
            Workers.For(count, Block, (a, b) =>
            {
                for (int i = a; i < b; i++)
                {
                    (int part, int row) = Place(starts, rows[from + i].Row);
                    to[i] = TensorPrimitives.Dot(query.Span, parts[part].Rows.Checked(row));
                }
            });
            for (int i = 0; i < count; i++)
                best.Add((to[i], rows[from + i].Row));
            best.Sort(static (a, b) => a.Score.CompareTo(b.Score) is var c && c != 0 ? -c : a.Row.CompareTo(b.Row));
            if (best.Count > k)
                best.RemoveRange(k, best.Count - k);
        }
        return ([.. best.Select(b => Place(starts, b.Row) is var (part, row) ? new FoundRow(part, row, b.Score) : default)],
            Math.Min(done, rows.Count));
    }

    internal static int Check(IReadOnlyList<RowPart> parts, int numbers, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int width = parts.Count == 0 ? 0 : parts[0].Rows.Width;
        foreach (RowPart part in parts)
            if (part.Rows.Width != width || part.Codes.Count != part.Rows.Count || part.Codes.Stride != RowCodes.StrideOf(width)
                || (part.Counts is { } counts && counts.Length < (part.Rows.Count + 63) / 64))
                throw new ArgumentException(
                    $"Rows [{part.Rows.Count}, {part.Rows.Width}], codes [{part.Codes.Count}, {part.Codes.Stride}] and the "
                        + $"first part's width {width} do not fit.");
        return width == 0 || numbers % width == 0 ? width : throw new ArgumentException($"Queries of {numbers} numbers are not [B, {width}].");
    }
}
