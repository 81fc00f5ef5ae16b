using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Cirrus.Tensors.Cpu;

/// <summary>Rows in 8 bits a number, each with its own scale, and how far they may be off: what <see cref="RowSearch"/> reads first.</summary>
/// <remarks>
/// Row x becomes scale · c with c = round(x / scale) in [-127, 127], stored as c + 128 and filled up with zeros to a multiple of 64.
/// The length of the error x − scale · c and of scale · c are kept, rounded up. A row that is not finite has an infinite error.
/// They stand in a file (docs/formats.md) or, where there is none, in memory. A wrong bound would make answers wrong, so everything in
/// the file is held against its checksums when it is opened.
/// </remarks>
public sealed unsafe class RowCodes : IDisposable
{
    private static readonly string[] Columns = ["scales", "errors", "lengths"];

    private const string Version = "cirrus codes 2";
    private const int BlockRows = 4096, Sampled = 64;

    private readonly SafetensorsFile? _file;
    private byte* _own;

    private RowCodes(SafetensorsFile? file, byte* codes, int count, int width)
    {
        (_file, Count, Stride) = (file, count, StrideOf(width));
        Codes = codes;
        _own = file is null ? codes : null;
        (Scales, Errors, Lengths) = (new float[count], new float[count], new float[count]);
    }

    public int Count { get; }

    /// <summary>Bytes a row.</summary>
    public int Stride { get; }

    internal byte* Codes { get; }

    internal float[] Scales { get; }

    internal float[] Errors { get; }

    internal float[] Lengths { get; }

    /// <summary>Codes of rows in memory.</summary>
    /// <exception cref="CirrusException">A row is damaged: its bound would leave out a row that wins.</exception>
    public static RowCodes Compute(MappedRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int stride = StrideOf(rows.Width);
        RowCodes codes = new(null, (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, (long)rows.Count * stride), 64), rows.Count, rows.Width);
        Workers.For(Blocks(rows.Count), block =>
        {
            for (int r = block * BlockRows; r < Math.Min(rows.Count, (block + 1) * BlockRows); r++)
                codes.Encode(rows.Checked(r), r, new(codes.Codes + ((nint)r * stride), stride));
        });
        return codes;
    }

    /// <summary>Writes the codes of a segment beside it, by rename.</summary>
    /// <param name="rowsFile">safetensors file with <c>rows</c> and <c>norms</c>.</param>
    /// <exception cref="CirrusException">The rows cannot be read, or the file not written.</exception>
    public static void Write(string path, string rowsFile)
    {
        using MappedRows rows = MappedRows.Open(rowsFile, "rows");
        int n = rows.Count, stride = StrideOf(rows.Width);
        using RowCodes facts = new(null, null, n, rows.Width);
        uint[] checks = new uint[Blocks(n) + Columns.Length];
        SavedTensor[] tensors =
        [
            new("codes", StoredType.U8, [n, stride], () => default),
            new("scales", StoredType.F32, [n], () => facts.Scales),
            new("errors", StoredType.F32, [n], () => facts.Errors),
            new("lengths", StoredType.F32, [n], () => facts.Lengths),
            new("checks", StoredType.U32, [checks.Length], () => default),
        ];
        byte[] header = Safetensors.Header(tensors, new Dictionary<string, string>
        {
            ["format"] = Version,
            ["width"] = rows.Width.ToString(CultureInfo.InvariantCulture),
            ["rows"] = Mark(rows),
        });
        int padded = ((header.Length + 8 + 63) / 64 * 64) - 8;                     // codes begin at a multiple of 64
        using AtomicFile file = AtomicFile.Create(path);
        Span<byte> length = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        file.Stream.Write(length);
        file.Stream.Write(header);
        for (int i = header.Length; i < padded; i++)
            file.Stream.WriteByte((byte)' ');
        byte[] block = new byte[Math.Min(n, BlockRows) * stride];
        for (int from = 0; from < n; from += BlockRows)
        {
            int first = from, count = Math.Min(BlockRows, n - from);
            Workers.For(count, 64, (a, b) =>
            {
                for (int r = a; r < b; r++)
                    facts.Encode(rows.Checked(first + r), first + r, block.AsSpan(r * stride, stride));
            });
            file.Stream.Write(block, 0, count * stride);
            checks[from / BlockRows] = Crc32C.Of(block.AsSpan(0, count * stride));
        }
        facts.CheckColumns(checks);
        foreach (float[] values in new[] { facts.Scales, facts.Errors, facts.Lengths })
            file.Stream.Write(MemoryMarshal.AsBytes<float>(values));
        file.Stream.Write(MemoryMarshal.AsBytes<uint>(checks));
        file.Keep();
    }

    /// <summary>
    /// Opens what <see cref="Write"/> wrote. Null when there is no file, or not one of these rows: then
    /// <see cref="Compute"/> makes the codes.
    /// </summary>
    /// <exception cref="CirrusException">The file is damaged.</exception>
    public static RowCodes? Open(string path, MappedRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!File.Exists(path))
            return null;
        SafetensorsFile file = new(MappedFile.Open(path));
        try
        {
            int n = rows.Count, stride = StrideOf(rows.Width);
            bool fits = file.Metadata.GetValueOrDefault("format") == Version && file.Metadata.GetValueOrDefault("rows") == Mark(rows)
                && file.Tensors.TryGetValue("codes", out StoredTensor? stored) && stored.Type == StoredType.U8
                && stored.Shape.AsSpan().SequenceEqual([n, stride])
                && Columns.All(name => file.Tensors.TryGetValue(name, out StoredTensor? t) && t.Type == StoredType.F32 && t.Count == n)
                && file.Tensors.TryGetValue("checks", out StoredTensor? sums) && sums.Type == StoredType.U32
                && sums.Count == Blocks(n) + Columns.Length;
            if (!fits)
            {
                file.Dispose();
                return null;
            }
            RowCodes codes = new(file, file.Pointer(file.Tensors["codes"]), n, rows.Width);
            file.Read("scales", codes.Scales);
            file.Read("errors", codes.Errors);
            file.Read("lengths", codes.Lengths);
            long[] written = new long[Blocks(n) + Columns.Length];
            file.Read("checks", written);
            uint[] found = codes.Checks();
            for (int i = 0; i < found.Length; i++)
                if (found[i] != written[i])
                    throw new CirrusException(i < Blocks(n)
                        ? $"'{path}' is damaged: codes of rows {i * BlockRows:N0} to {Math.Min(n, (i + 1) * BlockRows) - 1:N0} are not what was written."
                        : $"'{path}' is damaged: its {Columns[i - Blocks(n)]} are not what was written.",
                    hint: "delete it: it is made again from its rows");
            return codes;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (_own is not null)
            NativeMemory.AlignedFree(_own);
        _own = null;
    }

    internal static int StrideOf(int width) => width <= ByteDots.Widest ? (width + 63) / 64 * 64
        : throw new ArgumentException($"Rows of {width} numbers are not searched; at most {ByteDots.Widest}.");

    /// <summary>Codes of one vector, and what is known of their error.</summary>
    /// <returns>scale, length of the error (infinite when x is not finite), length of what the codes say; both rounded up.</returns>
    internal static (float Scale, float Error, float Length) Encode(ReadOnlySpan<float> x, Span<sbyte> codes)
    {
        codes.Clear();
        float largest = 0;
        foreach (float v in x)
            largest = float.IsFinite(v) ? MathF.Max(largest, MathF.Abs(v)) : float.PositiveInfinity;
        if (float.IsInfinity(largest))
            return (0, float.PositiveInfinity, 0);
        float scale = largest / 127;
        if (scale < 1e-30f)                                                         // too small to divide by: all of it is error
            return (0, Up(Math.Sqrt(x.Length) * largest), 0);
        float inverse = 1 / scale;
        for (int i = 0; i < x.Length; i++)
            codes[i] = (sbyte)Math.Clamp(MathF.Round(x[i] * inverse), -127, 127);
        (double error, double length) = (0, 0);
        for (int i = 0; i < x.Length; i++)
        {
            double said = (double)scale * codes[i], off = x[i] - said;
            error += off * off;
            length += said * said;
        }
        return (scale, Up(Math.Sqrt(error)), Up(Math.Sqrt(length)));
    }

    /// <summary>A float no smaller than what was computed in float64.</summary>
    internal static float Up(double x) => MathF.BitIncrement((float)(x * (1 + 1e-9)));

    private static int Blocks(int rows) => (int)(((long)rows + BlockRows - 1) / BlockRows);

    /// <summary>CRC-32C of each block of codes and of each column.</summary>
    private uint[] Checks()
    {
        uint[] checks = new uint[Blocks(Count) + Columns.Length];
        Workers.For(Blocks(Count), block => checks[block] =
            Crc32C.Of(new(Codes + ((nint)block * BlockRows * Stride), Math.Min(BlockRows, Count - (block * BlockRows)) * Stride)));
        CheckColumns(checks);
        return checks;
    }

    private void CheckColumns(uint[] checks)
    {
        checks[^3] = Crc32C.Of(MemoryMarshal.AsBytes<float>(Scales));
        checks[^2] = Crc32C.Of(MemoryMarshal.AsBytes<float>(Errors));
        checks[^1] = Crc32C.Of(MemoryMarshal.AsBytes<float>(Lengths));
    }

    private void Encode(ReadOnlySpan<float> x, int row, Span<byte> codes)
    {
        (Scales[row], Errors[row], Lengths[row]) = Encode(x, MemoryMarshal.Cast<byte, sbyte>(codes));
        TensorPrimitives.Xor(codes, (byte)0x80, codes);                            // c + 128
    }

    /// <summary>Of norms and some rows: codes of other rows of the same number are not taken for these.</summary>
    private static string Mark(MappedRows rows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] norms = new float[rows.Count];
        rows.ReadNorms(norms);
        hash.AppendData(MemoryMarshal.AsBytes<float>(norms));
        for (int i = 0; i < Math.Min(Sampled, rows.Count); i++)
            hash.AppendData(MemoryMarshal.AsBytes(rows[(int)((long)i * rows.Count / Math.Min(Sampled, rows.Count))]));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
