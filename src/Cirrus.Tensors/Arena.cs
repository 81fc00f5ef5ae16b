namespace Cirrus.Tensors;

/// <summary>Memory for tensors, carved one behind the other and given back all at once.</summary>
/// <remarks>
/// One arena a lifetime: weights have one that is never reset, a step has one that is reset before the next.
/// It grows by blocks when it is too small; after a reset the blocks are used again. Not thread-safe.
/// </remarks>
public sealed class Arena(Device device) : IDisposable
{
    private const long BlockBytes = 64L << 20;
    private readonly List<(nint Pointer, long Bytes)> _blocks = [];
    private int _block;
    private long _used;

    public Device Device { get; } = device;

    /// <summary>A tensor whose contents are undefined.</summary>
    public Tensor New(ElementType type, params ReadOnlySpan<int> shape)
    {
        long bytes = Tensor.Size(type);
        foreach (int d in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(d);
            bytes = checked(bytes * d);
        }
        return new(Device, Take((bytes + 63) & ~63L), type, shape);
    }

    /// <summary>A float32 tensor whose contents are undefined.</summary>
    public Tensor New(params ReadOnlySpan<int> shape) => New(ElementType.F32, shape);

    /// <summary>A float32 tensor of zeros.</summary>
    public Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        Tensor t = New(ElementType.F32, shape);
        Device.Fill(t, 0f);
        return t;
    }

    /// <summary>A float32 tensor with a copy of <paramref name="values"/>, row by row.</summary>
    public Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        Tensor t = New(ElementType.F32, shape);
        Device.Upload(t, values);
        return t;
    }

    /// <summary>Forgets every tensor taken so far; their memory will be handed out again.</summary>
    public void Reset() => (_block, _used) = (0, 0);

    public void Dispose()
    {
        foreach ((nint pointer, _) in _blocks)
            Device.Free(pointer);
        _blocks.Clear();
        Reset();
    }

    private nint Take(long bytes)
    {
        for (; _block < _blocks.Count; _block++, _used = 0)
            if (_used + bytes <= _blocks[_block].Bytes)
                break;
        if (_block == _blocks.Count)
        {
            long size = Math.Max(bytes, BlockBytes);
            _blocks.Add((Device.Allocate(size), size));
        }
        nint pointer = _blocks[_block].Pointer + (nint)_used;
        _used += bytes;
        return pointer;
    }
}
