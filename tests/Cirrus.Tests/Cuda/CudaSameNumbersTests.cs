using Cirrus.Tensors;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Tests.Cuda;

/// <summary>What docs/numerics.md says is equal to the bit: runs among themselves, and what is equal to the processor's.</summary>
public sealed class CudaSameNumbersTests : IDisposable
{
    private const int R = 300, W = 70;                      // more rows than a part of a sum, columns that fill no block
    private readonly CudaDevice _cuda = EmulatedCuda.Open();
    private readonly Device _cpu = Device.Open("cpu");

    [Fact]
    public void A_step_repeats_to_the_bit_whatever_order_threads_and_blocks_run_in()
    {
        EmulatedCuda.SetSeed(0);
        float[] expected = Step(_cuda);
        Assert.All(expected, v => Assert.True(float.IsFinite(v)));
        for (ulong order = 1; order <= 4; order++)
        {
            EmulatedCuda.SetSeed(order);
            Assert.Equal(expected, Step(_cuda));
        }
    }

    [Fact]
    public void A_step_is_the_processors_within_roundings()
    {
        float[] expected = Step(_cpu), found = Step(_cuda);
        float most = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-5f * most);      // sums of 300 in another order, through four layers
    }

    [Fact]
    public void Dropout_and_noise_are_the_processors_to_the_bit()
    {
        float[] Draw(Device device)
        {
            using Arena arena = new(device);
            Tensor keep = arena.New(R, W), noisy = arena.New(R, W);
            device.DropoutMask(keep, 0.3f, new Philox(3, ulong.MaxValue - 5));
            device.AddNoise(noisy, Numbers(arena, 1, R, W), 0.7f, new Philox(ulong.MaxValue - 9, 4));
            return [.. Read(keep), .. Read(noisy)];
        }
        Assert.Equal(Draw(_cpu), Draw(_cuda));
    }

    // Rows that meet are added by one thread in their order, as the processor does it.
    [Fact]
    public void Rows_that_meet_are_added_as_on_the_processor_to_the_bit()
    {
        int[] rows = [.. Enumerable.Range(0, R).Select(i => i * i % 23)], ids = [.. Enumerable.Range(0, R).Select(i => i * 7 % 31)];
        int[] at = [.. Enumerable.Range(0, R).Select(i => i % 9)], words = [.. Enumerable.Range(0, R).Select(i => i % 4 == 0 ? i % 3 : -1)];
        float[] Add(Device device)
        {
            using Arena arena = new(device);
            Tensor dy = Numbers(arena, 2, R, W), dx = Numbers(arena, 3, 23, W), dtable = Numbers(arena, 4, 31, W),
                dpositions = Numbers(arena, 5, 9, W), dpseudo = Numbers(arena, 6, 3, W);
            Tensor dpatches = Numbers(arena, 7, R - 10, W), dcls = Numbers(arena, 8, W), dplaces = Numbers(arena, 9, R / 10, W);
            device.ScatterAddRows(dx, dy, rows);
            device.EmbeddingGradient(dtable, dpositions, dpseudo, dy, ids, at, words);
            device.ClassTokenGradient(dpatches, dcls, dplaces, dy);
            return [.. Read(dx), .. Read(dtable), .. Read(dpositions), .. Read(dpseudo), .. Read(dpatches), .. Read(dcls), .. Read(dplaces)];
        }
        Assert.Equal(Add(_cpu), Add(_cuda));
    }

    [Fact]
    public void A_kernel_refuses_types_that_differ()
    {
        using Arena arena = new(_cuda);
        Tensor x = arena.New(3, 4), half = arena.New(ElementType.BF16, 3, 4);
        Assert.Contains("BF16 [3, 4]", Assert.Throws<ArgumentException>(() => _cuda.AddScaled(half, x, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _cuda.AdamWStep(half, half, half, half, 1, 0.9f, 0.999f, 1e-8f, 0, 1, 1));
    }

    public void Dispose()
    {
        _cuda.Dispose();
        _cpu.Dispose();
    }

    /// <summary>Loss, gradients and one step of an optimizer through layers whose sums go over many rows.</summary>
    private static float[] Step(Device device)
    {
        using Arena leaves = new(device), arena = new(device);
        Tensor x = Numbers(leaves, 10, R, W), gain = Numbers(leaves, 11, W), bias = Numbers(leaves, 12, W),
            table = Numbers(leaves, 13, 40, W), factor = Numbers(leaves, 14, 1);
        Tensor[] parameters = [gain, bias, table, factor];
        Graph g = new(arena) { Random = new Philox(1, 2) };
        foreach (Tensor p in parameters)
            g.Watch(p);
        Tensor y = g.Dropout(g.Gelu(
            g.LayerNorm(g.Add(x, g.GatherRows(table, [.. Enumerable.Range(0, R).Select(i => i * i % 40)])), gain, bias)), 0.1f);
        Tensor loss = g.Add(g.CrossEntropy(g.ScaleRows(g.L2Normalize(y), factor), [.. Enumerable.Range(0, R).Select(i => i % W)]),
            g.MeanSquaredError(y, g.AddNoise(x, 0.1f)));
        g.Backward(loss);
        Tensor[] gradients = [.. parameters.Select(g.Gradient)];
        float[] before = [.. Read(loss), .. gradients.SelectMany(Read)];
        using AdamW optimizer = new(parameters);
        optimizer.Step(gradients, 1e-3f, [0.1f, 0, 0.1f, 0], clipNorm: 0.5f);
        return [.. before, .. parameters.SelectMany(Read)];
    }

    private static Tensor Numbers(Arena arena, ulong stream, params ReadOnlySpan<int> shape)
    {
        Tensor x = arena.New(shape);
        arena.Device.Upload(x, [.. Enumerable.Range(0, (int)x.Count).Select(i => new Philox(5, stream).Uniform((ulong)i) - 0.4f)]);
        return x;
    }

    private static float[] Read(Tensor x)
    {
        float[] values = new float[x.Count];
        x.Device.Download(values, x);
        return values;
    }
}
