using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class DenoiserTests : IDisposable
{
    private const int D = 16, T = 5, W = 12, Side = 4;
    private const float Rounding = 3e-6f;                            // float32 sums in another order

    private static readonly DenoiserSizes Small = new(D, 2, 8, 4, W, Side);

    private readonly Device _device = Device.Open("cpu");
    private readonly Denoiser _network;
    private readonly Graph _g;

    public DenoiserTests()
    {
        _network = Denoiser.Random(Small, _device, new Philox(3, 0));
        _g = new(new Arena(_device));
    }

    public void Dispose()
    {
        _g.Arena.Dispose();
        _network.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void The_published_sizes_have_the_published_count() => Assert.Equal(140_056_776, DenoiserSizes.Published.CheckpointValues);

    [Fact]
    public void A_checkpoint_holds_as_many_numbers_as_its_sizes_say() => Assert.Equal(Small.CheckpointValues,
        DenoiserFile.Tensors(_network).Where(t => !t.Name.EndsWith("freqs", StringComparison.Ordinal)).Sum(t => t.Count));

    // The golden values of methods 5.5.
    [Theory]
    [InlineData(0, 0.9999587), InlineData(99, 0.9720927), InlineData(499, 0.4938436), InlineData(799, 0.0940456), InlineData(909, 0.0195444)]
    public void The_schedule_falls_like_a_cosine(int t, double left) => Assert.Equal(left, NoiseSchedule.Cosine().Left[t], 6e-8);

    [Fact]
    public void A_sample_does_not_see_its_neighbours_and_contexts_may_be_shared()
    {
        float[] x = Normal(1, 4 * D), time = _network.Time(_g, [7, 900, 7, 900]).Floats.ToArray();
        DenoiserContext shared = Context([0, 1], [1, 0], [0, 1]);    // two samples each
        float[][] together = [.. _network.Forward(_g, _g.Arena.From(x, 4, D), _g.Arena.From(time, 4, D), shared).Floats.ToArray().Chunk(D)];
        for (int n = 0; n < 4; n++)
        {
            Tensor alone = _network.Forward(_g, _g.Arena.From(x.AsSpan(n * D, D), 1, D),
                _network.Time(_g, [n % 2 == 0 ? 7 : 900]), Context([n / 2], [1 - (n / 2)], [n / 2]));
            Golden.Close(together[n], alone.Floats, Rounding);
        }
    }

    [Fact]
    public void Every_condition_counts()
    {
        float[] Estimate(float time, int text, int picture, int mask) =>
            _network.Forward(_g, _g.Arena.From(Normal(1, D), 1, D), _network.Time(_g, [time]), Context([text], [picture], [mask])).Floats.ToArray();
        float[] plain = Estimate(500, 0, 0, 0);
        foreach (float[] other in new[] { Estimate(501, 0, 0, 0), Estimate(500, 1, 0, 0), Estimate(500, 0, 1, 0), Estimate(500, 0, 0, 1) })
            Assert.True(plain.Zip(other, (a, b) => MathF.Abs(a - b)).Max() > 1e-4f);
    }

    // float32 differences of a loss: rounding of 1e-7 over a step of 1e-2, and a curvature of about one.
    [Fact]
    public void Gradients_of_all_weights_match_differences_along_a_line()
    {
        Tensor x = _g.Arena.From(Normal(1, 2 * D), 2, D);
        using Arena steps = new(_device);
        float[] target = Normal(2, 2 * D);
        Tensor Loss(Graph g) => g.MeanSquaredError(
            _network.Forward(g, x, _network.Time(g, [30, 600]), Context(g, [0, 1], [0, 1], [1, 0])), g.Arena.From(target, 2, D));
        Graph tape = new(steps);
        _network.Watch(tape);
        tape.Backward(Loss(tape));
        Dictionary<string, float[]> gradients = _network.Weights.ToDictionary(w => w.Key, w => tape.Gradient(w.Value).Floats.ToArray());
        foreach ((string name, float[] gradient) in gradients)
        {
            float norm = MathF.Sqrt(gradient.Sum(v => v * v)), step = 1e-2f;
            if (norm < 1e-5f)
                continue;
            double At(float by)
            {
                Span<float> weight = _network.Weights[name].Floats;
                float[] before = weight.ToArray();
                for (int i = 0; i < before.Length; i++)
                    weight[i] = before[i] + (by * gradient[i] / norm);
                tape.Reset();
                double loss = Loss(tape).Floats[0];
                before.CopyTo(weight);
                return loss;
            }
            Assert.Equal(norm, (At(step) - At(-step)) / (2 * step), (0.03 * norm) + 1e-4);
        }
        Assert.True(gradients.Values.Count(v => v.Any(x => x != 0)) == gradients.Count, "every weight has a gradient");
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_folder_gives_the_network_back(bool torch)
    {
        using TempFolder folder = new();
        DenoiserFile.Save(_network, folder.Path, torch);
        using Denoiser again = DenoiserFile.Load(folder.Path, _device);
        Assert.Equal(Small, again.Sizes);
        foreach ((string name, Tensor weight) in _network.Weights)
            Assert.Equal(weight.Floats.ToArray(), again.Weights[name].Floats.ToArray());
        foreach (string name in NoiseSchedule.Names)
            Assert.Equal(_network.Schedule[name], again.Schedule[name]);
        Assert.Equal(_network.Frequencies.Floats.ToArray(), again.Frequencies.Floats.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_memory_is_taken()
    {
        using TempFolder folder = new();
        SavedTensor[] tensors = [.. DenoiserFile.Tensors(_network)];
        void Refused(string said, IEnumerable<SavedTensor> written)
        {
            Safetensors.Write(folder.At("model.safetensors"), written);
            Assert.Contains(said, Assert.Throws<CirrusException>(() => DenoiserFile.Load(folder.Path, _device)).Message, StringComparison.Ordinal);
        }
        Refused("it has no model.net.transformer.layers.1.2.5.weight", tensors.Where(t => t.Name != "model.net.transformer.layers.1.2.5.weight"));
        Refused("where [16] belongs", tensors.Select(t => t.Name == "model.net.transformer.layers.1.1.norm.g" ? t with { Shape = [4, 4] } : t));
        Refused("rotary frequencies of block 1", tensors.Select(t => t.Name.EndsWith("1.0.rotary_emb.freqs", StringComparison.Ordinal) ? t with { Values = () => new float[4] } : t));
        DenoiserFile.Save(_network, folder.Path);
        File.WriteAllText(folder.At("config.json"), """{"embed_dim": 768}""");
        Assert.Contains("says embed_dim 768", Assert.Throws<CirrusException>(() => DenoiserFile.Load(folder.Path, _device))
            .Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "Slow")]
    public void A_checkpoint_of_published_size_goes_round()
    {
        using TempFolder folder = new();
        using (Denoiser random = Denoiser.Random(DenoiserSizes.Published, _device, new Philox(1, 0)))
        {
            DenoiserFile.Save(random, folder.Path, torch: true);
            using Denoiser again = DenoiserFile.Load(folder.Path, _device);
            Assert.Equal(DenoiserSizes.Published, again.Sizes);
            Assert.Equal(random.Weights.Keys, again.Weights.Keys);
            foreach ((string name, Tensor weight) in random.Weights)
                Assert.True(weight.Floats.SequenceEqual(again.Weights[name].Floats), name);
        }
        long bytes = new FileInfo(folder.At("pytorch_model.bin")).Length;
        Assert.InRange(bytes, 4 * 140_056_776L, (4 * 140_056_776L) + 200_000);      // published: 560,296,537
    }

    private DenoiserContext Context(int[] texts, int[] pictures, int[] masks) => Context(_g, texts, pictures, masks);

    private DenoiserContext Context(Graph g, int[] texts, int[] pictures, int[] masks) => _network.Context(g,
        new(g.Arena.From(Normal(10, 2 * T * W), 2 * T, W), texts, g.Arena.From(Normal(11, 2 * D), 2, D), pictures, g.Arena.From(Normal(12, 2 * Side * Side), 2, Side * Side), masks) { T = T });

    private static float[] Normal(int stream, int n) => [.. Enumerable.Range(0, n).Select(i => new Philox(6, (ulong)stream).Normal((ulong)i))];
}
