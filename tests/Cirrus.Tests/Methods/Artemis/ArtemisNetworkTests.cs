using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Artemis;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.Artemis;

public sealed class ArtemisNetworkTests : IDisposable
{
    private const int P = TinyClip.P;
    private const float Rounding = 3e-6f;                            // a few float32 sums of 16

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly ArtemisNetwork _network;
    private readonly ArtemisComposer _composer;
    private readonly ClipEmbedder _embedder;
    private readonly float[] _a = Normal(1), _b = Normal(2);

    public ArtemisNetworkTests()
    {
        _clip = TinyClip.Create(_device);
        _network = Spread(ArtemisNetwork.Random(_device, P, new Philox(4, 0)));
        (_composer, _embedder) = (new(_clip, _network), new(_clip));
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _composer.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Logits_are_the_papers_formula_in_plain_loops()
    {
        using Arena arena = new(_device);
        float[][] targets = [.. Enumerable.Range(0, 3).Select(i => UnitVectors.Normalize(Normal(20 + (ulong)i)))],
            words = [Normal(7), Normal(8), Normal(9)], pictures = [_a, _b, Normal(3)];
        Tensor logits = _network.Logits(new Graph(arena), arena.From([.. pictures.SelectMany(x => x)], 3, P),
            arena.From([.. words.SelectMany(x => x)], 3, P),
            arena.From([.. targets.SelectMany(x => x)], 3, P), scale: 1000);
        for (int q = 0; q < 3; q++)
            for (int t = 0; t < 3; t++)
                Assert.Equal(Math.Exp(ArtemisNetwork.Temperature) * Plain(Wide(pictures[q]), Wide(words[q]), Wide(targets[t])),
                    logits.Floats[(q * 3) + t], 1e-4);
    }

    [Fact]
    public void A_query_has_a_term_of_the_words_and_one_of_what_is_kept()
    {
        float[] words = _embedder.EmbedTexts(["is red"]), t = UnitVectors.Normalize(Normal(30));
        Assert.Equal(Plain(Wide(_a), Wide(words), Wide(t)), Score(t, new([_a], "is red")), Rounding);
        (float em, float whole) = (Score(t, new([], "is red")), Score(t, new([_a], "is red")));
        Assert.Equal(2 * em, Score(t, new([_a], "is red", ImageWeight: 0)), Rounding);
        Assert.Equal(2 * (whole - em), Score(t, new([_a], "is red", ImageWeight: 1)), Rounding);
        Assert.Equal(whole, Score(t, new([_a], "is red", ImageWeight: 0.5f)), Rounding);
    }

    [Fact]
    public void Several_pictures_share_their_term_and_terms_to_avoid_are_subtracted()
    {
        float[] t = UnitVectors.Normalize(Normal(30));
        float one = Score(t, new([_a], "is red")), other = Score(t, new([_b], "is red"));
        Assert.Equal((one + other) / 2, Score(t, new([_a, _b], "is red")), Rounding);
        float away = UnitVectors.Normalize(_b).Zip(t, (x, y) => x * y).Sum();
        Assert.Equal(one - (0.5f * away), Score(t, new([_a], "is red", Without: [_b])), Rounding);
    }

    [Fact]
    public void A_picture_alone_is_its_cosine_and_nothing_is_an_error()
    {
        float[] t = UnitVectors.Normalize(Normal(30));
        Assert.Equal(UnitVectors.Normalize(_a).Zip(t, (x, y) => x * y).Sum(), Score(t, new([_a], null)), Rounding);
        Assert.Throws<ArgumentException>(() => Score(t, new([], " ")));
        Assert.Throws<ArgumentException>(() => Score(t, new([new float[3]], "is red")));
    }

    [Fact]
    public void A_file_gives_the_network_back()
    {
        using TempFolder folder = new();
        _network.Save(folder.At("a.safetensors"));
        using ArtemisNetwork again = ArtemisNetwork.Load(folder.At("a.safetensors"), _device);
        for (int i = 0; i < again.Weights.Count; i++)
            Assert.Equal(_network.Weights[i].Floats.ToArray(), again.Weights[i].Floats.ToArray());
        using ArtemisNetwork small = ArtemisNetwork.Random(_device, 4, new Philox(4, 0));
        small.Save(folder.At("b.safetensors"));
        Assert.Throws<CirrusException>(() => ArtemisNetwork.Open(_clip, folder.At("b.safetensors")));
    }

    private float Score(float[] t, Composition query) => MaskedTerm.Score(_composer.ComposeMasked([query])[0], t);

    /// <summary>EM + IS for one candidate, in float64, from the weights by their names.</summary>
    private double Plain(double[] picture, double[] words, double[] t)
    {
        double[] m = Layer("text", Unit(words)), em = Attend("attend_match", m), keep = Attend("attend_keep", m);
        return Dot(Unit(Layer("match", m)), Unit(Times(em, t))) + Dot(Unit(Times(keep, Unit(picture))), Unit(Times(keep, t)));
    }

    private double[] Attend(string name, double[] m)
    {
        double[] e = [.. Layer(name + ".2", [.. Layer(name + ".0", m).Select(v => Math.Max(0, v))]).Select(Math.Exp)];
        return [.. e.Select(v => v / e.Sum())];
    }

    private double[] Layer(string name, double[] x)
    {
        float[] w = Weight(name + ".weight"), b = Weight(name + ".bias");
        return [.. Enumerable.Range(0, P).Select(o => b[o] + Enumerable.Range(0, P).Sum(i => (double)w[(o * P) + i] * x[i]))];
    }

    private float[] Weight(string name) => _network.Weights[_network.Names.ToList().IndexOf(name)].Floats.ToArray();

    private static double[] Wide(float[] x) => Array.ConvertAll(x, v => (double)v);

    private static double[] Times(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a * b)];

    private static double Dot(double[] x, double[] y) => Times(x, y).Sum();

    private static double[] Unit(double[] x) => [.. x.Select(v => v / Math.Sqrt(Dot(x, x)))];

    /// <summary>Larger weights, so that the masks are not all alike.</summary>
    private static ArtemisNetwork Spread(ArtemisNetwork network)
    {
        foreach (Tensor w in network.Weights.SkipLast(1))
            foreach (ref float v in w.Floats)
                v *= 3;
        return network;
    }

    private static float[] Normal(ulong stream) => [.. Enumerable.Range(0, P).Select(i => 2 * new Philox(6, stream).Normal((ulong)i))];
}
