namespace Cirrus.Tensors;

/// <summary>Memory for tensors, carved one behind the other and given back all at once.</summary>
/// <remarks>
/// One arena a lifetime: weights have one that is never reset, a step has one that is reset before the next.
/// It grows by blocks when it is too small; after a reset the blocks are used again. Not thread-safe.
/// </remarks>
public sealed class Arena(Device device) : IDisposable
{
    private const long BlockBytes = 64L << 20;
    private const int GuardBytes = 64;
    private readonly List<(nint Pointer, long Bytes)> _blocks = [];
    private readonly List<Tensor> _guards = [];
    private int _block;
    private long _used;

    public Device Device { get; } = device;

    /// <summary>For tests of operations: new memory is NaN in every byte, and behind each tensor stands a guard.</summary>
    internal bool Poisoned { get; init; }

    /// <summary>A tensor whose contents are undefined.</summary>
    public Tensor New(ElementType type, params ReadOnlySpan<int> shape)
    {
        long bytes = Tensor.Size(type);
        foreach (int d in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(d);
            bytes = checked(bytes * d);
        }
        long room = ((bytes + 63) & ~63L) + (Poisoned ? GuardBytes : 0);
        nint pointer = Take(room);
        if (Poisoned)
            Poison(pointer, (bytes + 3) & ~3L, room);
        return new(Device, pointer, type, shape);
    }

    /// <summary>A float32 tensor whose contents are undefined.</summary>
    public Tensor New(params ReadOnlySpan<int> shape) => New(ElementType.F32, shape);

    /// <summary>A float32 tensor of zeros.</summary>
    public Tensor Zeros(params ReadOnlySpan<int> shape) => Zeros(ElementType.F32, shape);

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        Tensor t = New(type, shape);
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
    public void Reset()
    {
        (_block, _used) = (0, 0);
        _guards.Clear();
    }

    public void Dispose()
    {
        foreach ((nint pointer, _) in _blocks)
            Device.Free(pointer);
        _blocks.Clear();
        Reset();
    }

    /// <summary>True when nothing was written behind a tensor of this poisoned arena.</summary>
    internal bool IsIntact()
    {
        foreach (Tensor guard in _guards)
            foreach (float value in guard.ToArray())
                if (BitConverter.SingleToInt32Bits(value) != -1)
                    return false;
        return true;
    }

    private void Poison(nint pointer, long bytes, long room)
    {
        Device.Fill(new Tensor(Device, pointer, ElementType.F32, [(int)(room / 4)]), BitConverter.Int32BitsToSingle(-1));
        _guards.Add(new Tensor(Device, pointer + (nint)bytes, ElementType.F32, [(int)((room - bytes) / 4)]));
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
