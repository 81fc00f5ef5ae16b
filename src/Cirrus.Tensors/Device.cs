namespace Cirrus.Tensors;

/// <summary>Where numbers are kept and computed.</summary>
/// <remarks>
/// About thirty fused operations on row-major tensors, outputs first. A public operation checks shapes once and calls
/// its protected <c>...Core</c>, which a backend overrides.
/// </remarks>
public abstract partial class Device : IDisposable
{
    /// <summary>Opens "auto" (the CPU), "cpu", "cuda:N" or "cuda:N+tf32": the one place that chooses.</summary>
    /// <exception cref="CirrusException">There is no such device, or what it needs is missing or too old.</exception>
    public static Device Open(string name = "auto") =>
        name is "auto" or "cpu" ? new Cpu.CpuDevice()
        : name.StartsWith("cuda", StringComparison.Ordinal) ? Cuda.CudaDevice.Open(name)
        : throw NoSuchDevice(name);

    /// <summary>Threads of this process that compute on the CPU: CIRRUS_THREADS, or one a core.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one.</exception>
    public static int CpuThreads
    {
        get => Cpu.Workers.Count;
        set => Cpu.Workers.Count = value;
    }

    public abstract string Name { get; }

    /// <summary>True when tensors lie in host memory and <see cref="Tensor.Floats"/> can be read.</summary>
    public abstract bool IsHost { get; }

    /// <summary>Bytes of its memory that are free now; null for the CPU, whose memory is the machine's.</summary>
    public virtual long? FreeBytes => null;

    /// <summary>
    /// The most operations a second one core can do now, in billions (a multiply-add is two), measured for a millisecond.
    /// </summary>
    public static double MeasureCpuPeak() => Cpu.PeakSpeed.Measure();

    public abstract void Upload(Tensor to, ReadOnlySpan<float> from);

    public abstract void Download(Span<float> to, Tensor from);

    public abstract void Fill(Tensor x, float value);

    /// <summary>to = from, each number rounded to the type of <paramref name="to"/>.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void Copy(Tensor to, Tensor from) => Convert(to, Same(to, from), accumulate: false);

    /// <summary>sum += x, in the type of <paramref name="sum"/>.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void Accumulate(Tensor sum, Tensor x) => Convert(sum, Same(sum, x), accumulate: true);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    internal abstract nint Allocate(long bytes);

    internal abstract void Free(nint pointer);

    private static Tensor Same(Tensor to, Tensor from) => to.Shape.SequenceEqual(from.Shape)
        ? from
        : throw new ArgumentException($"{from.Describe()} has not the shape of {to.Describe()}.");

    private protected static CirrusException NoSuchDevice(string name) => new($"There is no device '{name}'.",
        hint: "use --device auto, cpu or cuda:0 (a number for each GPU, as nvidia-smi counts them)");
}
