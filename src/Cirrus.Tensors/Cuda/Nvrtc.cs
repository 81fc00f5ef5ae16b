using System.Runtime.InteropServices;
using System.Text;

namespace Cirrus.Tensors.Cuda;

/// <summary>NVIDIA's compiler as a library: the text of a kernel becomes code for one architecture.</summary>
internal sealed unsafe class Nvrtc
{
    private readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int> _create;
    private readonly delegate* unmanaged<nint, int, byte**, int> _compile;
    private readonly delegate* unmanaged<nint, nuint*, int> _logSize, _codeSize;
    private readonly delegate* unmanaged<nint, byte*, int> _log, _code;
    private readonly delegate* unmanaged<nint*, int> _destroy;

    private Nvrtc(CudaLibrary library)
    {
        _create = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)library.Function("nvrtcCreateProgram");
        _compile = (delegate* unmanaged<nint, int, byte**, int>)library.Function("nvrtcCompileProgram");
        _logSize = (delegate* unmanaged<nint, nuint*, int>)library.Function("nvrtcGetProgramLogSize");
        _log = (delegate* unmanaged<nint, byte*, int>)library.Function("nvrtcGetProgramLog");
        _codeSize = (delegate* unmanaged<nint, nuint*, int>)library.Function("nvrtcGetCUBINSize");
        _code = (delegate* unmanaged<nint, byte*, int>)library.Function("nvrtcGetCUBIN");
        _destroy = (delegate* unmanaged<nint*, int>)library.Function("nvrtcDestroyProgram");
        int major = 0, minor = 0;
        int result = ((delegate* unmanaged<int*, int*, int>)library.Function("nvrtcVersion"))(&major, &minor);
        Version = result == 0 ? $"{major}.{minor}" : throw Failed("nvrtcVersion", result);
    }

    /// <summary>"12.4".</summary>
    public string Version { get; }

    /// <summary>Finds the newest compiler whose code a driver of this version takes.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static Nvrtc Open(IReadOnlyList<string?> places, int driverVersion) => new(CudaLibrary.OfToolkit(places, driverVersion,
        "compiler NVRTC was not", major => OperatingSystem.IsWindows() ? $"nvrtc64_{major}0_0.dll" : $"libnvrtc.so.{major}"));

    /// <summary>Code for the architecture that the options name.</summary>
    /// <param name="headers">names and texts that the source may include.</param>
    /// <exception cref="InvalidOperationException">The text does not compile: a mistake of ours, with the compiler's words.</exception>
    public byte[] Compile(string name, string source, IReadOnlyList<(string Name, string Text)> headers, IReadOnlyList<string> options)
    {
        using Texts texts = new();
        byte** headerTexts = stackalloc byte*[headers.Count], headerNames = stackalloc byte*[headers.Count], asked = stackalloc byte*[options.Count];
        for (int i = 0; i < headers.Count; i++)
        {
            headerTexts[i] = texts.Native(headers[i].Text);
            headerNames[i] = texts.Native(headers[i].Name);
        }
        for (int i = 0; i < options.Count; i++)
            asked[i] = texts.Native(options[i]);
        nint program = 0;
        int result = _create(&program, texts.Native(source), texts.Native(name), headers.Count, headerTexts, headerNames);
        if (result != 0)
            throw Failed("nvrtcCreateProgram", result);
        try
        {
            if (_compile(program, options.Count, asked) is not 0 and int wrong)
                throw new InvalidOperationException(
                    $"{name} does not compile (NVRTC {Version}, {string.Join(' ', options)}): error {wrong}\n{Log(program)}");
            nuint size = 0;
            if (_codeSize(program, &size) is not 0 and int noSize)
                throw Failed("nvrtcGetCUBINSize", noSize);
            byte[] code = new byte[checked((int)size)];
            fixed (byte* p = code)
                if (_code(program, p) is not 0 and int noCode)
                    throw Failed("nvrtcGetCUBIN", noCode);
            return code;
        }
        finally
        {
            _destroy(&program);
        }
    }

    private string Log(nint program)
    {
        nuint size = 0;
        if (_logSize(program, &size) != 0 || size == 0)
            return "";
        byte[] log = new byte[checked((int)size)];
        fixed (byte* p = log)
            return _log(program, p) == 0 ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n') : "";
    }

    private static CirrusException Failed(string call, int result) => new($"CUDA's compiler failed in {call}: error {result}.",
        hint: "is its installation whole? Install the CUDA toolkit again, or use --device cpu");

    /// <summary>Strings for a call, freed together.</summary>
    private sealed class Texts : IDisposable
    {
        private readonly List<nint> _texts = [];

        public byte* Native(string text)
        {
            _texts.Add(Marshal.StringToCoTaskMemUTF8(text));
            return (byte*)_texts[^1];
        }

        public void Dispose() => _texts.ForEach(Marshal.FreeCoTaskMem);
    }
}
