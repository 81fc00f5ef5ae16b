using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cirrus.Tensors;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>Memory of the device and what goes there and back; layouts that native code sees.</summary>
public sealed class CudaMemoryTests : IDisposable
{
    private readonly CudaDevice _device = EmulatedCuda.Open();

    [Theory]
    [InlineData(1)]
    [InlineData(262_144)]                                    // a half of the ring, to the byte
    [InlineData(262_145)]
    [InlineData(3_000_001)]
    public void Numbers_come_back_as_they_went(int count)
    {
        using Arena arena = new(_device);
        Tensor x = arena.New(count);
        float[] values = [.. Enumerable.Range(0, count).Select(i => i + 0.5f)], back = new float[count];
        _device.Upload(x, values);
        _device.Download(back, x);
        Assert.Equal(values, back);
    }

    // More than both halves of the ring hold goes out before anything is waited for: what is on its way may not be overwritten.
    [Fact]
    public void Many_small_uploads_in_flight_keep_their_numbers()
    {
        using Arena arena = new(_device);
        Tensor x = arena.New(1000, 1000);
        for (int r = 0; r < 1000; r++)
            _device.Upload(x.Slice(r, 1), [.. Enumerable.Repeat((float)r, 1000)]);
        float[] back = new float[x.Count];
        _device.Download(back, x);
        for (int i = 0; i < back.Length; i++)
            Assert.Equal(i / 1000, back[i]);
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        using Arena arena = new(_device);
        Tensor x = arena.New(8, 400_000);
        Parallel.For(0, 8, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, r =>
        {
            Tensor row = x.Slice(r, 1);
            float[] back = new float[row.Count];
            _device.Upload(row, [.. Enumerable.Range(0, back.Length).Select(i => (float)(i ^ r))]);
            _device.Download(back, row);
            for (int i = 0; i < back.Length; i++)
                Assert.Equal(i ^ r, back[i]);
        });
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_a_callers_mistake()
    {
        using Arena arena = new(_device);
        Tensor x = arena.New(2, 3);
        Assert.Throws<ArgumentException>(() => _device.Upload(x, new float[5]));
        Assert.Throws<ArgumentException>(() => _device.Download(new float[5], x));
        Assert.Throws<InvalidOperationException>(() => x.Floats[0]);
    }

    // A card of its own: what other tests take does not show in what is free.
    [Fact]
    public void What_is_freed_or_left_behind_is_free_again()
    {
        using TempFolder folder = new();
        EmulatedCuda.CopyTo(folder.Path);
        CudaDevice device = CudaDevice.Open("cuda:0", folder.Path);
        long whole = device.MemoryInfo().Free;
        Arena kept = new(device), given = new(device);
        kept.New(1);
        given.New(1);
        Assert.Equal(whole - (128 << 20), device.MemoryInfo().Free);
        given.Dispose();
        Assert.Equal(whole - (64 << 20), device.MemoryInfo().Free);
        device.Upload(kept.New(3), [1, 2, 3]);               // and what the device itself takes
        device.Dispose();
        kept.Dispose();                                      // after its device: nothing is left to free
        using CudaDevice again = CudaDevice.Open("cuda:0", folder.Path);
        Assert.Equal(whole, again.MemoryInfo().Free);
    }

    // cublasLtMatmulHeuristicResult_t of cublasLt.h: 64 bytes, size_t, status, float, int[4].
    [Fact]
    public void The_result_of_the_heuristic_has_its_layout()
    {
        ProductAlgorithm result = default;
        ref byte start = ref Unsafe.As<ProductAlgorithm, byte>(ref result);
        Assert.Equal(96, Unsafe.SizeOf<ProductAlgorithm>());
        Assert.Equal(64, Unsafe.ByteOffset(ref start, ref Unsafe.As<nuint, byte>(ref result.WorkspaceBytes)));
        Assert.Equal(72, Unsafe.ByteOffset(ref start, ref Unsafe.As<int, byte>(ref result.State)));
        Assert.Equal(76, Unsafe.ByteOffset(ref start, ref Unsafe.As<float, byte>(ref result.Waves)));
    }

    // The struct Call in Attention.cu: ten pointers and six ints, in the same order under the same names.
    [Fact]
    public void The_arguments_of_attention_have_the_layout_of_the_text()
    {
        string text = KernelText.Read("Attention.cu");
        text = text[text.IndexOf("struct Call", StringComparison.Ordinal)..];
        text = text[(text.IndexOf('{') + 1)..text.IndexOf('}')];
        string[] names = [.. text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length > 0)
            .SelectMany(line => line.Replace("const Element", "").Replace("const int", "").Replace("int ", "")
                .Split([',', '*', ' ', ';'], StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(typeof(AttentionArguments).GetFields().OrderBy(f => Marshal.OffsetOf<AttentionArguments>(f.Name))
            .Select(f => char.ToLowerInvariant(f.Name[0]) + f.Name[1..]), names);
        Assert.Equal((10 * 8) + (6 * 4), Unsafe.SizeOf<AttentionArguments>());
    }

    public void Dispose() => _device.Dispose();
}
