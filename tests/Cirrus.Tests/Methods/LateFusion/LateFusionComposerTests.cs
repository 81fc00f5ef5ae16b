using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LateFusion;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.LateFusion;

public sealed class LateFusionComposerTests : IDisposable
{
    private const float Rounding = 2e-6f;    // unit vectors of 16 numbers in float32

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly double[] _v, _t, _u;
    private readonly float[] _a = Picture(1), _b = Picture(2);

    public LateFusionComposerTests()
    {
        _clip = TinyClip.Create(_device);
        (_v, _t, _u) = (Unit(_a), Words("is red"), Words("at night"));
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Image_and_text_are_one_side_alone()
    {
        Close(_v, Compose("image", new([_a], "is red")));
        Close(_t, Compose("text", new([_a], "is red")));
        Close(_t, Compose("image", new([], "is red")));
        Close(_v, Compose("text", new([_a], null)));
        Close(_v, Compose("sum", new([_a], " ")));
    }

    [Fact]
    public void The_plain_sum_is_of_unit_vectors()
    {
        Close(Unit([.. _v.Zip(_t, (v, t) => v + t)]), Compose("sum", new([_a], "is red")));
        Close(Unit([.. _v.Zip(_t, (v, t) => (0.3 * v) + (0.7 * t))]), Compose("sum", new([_a], "is red", ImageWeight: 0.3f)));
    }

    [Theory, InlineData(null, 0.8), InlineData(0.5f, 0.5), InlineData(0.9f, 0.1)]
    public void Slerp_is_on_the_great_circle(float? imageWeight, double alpha)
    {
        double angle = Math.Acos(Dot(_v, _t));
        double[] expected = [.. _v.Zip(_t, (v, t) => ((Math.Sin((1 - alpha) * angle) * v) + (Math.Sin(alpha * angle) * t)) / Math.Sin(angle))];
        float[] found = Compose("slerp", new([_a], "is red", ImageWeight: imageWeight));
        Close(expected, found);
        Assert.Equal((1 - alpha) * angle, Math.Acos(Dot([.. found.Select(f => (double)f)], _t)), 1e-4);
    }

    [Fact]
    public void Slerp_ends_at_picture_and_words_even_when_they_are_parallel()
    {
        Close(_v, Compose("slerp", new([_a], "is red", ImageWeight: 1)));
        Close(_t, Compose("slerp", new([_a], "is red", ImageWeight: 0)));
        float[] same = [.. _t.Select(x => 3 * (float)x)];
        Close(_t, Compose("slerp", new([same], "is red", ImageWeight: 0.5f)));
    }

    [Fact]
    public void Several_pictures_and_texts_are_averaged_as_unit_vectors_first()
    {
        double[] picture = Unit([.. _v.Zip(Unit(_b), (x, y) => x + y)]), words = Unit([.. _t.Zip(_u, (x, y) => x + y)]);
        Close(Unit([.. picture.Zip(words, (v, t) => v + t)]), Compose("sum", new([_a, _b], "is red", Alternatives: ["at night"])));
    }

    [Fact]
    public void Raw_features_keep_their_lengths()
    {
        double[] words = Words("is red", unit: false), picture = [.. _a.Zip(_b, (x, y) => (x + (double)y) / 2)];
        Close(Unit([.. picture.Zip(words, (v, t) => v + t)]), Compose("sum-raw", new([_a, _b], "is red")));
        double angle = Math.Acos(Dot(Unit(picture), Unit(words)));
        Close(Unit([.. picture.Zip(words, (v, t) => (Math.Sin(0.3 * angle) * v) + (Math.Sin(0.7 * angle) * t))]),
            Compose("slerp-raw", new([_a, _b], "is red", ImageWeight: 0.3f)));
        Close(_v, Compose("sum-raw", new([_a], null)));
        Close(_t, Compose("slerp-raw", new([], "is red")));
    }

    [Fact]
    public void The_average_is_the_sum_by_another_name() => Assert.Same(Method.Find("sum"), Method.Find("average"));

    [Fact]
    public void Terms_to_avoid_are_subtracted_by_half()
    {
        double[] sum = Unit([.. _v.Zip(_t, (v, t) => v + t)]), away = Unit(_b);
        Close(Unit([.. sum.Zip(away, (x, y) => x - (0.5 * y))]), Compose("sum", new([_a], "is red", Without: [_b])));
    }

    [Fact]
    public void A_batch_gives_what_its_queries_give_alone_in_order()
    {
        Composition[] queries = [new([_a], "is red"), new([], "at night"), new([_b], null), new([_b], "is red", Alternatives: ["at night"])];
        using LateFusionComposer composer = LateFusionComposer.Sum(_clip);
        float[] all = composer.Compose(queries);
        for (int i = 0; i < queries.Length; i++)
            Close([.. Compose("sum", queries[i]).Select(f => (double)f)], all[(i * TinyClip.P)..((i + 1) * TinyClip.P)]);
        Assert.Throws<ArgumentException>(() => composer.Compose([new([], " ")]));
    }

    [Fact]
    public void The_pictures_place_is_not_a_word()
    {
        Close(_t, Compose("text", new([_a], "$ is red")));
        Close(Words("costs $ 5"), Compose("text", new([], "costs $ 5")));       // no picture, so no place for one
        Close(Words("costs $5"), Compose("text", new([_a], "costs $5")));
        Close(_v, Compose("sum", new([_a], "$")));
        Assert.Throws<ArgumentException>(() => Compose("sum", new([[1f, 2f]], "is red")));
    }

    private float[] Compose(string method, Composition query)
    {
        using Composer composer = Method.Find(method).Open(_clip, null);
        Assert.Equal(method, composer.Name);
        return composer.Compose([query]);
    }

    private double[] Words(string text, bool unit = true)
    {
        using Arena arena = new(_device);
        float[] raw = new float[TinyClip.P];
        _device.Download(raw, _clip.Text.Forward(new Graph(arena), TokenBatch.From([_clip.Tokenizer.Encode(text)])));
        return unit ? Unit(raw) : [.. raw.Select(x => (double)x)];
    }

    private static float[] Picture(ulong seed) => [.. Enumerable.Range(0, TinyClip.P).Select(i => 5 * new Philox(seed, 9).Normal((ulong)i))];

    private static double[] Unit(float[] x) => Unit([.. x.Select(f => (double)f)]);

    private static double[] Unit(double[] x) => [.. x.Select(v => v / Math.Sqrt(Dot(x, x)))];

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static void Close(double[] expected, float[] actual) =>
        Assert.Equal(expected, actual.Select(f => (double)f), (a, b) => Math.Abs(a - b) <= Rounding);
}
