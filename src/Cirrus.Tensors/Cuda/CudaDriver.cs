using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cuda;

/// <summary>CUDA's driver: devices and their memory, streams and events. Every call throws when the driver refuses.</summary>
/// <remarks>Source: NVIDIA, CUDA Driver API; names ending in _v2 are what its header calls without the ending.</remarks>
internal sealed unsafe partial class CudaDriver
{
    /// <summary>CUDA 12.0, the first that knows every card this code was written for.</summary>
    public const int LeastVersion = 12_000;

    private readonly CudaLibrary _library;
    private readonly delegate* unmanaged<int, int> _init;
    private readonly delegate* unmanaged<int*, int> _driverGetVersion, _deviceGetCount;
    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<int*, int, int, int> _deviceGetAttribute;
    private readonly delegate* unmanaged<nint*, int, int> _primaryCtxRetain;
    private readonly delegate* unmanaged<int, int> _primaryCtxRelease;
    private readonly delegate* unmanaged<nint, int> _ctxSetCurrent;
    private readonly delegate* unmanaged<int, byte**, int> _getErrorName, _getErrorString;

    private CudaDriver(CudaLibrary library)
    {
        _library = library;
        _init = (delegate* unmanaged<int, int>)library.Function("cuInit");
        _driverGetVersion = (delegate* unmanaged<int*, int>)library.Function("cuDriverGetVersion");
        _deviceGetCount = (delegate* unmanaged<int*, int>)library.Function("cuDeviceGetCount");
        _deviceGet = (delegate* unmanaged<int*, int, int>)library.Function("cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)library.Function("cuDeviceGetName");
        _deviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)library.Function("cuDeviceGetAttribute");
        _primaryCtxRetain = (delegate* unmanaged<nint*, int, int>)library.Function("cuDevicePrimaryCtxRetain");
        _primaryCtxRelease = (delegate* unmanaged<int, int>)library.Function("cuDevicePrimaryCtxRelease_v2");
        _ctxSetCurrent = (delegate* unmanaged<nint, int>)library.Function("cuCtxSetCurrent");
        _getErrorName = (delegate* unmanaged<int, byte**, int>)library.Function("cuGetErrorName");
        _getErrorString = (delegate* unmanaged<int, byte**, int>)library.Function("cuGetErrorString");
        Memory = new(this, library);
        Queue = new(this, library);
        Code = new(this, library);
    }

    public MemoryCalls Memory { get; }

    public QueueCalls Queue { get; }

    public CodeCalls Code { get; }

    /// <summary>The newest CUDA that the driver understands, 1000·major + 10·minor.</summary>
    public int Version { get; private set; }

    /// <summary>Finds and starts the driver.</summary>
    /// <exception cref="CirrusException">There is none, it is too old, or it does not start.</exception>
    public static CudaDriver Open(IReadOnlyList<string?> places)
    {
        string[] files = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"];
        if (!CudaLibrary.TryFind(places, files, out CudaLibrary? library))
            throw new CirrusException($"CUDA needs NVIDIA's driver, and there is no {files[0]} on this machine.",
                hint: $"install NVIDIA's driver, name the folder of {files[0]} in {CudaLibrary.PathVariable}, or use --device cpu");
        CudaDriver driver = new(library);
        int version = 0;
        driver.Check(driver._driverGetVersion(&version), "cuDriverGetVersion");
        if (version < LeastVersion)
            throw new CirrusException($"NVIDIA's driver '{library.File}' knows CUDA {Named(version)}; Cirrus needs {Named(LeastVersion)} or later.",
                hint: "install a newer driver (525 or later), or use --device cpu");
        driver.Version = version;
        int code = driver._init(0);
        if (code == CudaError.NoDevice)
            throw NoDevice(0, 0);
        driver.Check(code, "cuInit");
        return driver;
    }

    /// <summary>Device <paramref name="number"/> as the driver knows it.</summary>
    /// <exception cref="CirrusException">There are not so many.</exception>
    public int Device(int number)
    {
        int count = 0, device = 0;
        Check(_deviceGetCount(&count), "cuDeviceGetCount");
        if (number >= count)
            throw NoDevice(number, count);
        Check(_deviceGet(&device, number), "cuDeviceGet");
        return device;
    }

    public string NameOf(int device)
    {
        byte* name = stackalloc byte[256];
        Check(_deviceGetName(name, 256, device), "cuDeviceGetName");
        return Marshal.PtrToStringUTF8((nint)name)!;
    }

    public int Attribute(int device, DeviceAttribute attribute)
    {
        int value = 0;
        Check(_deviceGetAttribute(&value, (int)attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>The context that everything in this process shares on a device; <see cref="Release"/> gives it back.</summary>
    public nint Retain(int device)
    {
        nint context = 0;
        Check(_primaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        return context;
    }

    public void Release(int device) => Check(_primaryCtxRelease(device), "cuDevicePrimaryCtxRelease");

    /// <summary>What this thread asks of the driver concerns this context from now on.</summary>
    public void Enter(nint context) => Check(_ctxSetCurrent(context), "cuCtxSetCurrent");

    /// <exception cref="CirrusException">The call did not succeed.</exception>
    public void Check(int code, string call)
    {
        if (code != 0)
            throw CudaError.Of(code, call, Text(_getErrorName, code), Text(_getErrorString, code));
    }

    public static string Named(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static string Text(delegate* unmanaged<int, byte**, int> ask, int code)
    {
        byte* text = null;
        return ask(code, &text) == 0 && text != null ? Marshal.PtrToStringUTF8((nint)text)! : $"error {code}";
    }

    private static CirrusException NoDevice(int number, int count) => count == 0
        ? new CirrusException("NVIDIA's driver is here but finds no GPU.",
            hint: "look at nvidia-smi and at CUDA_VISIBLE_DEVICES (in a container: was it started with --gpus?), or use --device cpu")
        : new CirrusException($"There is no cuda:{number}: the driver finds {count} GPU{(count == 1 ? "" : "s")}, numbered from 0.",
            hint: count == 1 ? "use --device cuda:0" : $"use --device cuda:0 to cuda:{count - 1}");
}

/// <summary>What can be asked of a device; the values are the driver's.</summary>
internal enum DeviceAttribute
{
    Multiprocessors = 16,
    CapabilityMajor = 75,
    CapabilityMinor = 76,
    SharedBytesPerBlock = 97,
}
