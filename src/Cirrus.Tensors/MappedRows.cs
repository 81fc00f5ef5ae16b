using System.Runtime.CompilerServices;

namespace Cirrus.Tensors;

/// <summary>Rows of float32 numbers in a safetensors file, read where they lie: any size, and nothing is copied.</summary>
/// <remarks>Thread-safe for reading. Whoever shares it counts its users: nothing may be reading, and no span of it be used, when it is disposed.</remarks>
public sealed unsafe class MappedRows : IDisposable
{
    private readonly SafetensorsFile _file;
    private volatile bool _closed;

    private MappedRows(SafetensorsFile file, string name)
    {
        _file = file;
        if (!file.Tensors.TryGetValue(name, out StoredTensor? tensor) || tensor is not { Type: StoredType.F32, Shape: [<= int.MaxValue, > 0 and <= int.MaxValue] })
            throw new CirrusException($"'{file.Path}' has no rows of float32 named {name}.", hint: "it may be another file");
        (Count, Width) = ((int)tensor.Shape[0], (int)tensor.Shape[1]);
        Start = (float*)file.Pointer(tensor);
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

    /// <summary>Row i, [Width].</summary>
    public ReadOnlySpan<float> this[int row] => (uint)row < (uint)Count ? Unchecked(row)
        : throw new ArgumentOutOfRangeException(nameof(row), row, $"There are {Count} rows.");

    /// <summary>Another tensor of the same file, small enough to be copied.</summary>
    /// <exception cref="CirrusException">It is not there.</exception>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public void Read(string name, Span<float> values) => _file.Read(name, values);

    public void Dispose()
    {
        _closed = true;
        _file.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<float> Unchecked(int row) => new(Start + ((nint)row * Width), Width);
}
