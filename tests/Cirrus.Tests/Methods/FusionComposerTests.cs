using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Combiner;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods;

/// <summary>How a trained head answers queries of every shape.</summary>
public sealed class FusionComposerTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly FusionNetworkComposer _composer;
    private readonly float[] _a = Picture(1), _b = Picture(2);

    public FusionComposerTests()
    {
        _clip = TinyClip.Create(_device);
        _composer = new(_clip, CombinerNetwork.Random(_device, TinyClip.P, 24, 32, new Philox(4, 0)));
    }

    public void Dispose()
    {
        _composer.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_query_is_what_the_network_makes_of_raw_features()
    {
        using CombinerNetwork same = CombinerNetwork.Random(_device, TinyClip.P, 24, 32, new Philox(4, 0));
        using ClipEmbedder embedder = new(_clip);
        using Arena arena = new(_device);
        Tensor query = same.Forward(new Graph(arena), arena.From(_a, 1, TinyClip.P), arena.From(embedder.EmbedTexts(["is red"]), 1, TinyClip.P));
        Close(query.Floats.ToArray(), Compose(new([_a], "is red")));
        Close(query.Floats.ToArray(), Compose(new([_a], "$ is red")));
    }

    [Fact]
    public void Alone_pictures_and_words_are_themselves()
    {
        using ClipEmbedder embedder = new(_clip);
        Close(UnitVectors.Normalize(_a), Compose(new([_a], null)));
        Close(UnitVectors.Normalize(embedder.EmbedTexts(["a red cat"])), Compose(new([], "a red cat")));
        Assert.Throws<ArgumentException>(() => Compose(new([], " ")));
        Assert.Throws<ArgumentException>(() => Compose(new([new float[3]], "is red")));
    }

    [Fact]
    public void Several_pictures_give_the_mean_of_their_queries() =>
        Close(UnitVectors.Mean([Compose(new([_a], "is red")), Compose(new([_b], "is red"))]), Compose(new([_a, _b], "is red")));

    [Fact]
    public void Several_texts_are_one_caption() =>
        Close(Compose(new([_a], "Is red and has dots")), Compose(new([_a], "is red.", Alternatives: ["has dots"])));

    [Fact]
    public void The_image_weight_goes_from_words_over_the_query_to_the_picture()
    {
        float[] query = Compose(new([_a], "is red"));
        Close(Compose(new([], "is red")), Compose(new([_a], "is red", ImageWeight: 0)));
        Close(query, Compose(new([_a], "is red", ImageWeight: 0.5f)));
        Close(UnitVectors.Normalize(_a), Compose(new([_a], "is red", ImageWeight: 1)));
    }

    [Fact]
    public void Terms_to_avoid_are_subtracted() =>
        Close(UnitVectors.Without(Compose(new([_a], "is red")), [_b]), Compose(new([_a], "is red", Without: [_b])));

    [Fact]
    public void A_row_does_not_depend_on_the_others()
    {
        Composition[] queries = [new([_a], "is red"), new([], "a cat"), new([_b, _a], "is b", Alternatives: ["c"]), new([_b], null)];
        float[] all = _composer.Compose(queries);
        for (int i = 0; i < queries.Length; i++)
            Close(Compose(queries[i]), all[(i * TinyClip.P)..((i + 1) * TinyClip.P)]);
    }

    private float[] Compose(Composition query) => _composer.Compose([query]);

    private static float[] Picture(ulong seed) => [.. Enumerable.Range(0, TinyClip.P).Select(i => 3 * new Philox(seed, 9).Normal((ulong)i))];

    // Unit vectors, a few float32 operations apart.
    private static void Close(float[] expected, float[] actual) => Golden.Close(expected, actual, 2e-6f);
}
