using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>The stand-ins of tests/emulated-cuda for NVIDIA's libraries, built when a test first needs them.</summary>
internal static class EmulatedCuda
{
    private static readonly Lazy<(string? Folder, string? Reason)> Built = new(Build);

    /// <summary>The folder of libcuda.so.1, libnvrtc.so.12 and libcublasLt.so.12, or null and why there is none.</summary>
    public static string? Folder(out string? reason)
    {
        reason = Built.Value.Reason;
        return Built.Value.Folder;
    }

    /// <summary>The same; skips the test when there is none.</summary>
    public static string Need()
    {
        string? folder = Folder(out string? reason);
        Assert.SkipWhen(folder is null, reason ?? "");
        return folder!;
    }

    /// <summary>cuda:0 of the stand-ins, whose compiled kernels are kept beside them.</summary>
    public static CudaDevice Open() => CudaDevice.Open("cuda:0", Need(), new KernelCache(Path.Combine(Need(), "kernels")));

    /// <summary>
    /// The order in which threads and blocks run from now on, in what this thread launches: 0 is that of their numbers,
    /// others are drawn.
    /// </summary>
    public static unsafe void SetSeed(ulong seed) =>
        ((delegate* unmanaged<ulong, void>)NativeLibrary.GetExport(NativeLibrary.Load(Path.Combine(Need(), "libcuda.so.1")),
            "emulated_set_seed"))(seed);

    /// <summary>A copy of the stand-ins in another folder, with these lines as their settings. Products are not for copies.</summary>
    /// <remarks>cuBLASLt's stand-in is bound by name to the first driver of the process: that must be the one in <see cref="Need"/>.</remarks>
    public static void CopyTo(string folder, params string[] settings)
    {
        NativeLibrary.Load(Path.Combine(Need(), "libcublasLt.so.12"));
        foreach (string name in new[] { "libcuda.so.1", "libnvrtc.so.12", "libcublasLt.so.12", "Emulation.h" })
            File.Copy(Path.Combine(Need(), name), Path.Combine(folder, name));
        File.WriteAllLines(Path.Combine(folder, "emulated.txt"), settings);
    }

    private static (string?, string?) Build()
    {
        if (!OperatingSystem.IsLinux())
            return (null, "the emulated CUDA is for Linux");
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "g++"))))
            return (null, "needs g++ for the emulated CUDA, which is not installed");
        string source = Path.Combine(Shared.Repository, "tests", "emulated-cuda");
        byte[] all = [.. Directory.GetFiles(source).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];
        string parent = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "obj", "emulated-cuda");
        string folder = Path.Combine(parent, Convert.ToHexStringLower(SHA256.HashData(all))[..16]), mine = $"{folder}.{Environment.ProcessId}";
        if (Directory.Exists(folder))
            return (folder, null);
        Directory.CreateDirectory(parent);
        using Process build = Process.Start(new ProcessStartInfo("bash", [Path.Combine(source, "build.sh"), mine]) { RedirectStandardError = true })!;
        string errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode != 0)
            throw new InvalidOperationException($"The emulated CUDA does not build: {errors}");
        try
        {
            Directory.Move(mine, folder);
        }
        catch (IOException) when (Directory.Exists(folder))      // another run of the tests was first
        {
            Directory.Delete(mine, recursive: true);
        }
        return (folder, null);
    }
}
