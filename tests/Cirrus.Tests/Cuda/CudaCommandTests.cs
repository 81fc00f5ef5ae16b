using Cirrus.Cli;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cuda;

/// <summary>The program itself on cuda:0, emulated: in a process of its own, which finds the libraries as a user's would, by CIRRUS_CUDA_PATH.</summary>
public sealed class CudaCommandTests
{
    [Fact, Trait("Category", "Slow")]
    public async Task The_self_test_passes_on_cuda()
    {
        using TempFolder cache = new();
        string output = await Run(["selftest", "--device", "cuda:0"], cache.Path);
        Assert.Matches(@"\n[0-9]+ passed, 0 failed\s*$", output);
        Assert.Contains(", bf16", output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(cache.Path, "cirrus", "kernels"), "*.cubin"));
    }

    [Fact]
    public async Task The_CPU_has_no_bf16()
    {
        using TempFolder folder = new();
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(["train", "lincir", "--model", "playground", "-o", folder.At("run"), "--precision", "bf16"], TextWriter.Null, TextWriter.Null));
        Assert.Equal("cpu does not compute in BF16.", e.Message);
        Assert.Contains("--device cuda:0", e.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    private static Task<string> Run(string[] arguments, string cache) => ProgramRun.OutputOf("dotnet", [typeof(Verbs).Assembly.Location, .. arguments], environment: new Dictionary<string, string>
    {
        ["CIRRUS_CUDA_PATH"] = EmulatedCuda.Need(),
        ["XDG_CACHE_HOME"] = cache,
    });
}
