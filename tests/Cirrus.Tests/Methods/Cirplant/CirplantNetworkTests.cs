using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Cirplant;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.Cirplant;

public sealed class CirplantNetworkTests : IDisposable
{
    private const int P = TinyClip.P;

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly CirplantNetwork _network;
    private readonly Graph _g;

    public CirplantNetworkTests()
    {
        _clip = TinyClip.Create(_device);
        _network = CirplantNetwork.Random(_clip, 2, new Philox(4, 0));
        _g = new(new Arena(_device));
    }

    public void Dispose()
    {
        _g.Arena.Dispose();
        _network.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    // Six triplets an anchor: the wrong targets are those of the six queries behind it, going round.
    [Fact]
    public void The_loss_is_that_of_soft_triplets_over_squared_distances()
    {
        const int B = 8;
        HeadInput input = Input([.. Enumerable.Range(0, B).Select(i => $"is {i}")]);
        float[][] targets = [.. Enumerable.Range(0, B).Select(i => UnitVectors.Normalize(Normal(50 + (ulong)i)))];
        float[][] queries = [.. _network.Forward(_g, input).Floats.ToArray().Chunk(P)];
        double sum = 0;
        for (int i = 0; i < B; i++)
            for (int k = 1; k <= 6; k++)
                sum += Math.Log(1 + Math.Exp(Distance(queries[i], targets[i]) - Distance(queries[i], targets[(i + k) % B])));
        Tensor loss = _network.Loss(_g, input, _g.Arena.From([.. targets.SelectMany(t => t)], B, P), scale: 1000);
        Assert.Equal(sum / (6 * B), loss.Floats[0], 1e-4 * sum / (6 * B));          // differences of distances up to 64 in float32

        static double Distance(float[] x, float[] y) => 16 * x.Zip(y, (a, b) => ((double)a - b) * (a - b)).Sum();
    }

    [Fact]
    public void A_query_is_one_sequence_and_does_not_see_its_neighbours()
    {
        string[] captions = ["is red", "is a very long caption of many tokens", "x"];
        float[][] together = [.. _network.Forward(_g, Input(captions)).Floats.ToArray().Chunk(P)];
        for (int i = 0; i < captions.Length; i++)
            Golden.Close(together[i], _network.Forward(_g, Input([captions[i]], i)).Floats, 2e-6f);
        Assert.NotEqual(together[0], _network.Forward(_g, Input(["is green"])).Floats.ToArray());
        Assert.NotEqual(together[0], _network.Forward(_g, Input(["is red"], 1)).Floats.ToArray());
        Assert.Equal(1, together[0].Sum(v => v * v), 1e-5f);
    }

    [Fact]
    public void Matrices_decay_and_nothing_else() => Assert.Equal(
        _network.Names.Where(n => n.EndsWith(".weight", StringComparison.Ordinal) && !n.Contains("ln", StringComparison.Ordinal)),
        _network.Names.Where((_, i) => _network.Decays(_network.Weights[i])));

    [Fact]
    public void A_file_gives_the_network_back_with_all_its_layers()
    {
        using TempFolder folder = new();
        _network.Save(folder.At("c.safetensors"));
        using CirplantNetwork again = CirplantNetwork.Load(_clip, folder.At("c.safetensors"));
        Assert.Equal(_network.Names, again.Names);
        Assert.Equal(_network.Forward(_g, Input(["is red"])).Floats.ToArray(), again.Forward(_g, Input(["is red"])).Floats.ToArray());
    }

    private HeadInput Input(string[] captions, int first = 0) => new HeadInput(
        _g.Arena.From([.. captions.SelectMany((_, i) => Normal((ulong)(first + i)))], captions.Length, P),
            _g.Arena.Zeros(captions.Length, P)).WithTokens(_g, _clip, captions);

    private static float[] Normal(ulong stream) => [.. Enumerable.Range(0, P).Select(i => 2 * new Philox(6, stream).Normal((ulong)i))];
}
