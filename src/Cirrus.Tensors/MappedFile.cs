using System.IO.MemoryMappedFiles;

namespace Cirrus.Tensors;

/// <summary>A file mapped for reading: its bytes as spans, fetched by the system when they are touched.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    private MappedFile(string path, long length)
    {
        (Path, Length) = (path, length);
        if (length == 0)
            return;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="CirrusException">There is no such file.</exception>
    public static MappedFile Open(string path)
    {
        FileInfo info = new(path);
        return info.Exists ? new(path, info.Length) : throw new CirrusException($"There is no file '{path}'.", hint: "check the path");
    }

    /// <summary>Bytes [offset, offset + count).</summary>
    /// <exception cref="CirrusException">They are not all in the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, long count)
    {
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new CirrusException($"'{Path}' ends at byte {Length:N0}, but says it has {count:N0} bytes at {offset:N0}.", hint: "fetch the file again");
        return new(_start + offset, checked((int)count));
    }

    public void Dispose()
    {
        if (_view is not null)
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
