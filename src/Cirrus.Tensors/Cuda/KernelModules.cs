namespace Cirrus.Tensors.Cuda;

/// <summary>The kernels of one device, compiled when they are first asked for.</summary>
internal sealed class KernelModules(CudaDriver driver, Nvrtc compiler, KernelCache cache, int architecture) : IDisposable
{
    /// <summary>What a kernel has without asking.</summary>
    private const int SharedBytesOfAll = 48 << 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string File, ElementType Type), nint> _modules = [];
    private readonly Dictionary<(string File, string Name, ElementType Type), nint> _functions = [];
    private readonly Dictionary<nint, int> _allowed = [];

    /// <summary>A kernel of file.cu, compiled for this element type.</summary>
    public nint Find(string file, string name, ElementType type)
    {
        lock (_gate)
        {
            if (_functions.TryGetValue((file, name, type), out nint function))
                return function;
            if (!_modules.TryGetValue((file, type), out nint module))
                _modules.Add((file, type), module = Load(file + ".cu", type));
            function = driver.Code.Function(module, name);
            _functions.Add((file, name, type), function);
            return function;
        }
    }

    /// <summary>Makes sure that the kernel may be started with so much dynamic shared memory.</summary>
    public void Allow(nint function, int sharedBytes)
    {
        if (sharedBytes <= SharedBytesOfAll)
            return;
        lock (_gate)
        {
            if (_allowed.GetValueOrDefault(function) >= sharedBytes)
                return;
            driver.Code.AllowSharedBytes(function, sharedBytes);
            _allowed[function] = sharedBytes;
        }
    }

    public void Dispose()
    {
        foreach (nint module in _modules.Values)
            driver.Code.Unload(module);
        _modules.Clear();
        _functions.Clear();
    }

    private nint Load(string file, ElementType type)
    {
        string source = KernelText.Read(file);
        IReadOnlyList<string> options = KernelText.Options(architecture, type);
        string key = KernelText.Key(source, options, compiler.Version);
        if (cache.Find(key) is byte[] kept && driver.Code.TryLoad(kept, out nint module))
            return module;
        byte[] code = compiler.Compile(file, source, KernelText.Headers, options);
        cache.Keep(key, code);
        return driver.Code.Load(code);
    }
}
