using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cuda;

/// <summary>The driver's calls on compiled code: load it, find a kernel, start it.</summary>
internal sealed unsafe class CodeCalls(CudaDriver driver, CudaLibrary library)
{
    private readonly delegate* unmanaged<nint*, byte*, int> _load = (delegate* unmanaged<nint*, byte*, int>)library.Function("cuModuleLoadData");
    private readonly delegate* unmanaged<nint, int> _unload = (delegate* unmanaged<nint, int>)library.Function("cuModuleUnload");
    private readonly delegate* unmanaged<nint*, nint, byte*,
        int> _getFunction = (delegate* unmanaged<nint*, nint, byte*, int>)library.Function("cuModuleGetFunction");
    private readonly delegate* unmanaged<nint, int, int, int> _setAttribute = (delegate* unmanaged<nint, int, int, int>)library
        .Function("cuFuncSetAttribute");
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launch =
        (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)library.Function("cuLaunchKernel");

    /// <summary>Loads a module; false when the driver does not take this code.</summary>
    public bool TryLoad(ReadOnlySpan<byte> code, out nint module)
    {
        nint loaded = 0;
        int result;
        fixed (byte* p = code)
            result = _load(&loaded, p);
        module = loaded;
        return result == 0;
    }

    /// <exception cref="CirrusException">The driver does not take this code.</exception>
    public nint Load(ReadOnlySpan<byte> code)
    {
        nint module = 0;
        fixed (byte* p = code)
            driver.Check(_load(&module, p), "cuModuleLoadData");
        return module;
    }

    public void Unload(nint module) => driver.Check(_unload(module), "cuModuleUnload");

    public nint Function(nint module, string name)
    {
        nint function = 0, text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            driver.Check(_getFunction(&function, module, (byte*)text), $"cuModuleGetFunction({name})");
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
        return function;
    }

    /// <summary>Allows a kernel more dynamic shared memory than the 48 KiB that every one may have.</summary>
    public void AllowSharedBytes(nint function, int bytes)
    {
        const int maxDynamicSharedSizeBytes = 8;
        driver.Check(_setAttribute(function, maxDynamicSharedSizeBytes, bytes), "cuFuncSetAttribute");
    }

    public void Launch(nint function, in LaunchSize size, nint stream, void** arguments) => driver.Check(
        _launch(function, (uint)size.X, (uint)size.Y, (uint)size.Z, (uint)size.Threads, 1, 1, (uint)size.SharedBytes, stream,
            arguments, null), "cuLaunchKernel");
}
