using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cirrus.Tensors.Cpu;

/// <summary>
/// The first numbers of rows in 8 bits, and the lengths of what is behind them: enough to say of most pairs that they
/// are far apart.
/// </summary>
/// <remarks>
/// x·y is at most the product of the first numbers plus that of the lengths of the rest (Cauchy-Schwarz), plus what 8 bits may be off
/// (<see cref="QueryCodes"/>). Nothing that reaches the threshold is passed over; how much is spared depends on the rows alone.
/// </remarks>
internal sealed unsafe class RowPrefixes : IDisposable
{
    private const int Block = 64;

    /// <summary>Of the rounding of this bound's own few operations, over all that they add up.</summary>
    private const float Rounding = 1e-6f;

    private readonly IReadOnlyList<RowPart> _parts;
    private readonly byte*[] _codes;
    private readonly float[][] _tails;
    private readonly float _least;

    public RowPrefixes(IReadOnlyList<RowPart> parts, int width, float least)
    {
        (_parts, Width, _least, _codes, _tails) = (parts, width, least, new byte*[parts.Count], new float[parts.Count][]);
        for (int p = 0; p < parts.Count; p++)
        {
            RowCodes of = parts[p].Codes;
            byte* codes = _codes[p] = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, (long)of.Count * width), 64);
            float[] tails = _tails[p] = new float[of.Count];
            Workers.For(of.Count, 1024, (from, to) =>
            {
                for (int r = from; r < to; r++)
                {
                    ReadOnlySpan<byte> row = new(of.Codes + ((nint)r * of.Stride), of.Stride);
                    row[..width].CopyTo(new(codes + ((nint)r * width), width));
                    tails[r] = Length(row[width..], of.Scales[r]);
                }
            });
        }
    }

    /// <summary>Numbers of a row that are looked at first.</summary>
    public int Width { get; }

    /// <summary>
    /// How many numbers are worth looking at first: of unrelated rows the rest alone must not reach the threshold. Null
    /// when that is nearly all.
    /// </summary>
    public static int? WidthFor(int stride, float least)
    {
        double share = (2 * (1 - least)) + 0.1;
        int width = (int)Math.Clamp(Math.Ceiling(stride * share / Block) * Block, Block, stride);
        return width * 3 <= stride * 2 ? width : null;
    }

    public Tile TileOf(QueryCodes queries) => new(this, queries);

    public void Dispose()
    {
        foreach (byte* codes in _codes)
            NativeMemory.AlignedFree(codes);
    }

    private static float Length(ReadOnlySpan<byte> stored, float scale)
    {
        long sum = 0;
        foreach (byte code in stored)
            sum += (code - 128) * (code - 128);
        return RowCodes.Up(Math.Sqrt(sum) * scale);
    }

    /// <summary>Some rows as queries.</summary>
    internal sealed class Tile : IDisposable
    {
        private readonly RowPrefixes _rows;
        private readonly QueryCodes _queries;
        private readonly sbyte* _codes;
        private readonly int[] _shift;
        private readonly float[] _tails;

        public Tile(RowPrefixes rows, QueryCodes queries)
        {
            (_rows, _queries, _shift, _tails) = (rows, queries, new int[queries.Count], new float[queries.Count]);
            _codes = (sbyte*)NativeMemory.AlignedAlloc((nuint)(queries.Count * rows.Width), 64);
            for (int q = 0; q < queries.Count; q++)
            {
                ReadOnlySpan<sbyte> codes = new(queries.Codes + (q * queries.Stride), queries.Stride);
                codes[..rows.Width].CopyTo(new(_codes + (q * rows.Width), rows.Width));
                foreach (sbyte code in codes[..rows.Width])
                    _shift[q] += 128 * code;
                long tail = 0;
                foreach (sbyte code in codes[rows.Width..])
                    tail += code * code;
                _tails[q] = RowCodes.Up(Math.Sqrt(tail) * queries.Scales[q]);
            }
        }

        public void Dispose() => NativeMemory.AlignedFree(_codes);

        /// <summary>False when no query's product with any of these rows can reach the threshold.</summary>
        [System.Runtime.CompilerServices.SkipLocalsInit]
        public bool MayReach(int part, int row, int count)
        {
            RowCodes rows = _rows._parts[part].Codes;
            Vector256<float> least = Vector256.Create(_rows._least);
            int* dots = stackalloc int[Block * Block];
            ByteDots.Multiply(dots, Block, _rows._codes[part] + ((nint)row * _rows.Width), count, _codes, _queries.Count, _rows.Width);
            ref float scales = ref rows.Scales[row], errors = ref rows.Errors[row], lengths = ref rows.Lengths[row],
                tails = ref _rows._tails[part][row];
            for (int q = 0; q < _queries.Count; q++)
            {
                float scale = _queries.Scales[q], ofError = _queries.OfError[q],
                    ofLength = _queries.OfLength[q] + (Rounding * ofError), tail = _tails[q];
                int r = 0;
                for (; r + 8 <= count; r += 8)
                {
                    Vector256<float> dot = Vector256.ConvertToSingle(Vector256.Load(dots + (q * Block) + r) - Vector256.Create(_shift[q]));
                    Vector256<float> most = (Vector256.LoadUnsafe(ref scales, (nuint)r) * scale * dot)
                        + (Vector256.LoadUnsafe(ref tails, (nuint)r) * tail)
                        + (Vector256.LoadUnsafe(ref errors, (nuint)r) * ofError)
                        + (Vector256.LoadUnsafe(ref lengths, (nuint)r) * ofLength);
                    if (!Vector256.LessThanAll(most, least))
                        return true;
                }
                for (; r < count; r++)
                    if (!((rows.Scales[row + r] * scale * (dots[(q * Block) + r] - _shift[q])) + (_rows._tails[part][row + r] * tail)
                        + (rows.Errors[row + r] * ofError) + (rows.Lengths[row + r] * ofLength) < _rows._least))
                        return true;
            }
            return false;
        }
    }
}
