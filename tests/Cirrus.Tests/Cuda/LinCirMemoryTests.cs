using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Tensors.Cuda;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Cuda;

/// <summary>What a run is said to take is what it takes.</summary>
public sealed class LinCirMemoryTests : IDisposable
{
    private static readonly LinCirOptions Options = new() { Batch = 8, MicroBatch = 5, Steps = 1, Seed = 3 };
    private static readonly string[] Captions = TinyClip.Captions(40);
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    public void A_step_takes_what_was_planned(ElementType type)
    {
        using CudaDevice device = EmulatedCuda.Open();
        using ClipModel clip = TinyClip.Create(device, type: type);
        LinCirMemory plan = LinCirMemory.Plan(clip.Config, clip.Tokenizer, type, Captions, Options, TinyClip.Keywords);
        Assert.Equal(plan.Weights, device.ArenaBytes);
        using LinCirTrainer trainer = new(clip, Captions, Options, TinyClip.Keywords);
        Assert.Equal(plan.Weights + plan.State, device.ArenaBytes);
        trainer.Next();
        Assert.Equal(plan.Weights + plan.State + plan.Step, device.ArenaBytes);
    }

    [Fact]
    public void What_is_large_is_planned_without_being_made()
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        ClipConfig large = new("large", 1024, new(1024, 24, 16, 4096, tokenizer.Count, 77, Activation.Gelu),
            new(32, 1, 2, 64, 8, 16, Activation.Gelu));
        LinCirMemory f32 = Plan(ElementType.F32, 256), bf16 = Plan(ElementType.BF16, 256), half = Plan(ElementType.BF16, 128);
        const long blocks = 24L * ((4 * 1024 * 1024) + (2 * 4096 * 1024)) * sizeof(float);
        Assert.InRange((double)f32.Weights / blocks, 1, 1.4);    // an arena's blocks of 64 MiB are not full: a layer takes 48
        Assert.InRange((double)bf16.Weights / blocks, 0.5, 0.7);
        Assert.Equal(f32.State, bf16.State);
        Assert.InRange((double)bf16.Step / f32.Step, 0.4, 0.7);  // half, but for φ, which stays float32, and whole blocks
        Assert.True(half.Step < bf16.Step);

        LinCirMemory Plan(ElementType type, int part) =>
            LinCirMemory.Plan(large, tokenizer, type, TinyClip.Captions(256), Options with { Batch = 256, MicroBatch = part }, TinyClip.Keywords);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_parts()
    {
        EmulatedCuda.CopyTo(_folder.Path, "memory 104857600");
        using CudaDevice device = CudaDevice.Open("cuda:0", _folder.Path, new(_folder.Path));
        CirrusException e = Assert.Throws<CirrusException>(() => new LinCirMemory(50L << 20, 10L << 20, 8L << 20).Check(device, loaded: false));
        Assert.Equal(
            "Training takes 134 MiB of cuda:0 (CLIP 50; φ and its optimizer 10; a step 8 and a quarter more; workspace 64), and 100 MiB are free.",
                e.Message);
        Assert.Contains("micro_batch", e.Hint, StringComparison.Ordinal);
        new LinCirMemory(50L << 20, 10L << 20, 8L << 20).Check(device, loaded: true);
    }

    public void Dispose() => _folder.Dispose();
}
