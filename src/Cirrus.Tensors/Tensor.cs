namespace Cirrus.Tensors;

/// <summary>Element types a tensor can have. Sums are always float32.</summary>
public enum ElementType { F32, BF16, F16, I8, I32 }

/// <summary>A row-major block of numbers on a device. It owns nothing: memory belongs to the <see cref="Arena"/>.</summary>
public sealed unsafe class Tensor
{
    private readonly int[] _shape;

    internal Tensor(Device device, nint pointer, ElementType type, ReadOnlySpan<int> shape)
    {
        Device = device;
        Pointer = pointer;
        Type = type;
        _shape = shape.ToArray();
    }

    public Device Device { get; }

    public ElementType Type { get; }

    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Length of the last axis; 1 for a scalar.</summary>
    public int Columns => _shape.Length == 0 ? 1 : _shape[^1];

    /// <summary>Product of all axes but the last.</summary>
    public int Rows => checked((int)(Columns == 0 ? 0 : Count / Columns));

    public long Count
    {
        get
        {
            long n = 1;
            foreach (int d in _shape)
                n *= d;
            return n;
        }
    }

    internal nint Pointer { get; }

    /// <summary>The values of a float32 tensor in host memory.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not float32, or not in host memory.</exception>
    public Span<float> Floats => Host<float>(ElementType.F32);

    /// <summary>A copy of the values in host memory, as float32, row by row; waits for what computes them.</summary>
    public float[] ToArray()
    {
        float[] values = new float[Count];
        Device.Download(values, this);
        return values;
    }

    /// <summary>The same numbers under another shape.</summary>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        Tensor t = new(Device, Pointer, Type, shape);
        return t.Count == Count ? t : throw new ArgumentException($"{Describe()} does not reshape to {t.Describe()}.");
    }

    /// <summary>Rows [start, start + count) of the tensor seen as [Rows, Columns]; shares memory.</summary>
    public Tensor Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Rows);
        return new(Device, Pointer + (nint)((long)start * Columns * Size(Type)), Type, [count, Columns]);
    }

    /// <summary>"f32 [B, P]" with numbers: for messages.</summary>
    public string Describe() => $"{Type} [{string.Join(", ", _shape)}]";

    public override string ToString() => Describe();

    internal Span<T> Host<T>(ElementType type) where T : unmanaged
    {
        if (Type != type || !Device.IsHost)
            throw new InvalidOperationException($"{Describe()} on {Device.Name} cannot be read as {type} in host memory.");
        return new Span<T>((void*)Pointer, checked((int)Count));
    }

    internal static int Size(ElementType type) => type switch
    {
        ElementType.F32 or ElementType.I32 => 4,
        ElementType.BF16 or ElementType.F16 => 2,
        _ => 1,
    };
}
