using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>The processor this program runs on.</summary>
public sealed unsafe partial class CpuDevice : Device
{
    public override string Name => "cpu";

    public override bool IsHost => true;

    public override void Upload(Tensor to, ReadOnlySpan<float> from)
    {
        if (from.Length != to.Count)
            throw new ArgumentException($"{from.Length} values do not fill {to.Describe()}.");
        from.CopyTo(to.Floats);
    }

    public override void Download(Span<float> to, Tensor from) => from.Floats.CopyTo(to);

    public override void Fill(Tensor x, float value) => x.Floats.Fill(value);

    internal override nint Allocate(long bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);

    internal override void Free(nint pointer) => NativeMemory.AlignedFree((void*)pointer);
}
