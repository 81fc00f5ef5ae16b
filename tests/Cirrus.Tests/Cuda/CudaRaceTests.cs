using System.Text.RegularExpressions;
using Cirrus.Tensors;
using Cirrus.Tensors.Conformance;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>Every barrier of the kernels is needed, and the emulated card finds each one that is taken out.</summary>
/// <remarks>A text is changed by giving the cache of compiled kernels the code of another one under its key.</remarks>
public sealed class CudaRaceTests : IDisposable
{
    private const string Barrier = "__syncthreads();";
    private const int Orders = 6;
    private readonly string _folder = EmulatedCuda.Need();
    private readonly TempFolder _cache = new();

    public static TheoryData<string, int, string> Barriers =>
    [
        .. Each("Attention.cu", "Graph.SelfAttention"),
        .. Each("BiasGradient.cu", "Graph.Linear"),
        .. Each("RowNorms.cu", "Graph.DivideByMaximum"),
    ];

    public static TheoryData<int> CommonBarriers => [.. Enumerable.Range(0, Count(Common))];

    private static string Common => KernelText.Headers.Single(h => h.Name == "Common.cuh").Text;

    [Fact]
    public void Every_text_with_a_barrier_is_under_test() => Assert.Equal(["Attention.cu", "BiasGradient.cu", "Common.cuh", "RowNorms.cu"],
        typeof(KernelText).Assembly.GetManifestResourceNames().Where(n =>
            n.EndsWith(".cu", StringComparison.Ordinal) || n.EndsWith(".cuh", StringComparison.Ordinal))
            .Where(n => Count(KernelText.Read(n)) > 0).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Barriers)), Trait("Category", "Slow")]
    public void A_kernel_without_one_of_its_barriers_fails(string file, int barrier, string operation)
    {
        using CudaDevice device = With(file, Without(KernelText.Read(file), barrier), Common);
        foreach (ulong order in Enumerable.Range(0, Orders).Select(i => (ulong)i))
        {
            EmulatedCuda.SetSeed(order);
            foreach (ConformanceCase one in ConformanceTable.Cases.Where(c => c.Operation == operation))
                if (!one.Run(device).Passed)
                    return;
        }
        Assert.Fail($"{file} passes without its barrier {barrier}.");
    }

    [Fact]
    public void Sums_of_a_block_are_right_in_every_order()
    {
        using CudaDevice device = With("Activations.cu", Sums, Common);
        for (ulong order = 0; order < Orders; order++)
            Assert.Equal(ExpectedSums, RunSums(device, order));
    }

    [Theory, MemberData(nameof(CommonBarriers))]
    public void Sums_of_a_block_without_one_of_their_barriers_are_wrong(int barrier)
    {
        using CudaDevice device = With("Activations.cu", Sums, Without(Common, barrier));
        Assert.Contains(Enumerable.Range(0, Orders), order => !RunSums(device, (ulong)order).AsSpan().SequenceEqual(ExpectedSums));
    }

    public void Dispose() => _cache.Dispose();

    // In place of the kernel that applies an activation: each helper twice, one behind the other.
    private const string Sums = """
        #include "Common.cuh"

        extern "C" __global__ void activate(Element *y, const Element *x, const Element *add, long long count, int kind) {
            float v = load(x + element()), sum = blockSum(v), squares = blockSum(v * v), most = blockMax(v), least = -blockMax(-v);
            store(y + element(), sum + squares + 1000.0f * most + 100000.0f * least);
        }
        """;

    private static float Value(int i) => (i * 7 % 61) - 20;

    private static float[] ExpectedSums { get; } =
    [
        .. Enumerable.Range(0, 3).SelectMany(block =>
        {
            float[] v = [.. Enumerable.Range(256 * block, 256).Select(Value)];
            return Enumerable.Repeat(v.Sum() + v.Sum(x => x * x) + (1000 * v.Max()) + (100_000 * v.Min()), 256);
        }),
    ];

    private static float[] RunSums(CudaDevice device, ulong order)
    {
        EmulatedCuda.SetSeed(order);
        using Arena arena = new(device);
        Tensor x = arena.From([.. Enumerable.Range(0, 768).Select(Value)], 768), y = arena.New(768);
        device.Activate(y, x, Activation.Gelu);
        float[] found = new float[768];
        device.Download(found, y);
        return found;
    }

    /// <summary>A device on which a file has another text.</summary>
    private CudaDevice With(string file, string text, string common)
    {
        KernelCache cache = new(_cache.Path);
        Nvrtc compiler = Nvrtc.Open([_folder], CudaDriver.LeastVersion);
        IReadOnlyList<string> options = KernelText.Options(90, ElementType.F32);
        cache.Keep(KernelText.Key(KernelText.Read(file), options, compiler.Version), compiler.Compile(file, text, [("Common.cuh", common)], options));
        return CudaDevice.Open("cuda:0", _folder, cache);
    }

    private static IEnumerable<TheoryDataRow<string, int, string>> Each(string file, string operation) =>
        Enumerable.Range(0, Count(KernelText.Read(file))).Select(i => new TheoryDataRow<string, int, string>(file, i, operation));

    private static int Count(string text) => Regex.Count(text, Regex.Escape(Barrier));

    private static string Without(string text, int barrier)
    {
        int at = -1;
        for (int i = 0; i <= barrier; i++)
            at = text.IndexOf(Barrier, at + 1, StringComparison.Ordinal);
        return text[..at] + text[(at + Barrier.Length)..];
    }
}
