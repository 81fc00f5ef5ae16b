using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors;

/// <summary>Rows of float32 numbers in a safetensors file, read where they lie: any size, and nothing is copied.</summary>
/// <remarks>
/// A row is held against its checksum whenever it is read, but for <see cref="Scanned"/>, where the file has them:
/// <see cref="Write"/> writes them, it did not always. Thread-safe for reading. Whoever shares it counts its users: nothing
/// may be reading, and no span of it be used, when it is disposed.
/// </remarks>
public sealed unsafe class MappedRows : IDisposable
{
    private const string Norms = "norms", Checks = "checks";

    private readonly SafetensorsFile _file;
    private readonly uint* _checks;
    private readonly ulong[] _scanned = [];    // a bit a row that was whole when it was scanned
    private volatile bool _closed;

    private MappedRows(SafetensorsFile file, string name)
    {
        _file = file;
        if (!file.Tensors.TryGetValue(name, out StoredTensor? tensor)
            || tensor is not { Type: StoredType.F32, Shape: [<= int.MaxValue, > 0 and <= int.MaxValue] })
            throw new CirrusException($"'{file.Path}' has no rows of float32 named {name}.", hint: "it may be another file");
        (Count, Width) = ((int)tensor.Shape[0], (int)tensor.Shape[1]);
        Start = (float*)file.Pointer(tensor);
        if (!file.Tensors.TryGetValue(Checks, out StoredTensor? checks))
            return;
        _checks = checks.Type == StoredType.U32 && checks.Count == Count + 1L
            ? (uint*)file.Pointer(checks) : throw Damaged("its checksums are not one a row and one of the norms");
        _scanned = new ulong[((long)Count + 63) / 64];
    }

    public string Path => _file.Path;

    /// <summary>R.</summary>
    public int Count { get; }

    /// <summary>Numbers a row.</summary>
    public int Width { get; }

    /// <exception cref="ObjectDisposedException">The file is closed: what it held is no longer there to be read.</exception>
    internal float* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return field;
        }
    }

    /// <exception cref="CirrusException">There is no such file, it is damaged, or has no such rows.</exception>
    public static MappedRows Open(string path, string name)
    {
        SafetensorsFile file = new(MappedFile.Open(path));
        try
        {
            return new(file, name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes rows and norms with a checksum each, by rename.</summary>
    /// <param name="rows">[R, P] for R norms.</param>
    public static void Write(string path, ReadOnlyMemory<float> rows, ReadOnlyMemory<float> norms)
    {
        int n = norms.Length, width = rows.Length / n;
        uint[] checks = new uint[n + 1];
        for (int r = 0; r < n; r++)
            checks[r] = Crc32C.Of(MemoryMarshal.AsBytes(rows.Span.Slice(r * width, width)));
        checks[n] = Crc32C.Of(MemoryMarshal.AsBytes(norms.Span));
        Safetensors.Write(path,
        [
            new("rows", StoredType.F32, [n, width], () => rows),
            new(Norms, StoredType.F32, [n], () => norms),
            SavedTensor.From(Checks, checks),
        ]);
    }

    /// <summary>True when the file has a checksum of each row.</summary>
    public bool HasChecks => _checks is not null;

    /// <summary>False when a row is not what was written.</summary>
    public bool IsWhole(int row) => IsWritten(Inside(row), Unchecked(row));

    /// <summary>Row i, [Width].</summary>
    /// <exception cref="CirrusException">It is not what was written.</exception>
    public ReadOnlySpan<float> this[int row] => Checked(Inside(row));

    /// <summary>
    /// Row i, [Width], for whoever reads all rows, search after search: it is held against its checksum until it was whole once, for the sums
    /// of all rows take a fifth to a third of the time of such a search.
    /// </summary>
    /// <exception cref="CirrusException">It is not what was written.</exception>
    public ReadOnlySpan<float> Scanned(int row)
    {
        if (_checks is null)
            return this[row];
        ulong bit = 1UL << (Inside(row) % 64);
        ref ulong whole = ref _scanned[row / 64];
        if ((Volatile.Read(ref whole) & bit) != 0)
            return Unchecked(row);
        ReadOnlySpan<float> values = Checked(row);
        Interlocked.Or(ref whole, bit);
        return values;
    }

    /// <summary>The length of each row before it was made one, [R].</summary>
    /// <exception cref="CirrusException">They are not there, or not what was written.</exception>
    /// <exception cref="ArgumentException">There is another number of them.</exception>
    public void ReadNorms(Span<float> values)
    {
        _file.Read(Norms, values);
        if (_checks is not null && Crc32C.Of(MemoryMarshal.AsBytes(values)) != _checks[Count])
            throw Damaged("its norms are not what was written");
    }

    public void Dispose()
    {
        _closed = true;
        _file.Dispose();
    }

    /// <summary>For a row that is known to be one.</summary>
    internal ReadOnlySpan<float> Checked(int row)
    {
        ReadOnlySpan<float> values = Unchecked(row);
        return IsWritten(row, values) ? values : throw Damaged($"row {row:N0} is not what was written");
    }

    /// <summary>For a row that <see cref="Checked"/> reads as well.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<float> Unchecked(int row) => new(Start + ((nint)row * Width), Width);

    private bool IsWritten(int row, ReadOnlySpan<float> values) => _checks is null || Crc32C.Of(MemoryMarshal.AsBytes(values)) == _checks[row];

    private int Inside(int row) => (uint)row < (uint)Count ? row
        : throw new ArgumentOutOfRangeException(nameof(row), row, $"There are {Count} rows.");

    private CirrusException Damaged(string why) => new($"'{Path}' is damaged: {why}.",
        hint: $"cirrus gallery verify --repair {System.IO.Path.GetDirectoryName(Path)} takes it out, "
            + "and cirrus index encodes its pictures again");
}
