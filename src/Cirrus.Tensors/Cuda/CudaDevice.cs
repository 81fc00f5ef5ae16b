using System.Globalization;

namespace Cirrus.Tensors.Cuda;

/// <summary>One GPU of NVIDIA's, through its driver: kernels are compiled when they are first needed, products are cuBLASLt's.</summary>
/// <remarks>
/// All work goes into one stream, in the order it is asked for; only <see cref="Download"/> and <see cref="Dispose"/> wait for it.
/// Errors of the device therefore show at the next wait. Any thread may use it.
/// </remarks>
internal sealed partial class CudaDevice : Device
{
    /// <summary>Ampere, the first with bf16: nothing older was thought of.</summary>
    private const int LeastArchitecture = 80;

    private const long StagingBytes = 1 << 20;
    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly nint _context, _stream;
    private readonly KernelModules _kernels;
    private readonly Products _products;
    private readonly ThreadLocal<Staging> _staging;
    private readonly Dictionary<nint, long> _memory = [];
    private bool _disposed;

    private CudaDevice(CudaDriver driver, int device, string name, Nvrtc compiler, CublasLt products, KernelCache cache, bool tf32)
    {
        (_driver, _device, Name) = (driver, device, name);
        Architecture = ArchitectureOf(driver, device);
        _context = driver.Retain(device);
        driver.Enter(_context);
        _stream = driver.Queue.CreateStream();
        _kernels = new(driver, compiler, cache, Architecture);
        _products = new(driver, products, _stream, tf32);
        _staging = new(() => new(driver, _stream, StagingBytes), trackAllValues: true);
    }

    public override string Name { get; }

    public override bool IsHost => false;

    public override long? FreeBytes => MemoryInfo().Free;

    /// <summary>10·major + minor of its compute capability: 90 is Hopper.</summary>
    public int Architecture { get; }

    /// <summary>Opens "cuda:N", or "cuda:N+tf32" for products whose operands are rounded to TF32 (10 bits of fraction).</summary>
    /// <param name="folder">the only place where the libraries are looked for; null for the usual ones, CIRRUS_CUDA_PATH first.</param>
    /// <exception cref="CirrusException">There is no such device, or the driver, a library or the device is missing or too old.</exception>
    public static CudaDevice Open(string name, string? folder = null, KernelCache? cache = null)
    {
        const string tf32 = "+tf32";
        bool rounded = name.EndsWith(tf32, StringComparison.Ordinal);
        string plain = rounded ? name[..^tf32.Length] : name;
        if (!plain.StartsWith("cuda:", StringComparison.Ordinal)
            || !int.TryParse(plain.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw NoSuchDevice(name);
        IReadOnlyList<string?> places = folder is null ? CudaLibrary.UsualPlaces : [folder];
        CudaDriver driver = CudaDriver.Open(places);
        int device = driver.Device(number), architecture = ArchitectureOf(driver, device);
        if (architecture < LeastArchitecture)
            throw new CirrusException(
                $"{plain} is {driver.NameOf(device)} of compute capability {architecture / 10}.{architecture % 10}; Cirrus "
                    + "needs 8.0 (Ampere) or later.",
                hint: "use a newer GPU, or --device cpu");
        return new(driver, device, name, Nvrtc.Open(places, driver.Version), CublasLt.Open(places, driver.Version),
            cache ?? new(KernelCache.UsualFolder), rounded);
    }

    /// <summary>Waits until all that was asked for is done.</summary>
    public void Synchronize()
    {
        Enter();
        _driver.Queue.Synchronize(_stream);
    }

    /// <summary>Bytes of the device that are free now, and all it has.</summary>
    public (long Free, long Total) MemoryInfo()
    {
        _driver.Enter(_context);
        return _driver.Memory.Info();
    }

    /// <summary>Bytes that arenas hold now: without staging, scratch memory and the products' workspace.</summary>
    public long ArenaBytes
    {
        get
        {
            lock (_memory)
                return _memory.Values.Sum();
        }
    }

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _driver.Enter(_context);
        _driver.Queue.Synchronize(_stream);
        foreach (nint memory in (nint[])[.. _memory.Keys])
            Free(memory);
        foreach (Staging staging in _staging.Values)
            staging.Dispose();
        _staging.Dispose();
        _products.Dispose();
        _kernels.Dispose();
        _driver.Queue.DestroyStream(_stream);
        _driver.Release(_device);
        base.Dispose();
    }

    internal override nint Allocate(long bytes)
    {
        _driver.Enter(_context);
        nint memory = _driver.Memory.Allocate(bytes);
        lock (_memory)
            _memory.Add(memory, bytes);
        return memory;
    }

    /// <summary>Gives memory back; what was not when the device was closed went with it.</summary>
    internal override void Free(nint pointer)
    {
        lock (_memory)
            if (!_memory.Remove(pointer))
                return;
        _driver.Enter(_context);
        _driver.Memory.Free(pointer);
    }

    /// <summary>A kernel of file.cu, compiled for this element type at its first use.</summary>
    internal nint Kernel(string file, string name, ElementType type = ElementType.F32) => _kernels.Find(file, name, type);

    /// <summary>Puts a kernel into the stream. Nothing happens when the grid is empty.</summary>
    internal unsafe void Launch(nint kernel, LaunchSize size, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (size.IsEmpty)
            return;
        _driver.Enter(_context);
        _kernels.Allow(kernel, size.SharedBytes);
        void** pointers = stackalloc void*[arguments.Length];
        fixed (KernelArgument* first = arguments)
        {
            for (int i = 0; i < arguments.Length; i++)
                pointers[i] = first + i;
            _driver.Code.Launch(kernel, size, _stream, pointers);
        }
    }

    /// <summary>The numbers in memory of the device, for kernels that this operation starts.</summary>
    private unsafe nint Ints(ReadOnlySpan<int> values)
    {
        if (values.Length == 0)
            return 0;
        long bytes = (long)values.Length * sizeof(int);
        (nint host, nint device) = Enter().Take(bytes);
        values.CopyTo(new Span<int>((void*)host, values.Length));
        _driver.Memory.ToDevice(device, host, bytes, _stream);
        return device;
    }

    /// <summary>Memory that this operation needs between its kernels, undefined at first; there is one such piece at a time.</summary>
    private nint Scratch(long bytes) => Enter().Scratch(bytes);

    private Staging Enter()
    {
        _driver.Enter(_context);
        return _staging.Value!;
    }

    private static int ArchitectureOf(CudaDriver driver, int device) =>
        (10 * driver.Attribute(device, DeviceAttribute.CapabilityMajor)) + driver.Attribute(device, DeviceAttribute.CapabilityMinor);
}
