using System.Diagnostics;
using System.Text.RegularExpressions;
using Cirrus.Tensors;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>
/// The kernels' text as clang reads it, which compiles for a card without a toolkit: is it CUDA, and not only what the
/// emulation takes?
/// </summary>
public sealed class CudaTextTests
{
    private static readonly string Texts = Path.Combine(Shared.Repository, "src", "Cirrus.Tensors", "Cuda");

    public static TheoryData<string, ElementType> Files =>
        new MatrixTheoryData<string, ElementType>(Directory.GetFiles(Texts, "*.cu").Select(f => Path.GetFileName(f)!)
            .Order(StringComparer.Ordinal), [ElementType.F32, ElementType.BF16]);

    [Theory, MemberData(nameof(Files))]
    public async Task Text_compiles_to_the_assembler_of_a_card(string file, ElementType type)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder =>
            File.Exists(Path.Combine(folder, "clang"))), "needs clang, which is not installed");
        string[] words =
        [
            "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", "--cuda-gpu-arch=sm_80", "-Xclang",
            "-target-feature", "-Xclang", "+ptx70", "-O2", "-Wall", "-Werror",
            "-std=c++17", KernelText.Options(80, type)[^1], "-include",
            Path.Combine(Shared.Repository, "tests", "emulated-cuda", "Clang.h"), "-I", Texts,
            "-S", "-o", "-", Path.Combine(Texts, file),
        ];
        using Process clang = Process.Start(new ProcessStartInfo("clang", words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = clang.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string assembler = await clang.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await clang.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(clang.ExitCode == 0, await errors);
        Assert.Equal(Regex.Count(KernelText.Read(file), "__global__"), Regex.Count(assembler, @"\.visible \.entry"));
    }

    [Fact]
    public void Texts_include_nothing_of_a_toolkit() => Assert.All(Directory.GetFiles(Texts, "*.cu*"), file => Assert.Equal(
        file.EndsWith(".cu", StringComparison.Ordinal) ? ["#include \"Common.cuh\""] : Array.Empty<string>(),
        File.ReadLines(file).Where(line => line.StartsWith("#include", StringComparison.Ordinal))));
}
