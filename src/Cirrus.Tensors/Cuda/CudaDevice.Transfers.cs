namespace Cirrus.Tensors.Cuda;

internal sealed unsafe partial class CudaDevice
{
    /// <summary>Sends numbers of the host without waiting; a bf16 tensor gets them rounded.</summary>
    public override void Upload(Tensor to, ReadOnlySpan<float> from)
    {
        if (from.Length != to.Count)
            throw new ArgumentException($"{from.Length} values do not fill {to.Describe()}.");
        Staging staging = Enter();
        int size = SizeOf(to), most = (int)(staging.Half / size);
        for (int at = 0; at < from.Length; at += most)
        {
            ReadOnlySpan<float> part = from.Slice(at, Math.Min(most, from.Length - at));
            nint host = staging.Take((long)part.Length * size).Host;
            if (to.Type == ElementType.F32)
                part.CopyTo(new((void*)host, part.Length));
            else
                for (int i = 0; i < part.Length; i++)
                    ((ushort*)host)[i] = BFloat16.Round(part[i]);
            _driver.Memory.ToDevice(to.Pointer + ((nint)at * size), host, (long)part.Length * size, _stream);
        }
    }

    /// <summary>Waits for all that was asked for before, then for the numbers.</summary>
    public override void Download(Span<float> to, Tensor from)
    {
        if (to.Length < from.Count)
            throw new ArgumentException($"{from.Describe()} does not go into {to.Length} values.", nameof(to));
        Staging staging = Enter();
        int size = SizeOf(from), most = (int)(staging.Half / size);
        for (int at = 0; at < from.Count; at += most)
        {
            int count = (int)Math.Min(most, from.Count - at);
            nint host = staging.Take((long)count * size).Host;
            _driver.Memory.ToHost(host, from.Pointer + ((nint)at * size), (long)count * size, _stream);
            _driver.Queue.Synchronize(_stream);
            if (from.Type == ElementType.F32)
                new ReadOnlySpan<float>((void*)host, count).CopyTo(to[at..]);
            else
                for (int i = 0; i < count; i++)
                    to[at + i] = BFloat16.Widen(((ushort*)host)[i]);
        }
    }

    public override void Fill(Tensor x, float value)
    {
        int size = SizeOf(x);
        Enter();
        if (x.Count == 0)
            return;
        if (size == sizeof(float))
            _driver.Memory.Set32(x.Pointer, BitConverter.SingleToUInt32Bits(value), x.Count, _stream);
        else
            _driver.Memory.Set16(x.Pointer, BFloat16.Round(value), x.Count, _stream);
    }

    internal override void Convert(Tensor y, Tensor x, bool accumulate)
    {
        bool widen = y.Type == ElementType.F32;
        if (!widen && x.Type != ElementType.F32)
            throw new NotSupportedException($"{x.Describe()} to {y.Describe()} on CUDA.");
        Launch(Kernel("Convert", widen ? "toFloat" : "fromFloat", widen ? x.Type : y.Type), LaunchSize.Elements(y.Count), y, x, y.Count, accumulate);
    }

    private static int SizeOf(Tensor x) => x.Type is ElementType.F32 or ElementType.BF16
        ? Tensor.Size(x.Type)
        : throw new NotSupportedException($"{x.Describe()} on CUDA; f32 and bf16 are.");

    /// <summary>Bytes to memory of the device, through the ring.</summary>
    internal unsafe void Send(nint to, ReadOnlySpan<byte> bytes)
    {
        Staging staging = Enter();
        for (long at = 0; at < bytes.Length; at += staging.Half)
        {
            ReadOnlySpan<byte> part = bytes.Slice((int)at, (int)Math.Min(staging.Half, bytes.Length - at));
            nint host = staging.Take(part.Length).Host;
            part.CopyTo(new Span<byte>((void*)host, part.Length));
            _driver.Memory.ToDevice(to + (nint)at, host, part.Length, _stream);
        }
    }
}
