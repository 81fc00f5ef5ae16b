namespace Cirrus.Tensors.Cuda;

/// <summary>One argument of a kernel: a pointer or a number, in eight bytes, so that a call makes no objects.</summary>
/// <remarks>An int is widened with its sign, so the kernel may declare it as int or as long long.</remarks>
internal readonly struct KernelArgument
{
    private readonly long _bits;

    private KernelArgument(long bits) => _bits = bits;

    public static implicit operator KernelArgument(Tensor? x) => new(x?.Pointer ?? 0);

    public static implicit operator KernelArgument(nint pointer) => new(pointer);

    public static implicit operator KernelArgument(int x) => new(x);

    public static implicit operator KernelArgument(uint x) => new(x);

    public static implicit operator KernelArgument(long x) => new(x);

    public static implicit operator KernelArgument(ulong x) => new((long)x);

    public static implicit operator KernelArgument(bool x) => new(x ? 1 : 0);

    public static implicit operator KernelArgument(float x) => new(BitConverter.SingleToUInt32Bits(x));
}
