using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Maaf;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.Maaf;

public sealed class MaafNetworkTests : IDisposable
{
    private const int P = TinyClip.P, V = 32, T = 5;
    private const float Rounding = 3e-6f;                            // float32 blocks in another order

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly MaafNetwork _network;
    private readonly Graph _g;

    public MaafNetworkTests()
    {
        _clip = TinyClip.Create(_device);
        _network = MaafNetwork.Random(_clip, 2, 24, new Philox(4, 0));
        _g = new(new Arena(_device));
    }

    public void Dispose()
    {
        _g.Arena.Dispose();
        _network.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Without_its_residual_it_is_the_plain_sum()
    {
        HeadInput input = Input(["is red"], 0);
        float[] mended = _network.Forward(_g, input).Floats.ToArray();
        Weight("residual")[0] = 0;
        float[] sum = UnitVectors.Blend(UnitVectors.Normalize(input.Pictures.Floats), 1, UnitVectors.Normalize(input.Words.Floats), 1);
        Golden.Close(sum, _network.Forward(_g, input).Floats, Rounding);
        Assert.NotEqual(sum, mended);
    }

    [Fact]
    public void A_query_is_one_sequence_and_does_not_see_its_neighbours()
    {
        Weight("residual")[0] = 5;
        string[] captions = ["is red", "is a very long caption of many tokens", "x"];
        float[][] together = [.. _network.Forward(_g, Input(captions, 0)).Floats.ToArray().Chunk(P)];
        for (int i = 0; i < captions.Length; i++)
            Golden.Close(together[i], _network.Forward(_g, Input([captions[i]], i)).Floats, Rounding);
    }

    [Fact]
    public void Patches_count_and_their_order_does_not()
    {
        Weight("residual")[0] = 5;
        HeadInput input = Input(["is red"], 0);
        float[] query = _network.Forward(_g, input).Floats.ToArray();
        Golden.Close(query, _network.Forward(_g, input with { Patches = _g.GatherRows(input.Patches!, [3, 0, 4, 2, 1]) }).Floats, Rounding);
        float[] others = _network.Forward(_g, input with { Patches = _g.GatherRows(input.Patches!, [3, 0, 4, 2, 2]) }).Floats.ToArray();
        Assert.True(query.Zip(others, (a, b) => Math.Abs(a - b)).Max() > 1e-3);
    }

    // (x − mean) / unbiased deviation, as the published norm has it.
    [Fact]
    public void The_norms_start_with_the_unbiased_deviation()
    {
        float[] x = Normal(9, P);
        double mean = x.Average(), deviation = Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / (P - 1));
        Tensor y = _g.LayerNorm(_g.Arena.From(x, 1, P), Of("blocks.0.ln_1.weight"), Of("blocks.0.ln_1.bias"), 1e-12f);
        Golden.Close([.. x.Select(v => (float)((v - mean) / (deviation + 1e-6)))], y.Floats, Rounding);
    }

    [Fact]
    public void The_loss_is_a_batch_softmax_by_its_own_scale()
    {
        HeadInput input = Input(["is red", "is green"], 0);
        float[][] queries = [.. _network.Forward(_g, input).Floats.ToArray().Chunk(P)],
            targets = [UnitVectors.Normalize(Normal(50, P)), UnitVectors.Normalize(Normal(51, P))];
        double loss = 0;
        for (int i = 0; i < 2; i++)
        {
            double[] logits = [.. targets.Select(t => Math.Exp(4) * queries[i].Zip(t, (a, b) => (double)a * b).Sum())];
            loss += (Math.Log(logits.Sum(Math.Exp)) - logits[i]) / 2;
        }
        Assert.Equal(loss, _network.Loss(_g, input, _g.Arena.From([.. targets.SelectMany(t => t)], 2, P), scale: 1000).Floats[0],
            1e-4 * Math.Abs(loss));
    }

    [Fact]
    public void A_file_gives_the_network_back()
    {
        using TempFolder folder = new();
        _network.Save(folder.At("m.safetensors"));
        using MaafNetwork again = MaafNetwork.Load(_clip, folder.At("m.safetensors"));
        Assert.Equal(_network.Names, again.Names);
        Assert.Equal(_network.Forward(_g, Input(["is red"], 0)).Floats.ToArray(), again.Forward(_g, Input(["is red"], 0)).Floats.ToArray());
    }

    [Fact]
    public void A_composer_asks_for_patches_and_refuses_features_alone()
    {
        using TempFolder folder = new();
        _network.Save(folder.At("m.safetensors"));
        using Composer composer = MaafNetwork.Open(_clip, folder.At("m.safetensors"));
        Assert.True(composer.NeedsPatches);
        Composition query = new([Normal(0, P)], "is red");
        Assert.Throws<ArgumentException>(() => composer.Compose([query]));
        using ClipEmbedder embedder = new(_clip);
        HeadInput input = Input(["is red"], 0) with { Words = _g.Arena.From(embedder.EmbedTexts(["is red"]), 1, P) };
        Golden.Close(_network.Forward(_g, input).Floats, composer.Compose([query with { Patches = [Normal(100, T * V)] }]), Rounding);
    }

    private HeadInput Input(string[] captions, int first) => new HeadInput(Rows(first, captions.Length, P), Rows(200 + first, captions.Length, P),
        Patches: Rows(100 + first, captions.Length, T * V).Reshape(captions.Length * T, V)).WithTokens(_g, _clip, captions);

    private Tensor Rows(int stream, int count, int n) => _g.Arena.From([.. Enumerable.Range(stream, count).SelectMany(s => Normal(s, n))], count, n);

    private Tensor Of(string name) => _network.Weights[_network.Names.ToList().IndexOf(name)];

    private Span<float> Weight(string name) => Of(name).Floats;

    private static float[] Normal(int stream, int n) => [.. Enumerable.Range(0, n).Select(i => 2 * new Philox(6, (ulong)stream).Normal((ulong)i))];
}
