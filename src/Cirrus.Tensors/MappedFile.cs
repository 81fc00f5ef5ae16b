using System.IO.MemoryMappedFiles;

namespace Cirrus.Tensors;

/// <summary>A file mapped for reading: its bytes as spans, fetched by the system when they are touched.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    private MappedFile(FileStream stream)
    {
        (Path, Length) = (stream.Name, stream.Length);
        if (Length == 0)
            return;
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="CirrusException">There is no such file, or it cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        if (!File.Exists(path))
            throw new CirrusException(Directory.Exists(path)
                ? $"'{path}' is a folder, not a file."
                : $"There is no file '{path}'.", hint: "check the path");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return new(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}", hint: "check its permissions", e);
        }
    }

    /// <summary>Bytes [offset, offset + count).</summary>
    /// <exception cref="CirrusException">They are not all in the file, or more than a span can hold.</exception>
    public ReadOnlySpan<byte> Span(long offset, long count)
    {
        byte* start = Pointer(offset, count);
        return count <= int.MaxValue ? new(start, (int)count)
            : throw new CirrusException($"'{Path}' has {count:N0} bytes in one piece; at most {int.MaxValue:N0} are read.",
                hint: "no CLIP needs that many");
    }

    /// <summary>The same as a pointer, of any length.</summary>
    public byte* Pointer(long offset, long count) => offset >= 0 && count >= 0 && offset <= Length - count ? _start + offset
        : throw new CirrusException($"'{Path}' ends at byte {Length:N0}, but says it has {count:N0} bytes at {offset:N0}.",
            hint: "fetch the file again");

    public void Dispose()
    {
        if (_view is not null)
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
