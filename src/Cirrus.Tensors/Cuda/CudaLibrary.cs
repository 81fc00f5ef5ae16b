using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cuda;

/// <summary>A library of CUDA, found when a device is opened or not at all: nothing of CUDA is needed to build or to run elsewhere.</summary>
/// <remarks>It stays loaded: a driver that was begun cannot be taken out of a process again.</remarks>
internal sealed class CudaLibrary
{
    /// <summary>Names a folder that is looked at before all others.</summary>
    public const string PathVariable = "CIRRUS_CUDA_PATH";

    private readonly nint _handle;

    private CudaLibrary(nint handle, string file) => (_handle, File) = (handle, file);

    public string File { get; }

    /// <summary>The folder that CIRRUS_CUDA_PATH names, then what the system finds by name alone (null), then CUDA's usual folders.</summary>
    public static IReadOnlyList<string?> UsualPlaces
    {
        get
        {
            List<string?> places = [null];
            if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
                places.Insert(0, named);
            if (!OperatingSystem.IsWindows())
                places.Add("/usr/local/cuda/lib64");
            else if (Environment.GetEnvironmentVariable("CUDA_PATH") is { Length: > 0 } toolkit)
                places.AddRange([Path.Combine(toolkit, "bin"), Path.Combine(toolkit, "bin", "x64")]);
            return places;
        }
    }

    /// <summary>The first of <paramref name="files"/> that can be loaded from the first place that has one.</summary>
    public static bool TryFind(IReadOnlyList<string?> places, IReadOnlyList<string> files, [NotNullWhen(true)] out CudaLibrary? library)
    {
        foreach (string? place in places)
            foreach (string file in files)
            {
                string path = place is null ? file : Path.Combine(place, file);
                if ((place is null || System.IO.File.Exists(path)) && NativeLibrary.TryLoad(path, out nint handle))
                {
                    library = new(handle, path);
                    return true;
                }
            }
        library = null;
        return false;
    }

    /// <summary>A library of CUDA's toolkit: of the versions that the driver runs, the newest.</summary>
    /// <param name="missing">what it is, for people: "compiler NVRTC was not".</param>
    /// <param name="file">its name by CUDA's major version.</param>
    /// <exception cref="CirrusException">There is none.</exception>
    public static CudaLibrary OfToolkit(IReadOnlyList<string?> places, int driverVersion, string missing, Func<int, string> file)
    {
        List<string> files = [];
        for (int major = driverVersion / 1000; major >= CudaDriver.LeastVersion / 1000; major--)
            files.Add(file(major));
        return TryFind(places, files, out CudaLibrary? library) ? library : throw new CirrusException(
            $"CUDA's {missing} found: none of {string.Join(", ", files)} is on this machine (the driver knows CUDA "
                + $"{CudaDriver.Named(driverVersion)}).",
            hint: $"install the CUDA {driverVersion / 1000} toolkit (its parts cuda-nvrtc and libcublas are enough), or name "
                + $"the folder of these files in {PathVariable}");
    }

    /// <exception cref="CirrusException">The library has no such function: it is too old, or something else by that name.</exception>
    public nint Function(string name) => NativeLibrary.TryGetExport(_handle, name, out nint at)
        ? at
        : throw new CirrusException($"'{File}' has no function {name}.",
            hint: $"Cirrus needs CUDA 12.0 or later: install a newer one, or name its folder in {PathVariable}");
}
