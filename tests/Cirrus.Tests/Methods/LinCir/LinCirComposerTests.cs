using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.LinCir;

public sealed class LinCirComposerTests : IDisposable
{
    private const float Rounding = 2e-5f;    // float32 towers, other batches

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly LinCirComposer _composer;
    private readonly MappingNetwork _phi;
    private readonly float[] _a = Picture(1), _b = Picture(2);

    public LinCirComposerTests()
    {
        _clip = TinyClip.Create(_device);
        _phi = MappingNetwork.Random(_device, TinyClip.P, 32, new(5, 0));
        _composer = new(_clip, _phi);
    }

    public void Dispose()
    {
        _composer.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Theory]
    [InlineData("is red", true, "a photo of $ that is red")]
    [InlineData("$, pencil sketch", true, "$ , pencil sketch")]
    [InlineData("two $ on a sofa", true, "two $ on a sofa")]
    [InlineData("costs $5, not US$ 7", true, "a photo of $ that costs $5, not US$ 7")]
    [InlineData("", true, "a photo of $")]
    [InlineData(null, true, "a photo of $")]
    [InlineData("a dog", false, "a dog")]
    public void Prompts_are_the_papers_or_the_users_own(string? text, bool picture, string expected) =>
        Assert.Equal(expected, _composer.Prompt(text, picture));

    [Fact]
    public void A_query_is_the_sentence_with_the_pseudo_word_in_it()
    {
        float[] q = Compose(new([_a], "is red"));
        using Arena arena = new(_device);
        Graph g = new(arena);
        Tensor word = _phi.Forward(g, arena.From(_a, 1, TinyClip.P));
        TokenBatch tokens = TokenBatch.From([_clip.Tokenizer.Encode("a photo of $ that is red")]);
        Close(UnitVectors.Normalize(_clip.Text.Forward(g, tokens, word, _clip.Tokenizer.Placeholder).Floats), q);
        Assert.NotEqual(Compose(new([_b], "is red")), q);
    }

    [Fact]
    public void Words_alone_are_themselves_and_do_not_see_pictures()
    {
        float[] words = Compose(new([], "costs $ 5"));
        using Arena arena = new(_device);
        Close(UnitVectors.Normalize(_clip.Text.Forward(new Graph(arena), TokenBatch.From([_clip.Tokenizer.Encode("costs $ 5")])).Floats), words);
    }

    [Fact]
    public void A_batch_gives_what_its_queries_give_alone()
    {
        Composition[] queries = [new([_a], "is red"), new([], "a dog"), new([_b], null), new([_a, _b], "at night", Alternatives: ["in the dark"])];
        float[] all = _composer.Compose(queries);
        for (int i = 0; i < queries.Length; i++)
            Close(Compose(queries[i]), all[(i * TinyClip.P)..((i + 1) * TinyClip.P)]);
    }

    [Fact]
    public void Several_pictures_and_texts_are_the_mean_of_their_unit_vectors()
    {
        float[] both = Compose(new([_a, _b], "x", Alternatives: ["y"]));
        Close(UnitVectors.Mean([Compose(new([_a], "x")), Compose(new([_b], "x")), Compose(new([_a], "y")), Compose(new([_b], "y"))]), both);
    }

    [Fact]
    public void The_image_weight_goes_from_words_over_the_sentence_to_the_picture()
    {
        Close(Compose(new([], "is red")), Compose(new([_a], "is red", ImageWeight: 0)));
        Close(Compose(new([_a], "is red")), Compose(new([_a], "is red", ImageWeight: 0.5f)));
        Close(UnitVectors.Normalize(_a), Compose(new([_a], "is red", ImageWeight: 1)));
        Close(Compose(new([], "in red")), Compose(new([_a], "$ in red", ImageWeight: 0)));
    }

    [Fact]
    public void Terms_to_avoid_are_subtracted()
    {
        float[] plain = Compose(new([_a], "is red")), without = Compose(new([_a], "is red", Without: [_b]));
        Assert.True(Dot(without, UnitVectors.Normalize(_b)) < Dot(plain, UnitVectors.Normalize(_b)));
        Assert.Equal(1, Dot(without, without), 1e-5f);
    }

    [Fact]
    public void A_network_of_another_clip_is_refused()
    {
        Assert.Throws<CirrusException>(() => new LinCirComposer(_clip, MappingNetwork.Random(_device, 8, 32, new(5, 0))));
        Assert.Throws<CirrusException>(() => new LinCirComposer(_clip, _phi, "a photo that {caption}"));
        Assert.Throws<ArgumentException>(() => Compose(new([], " ")));
        Assert.Throws<ArgumentException>(() => Compose(new([[1f, 2f]], "x")));
    }

    private float[] Compose(Composition query) => _composer.Compose([query]);

    private static float[] Picture(ulong seed) => [.. Enumerable.Range(0, TinyClip.P).Select(i => new Philox(seed, 9).Normal((ulong)i))];

    private static float Dot(float[] x, float[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static void Close(float[] expected, float[] actual) => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= Rounding);
}
