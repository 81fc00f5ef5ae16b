using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Tensors.Cuda;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cuda;

/// <summary>
/// LinCIR trained on cuda:0, emulated, and on the CPU: the same captions, masks, noise and dropout, for the random
/// numbers are the same.
/// </summary>
public sealed class CudaLinCirTests : IDisposable
{
    // Parts of a batch, so that gradients are summed on the device; noise, dropout and clipping of the rate by a warm-up.
    private static readonly LinCirOptions Options = new()
    {
        Batch = 8,
        MicroBatch = 5,
        Steps = 20,
        LearningRate = 1e-3,
        NoiseScale = 0.1f,
        Seed = 3,
        Ema = true,
    };

    private static readonly string[] Captions = TinyClip.Captions(40);
    private readonly Device _cpu = Device.Open("cpu");
    private readonly CudaDevice _cuda = EmulatedCuda.Open();

    // Sums are made in another order: 4e-7 of a loss was seen, 8e-8 of the weights; AdamW makes more of it where a gradient is near 0.
    [Fact]
    public void In_float32_the_losses_are_the_CPUs()
    {
        (float[] Losses, float[] Weights) cpu = Train(_cpu, ElementType.F32), cuda = Train(_cuda, ElementType.F32);
        Assert.All(cpu.Losses.Zip(cuda.Losses), pair => Assert.InRange(pair.Second, pair.First * (1 - 1e-5f), pair.First * (1 + 1e-5f)));
        Assert.InRange(Distance(cpu.Weights, cuda.Weights), 0, 1e-5);
        Assert.True(cpu.Losses[^1] < cpu.Losses[0]);
    }

    // The tower in bf16, φ and its state in float32: each number of the tower has 8 bits, so a loss is within a few hundredths.
    [Fact]
    public void In_bf16_they_stay_within_three_hundredths()
    {
        float[] cpu = Train(_cpu, ElementType.F32).Losses, cuda = Train(_cuda, ElementType.BF16).Losses;
        Assert.All(cpu.Zip(cuda), pair => Assert.InRange(pair.Second, pair.First * 0.97f, pair.First * 1.03f));
    }

    [Fact]
    public void A_run_repeats_to_the_bit()
    {
        (float[] Losses, float[] Weights) once = Train(_cuda, ElementType.BF16, 5), again = Train(_cuda, ElementType.BF16, 5);
        Assert.Equal(once.Losses, again.Losses);
        Assert.Equal(once.Weights, again.Weights);
    }

    // Two layers of sums in another order; a feature is a few units long.
    [Fact]
    public void Features_of_texts_and_pictures_are_the_CPUs()
    {
        using ClipModel here = TinyClip.Create(_cpu), there = TinyClip.Create(_cuda);
        using ClipEmbedder cpu = new(here), cuda = new(there);
        ReadOnlyMemory<float> picture = Enumerable.Range(0, 3 * 16 * 16).Select(i => MathF.Sin(i)).ToArray();
        int[] caption = [.. here.Tokenizer.Encode("a red cat")];
        Assert.InRange(Distance(cpu.EmbedImages([picture, picture]), cuda.EmbedImages([picture, picture])), 0, 1e-5);
        Assert.InRange(Distance(cpu.EmbedTokens([caption]), cuda.EmbedTokens([caption])), 0, 1e-5);
        Assert.Equal(here.Fingerprint, there.Fingerprint);
        Assert.Equal(here.LogitScale, there.LogitScale);
    }

    [Fact]
    public void A_model_in_bf16_needs_a_device_that_has_it() =>
        Assert.Contains("does not compute in BF16",
            Assert.Throws<CirrusException>(() => TinyClip.Create(_cpu, type: ElementType.BF16)).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _cpu.Dispose();
        _cuda.Dispose();
    }

    private static (float[] Losses, float[] Weights) Train(Device device, ElementType type, int steps = 20)
    {
        using ClipModel clip = TinyClip.Create(device, type: type);
        List<float> losses = [];
        using MappingNetwork phi = LinCirTrainer.Train(clip, Captions, Options with { Steps = steps },
            step => losses.Add(step.Loss), TinyClip.Keywords, TestContext.Current.CancellationToken);
        return ([.. losses], [.. phi.Weights.SelectMany(Read)]);
    }

    private static float[] Read(Tensor x)
    {
        float[] values = new float[x.Count];
        x.Device.Download(values, x);
        return values;
    }

    private static double Distance(float[] x, float[] y) =>
        Math.Sqrt(x.Zip(y, (a, b) => (double)(a - b) * (a - b)).Sum() / x.Sum(a => (double)a * a));
}
