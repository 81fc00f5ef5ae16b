namespace Cirrus.Tensors.Cuda;

/// <summary>
/// What one thread of the host needs to give the device work: pinned memory to send numbers through without waiting, as
/// much on the device for arguments, and scratch memory.
/// </summary>
/// <remarks>
/// A ring of two halves: what lies in one may still be on its way while the other is filled. Before a half is filled again
/// the thread waits until the stream has passed the mark that was set when it was left. Each thread has its own, so that no
/// other can overwrite an argument between its upload and the kernel that reads it.
/// </remarks>
internal sealed class Staging : IDisposable
{
    private const int Alignment = 256;
    private readonly CudaDriver _driver;
    private readonly nint _stream;
    private readonly nint[] _marks;
    private readonly List<(nint Host, nint Device)> _outgrown = [];
    private nint _host, _device, _scratch;
    private long _scratchBytes;
    private long _half;
    private int _current;
    private long _used;

    public Staging(CudaDriver driver, nint stream, long half)
    {
        (_driver, _stream) = (driver, stream);
        _marks = [driver.Queue.CreateEvent(), driver.Queue.CreateEvent()];
        Allocate(half);
    }

    /// <summary>The most that one <see cref="Take"/> gives without waiting for the stream.</summary>
    public long Half => _half;

    /// <summary>Room on both sides until the next two halves are full.</summary>
    public (nint Host, nint Device) Take(long bytes)
    {
        if (bytes > _half)
        {
            _outgrown.Add((_host, _device));                 // arguments of this operation may lie there
            Allocate(2 * bytes);
        }
        if (_used + bytes > _half)
        {
            _driver.Queue.Record(_marks[_current], _stream);
            _current = 1 - _current;
            _used = 0;
            _driver.Queue.Wait(_marks[_current]);
        }
        long at = (_current * _half) + _used;
        _used = Math.Min(_half, (_used + bytes + Alignment - 1) & ~(long)(Alignment - 1));
        return (_host + (nint)at, _device + (nint)at);
    }

    /// <summary>Memory of the device that one operation of this thread needs between its kernels; the next may get the same.</summary>
    public nint Scratch(long bytes)
    {
        if (bytes > _scratchBytes)
        {
            _driver.Queue.Synchronize(_stream);
            Free(ref _scratch);
            _scratchBytes = 0;
            _scratch = _driver.Memory.Allocate(bytes);
            _scratchBytes = bytes;
        }
        return _scratch;
    }

    public void Dispose()
    {
        foreach ((nint host, nint device) in (ReadOnlySpan<(nint, nint)>)[.. _outgrown, (_host, _device)])
        {
            _driver.Memory.FreeHost(host);
            _driver.Memory.Free(device);
        }
        Free(ref _scratch);
        foreach (nint mark in _marks)
            _driver.Queue.DestroyEvent(mark);
    }

    private void Allocate(long half)
    {
        half = (half + Alignment - 1) & ~(long)(Alignment - 1);
        _host = _driver.Memory.AllocateHost(2 * half);
        _device = _driver.Memory.Allocate(2 * half);
        (_half, _current, _used) = (half, 0, 0);
    }

    private void Free(ref nint memory)
    {
        if (memory != 0)
            _driver.Memory.Free(memory);
        memory = 0;
    }
}
