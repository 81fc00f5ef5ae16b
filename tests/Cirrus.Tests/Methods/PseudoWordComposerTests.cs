using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LateFusion;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods;

/// <summary>What all pseudo-word methods can do beyond the papers, on a φ of random numbers.</summary>
public sealed class PseudoWordComposerTests : IDisposable
{
    private const float Rounding = 2e-5f;    // float32 towers, other batches

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly LinCirComposer _composer;
    private readonly float[] _a = Numbers(1), _b = Numbers(2), _centre = Numbers(3), _mean = Numbers(4);

    public PseudoWordComposerTests()
    {
        _clip = TinyClip.Create(_device);
        _composer = new(_clip, Phi(new() { [LinCirComposer.CaptionsMean] = LinCirComposer.ToText(_centre) }));
    }

    public void Dispose()
    {
        _composer.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void An_ensemble_is_the_mean_of_its_sentences()
    {
        float[] both = Compose(_a, "is red", new(["$ that {caption}", "$ , {caption}"]));
        Close(UnitVectors.Mean([Compose(_a, "$ that is red"), Compose(_a, "$ , is red")]), both);
        Close(Compose(_a, "one $ , red"), Compose(_a, "one $ , red", new(PromptTemplates.Ensemble)));
        Close(Compose(_a, "$"), Compose(_a, null, new([PromptTemplates.Short])));
    }

    [Fact]
    public void What_was_encoded_lately_is_used_again_under_any_image_weight()
    {
        float[][] expected = [.. new float?[] { null, 0.2f, 0.8f }.Select(w => Weighed(w))];
        _composer.Recent = new(new(4), 4);
        Assert.Equal(expected[0], Weighed(null));
        Assert.NotNull(_composer.Recent.Find(RecentFeatures.Key("a photo of $ that is red", [_a])));
        Assert.Null(_composer.Recent.Find(RecentFeatures.Key("a photo of $ that is red", [_b])));
        Close(expected[1], Weighed(0.2f));
        Close(expected[2], Weighed(0.8f));

        float[] Weighed(float? weight) => _composer.Compose([new([_a], "is red", ImageWeight: weight)]);
    }

    [Fact]
    public void A_blank_caption_is_the_picture_alone()
    {
        Close(Compose(_a, null), Compose(_a, " "));
        using LateFusionComposer sum = LateFusionComposer.Sum(_clip);
        Close(sum.Compose([new([_a], null)]), sum.Compose([new([_a], " ", Alternatives: [""])]));
    }

    [Fact]
    public void An_anchored_query_adds_the_changed_picture()
    {
        float[] said = Compose(_a, "$ that is red"), alone = Compose(_a, "$"), picture = UnitVectors.Normalize(_a);
        float[] expected = UnitVectors.Normalize([.. said.Select((s, i) => s + (PseudoWordComposer.AnchorShare * (picture[i] + s - alone[i])))]);
        Close(expected, Compose(_a, "is red", new([PromptTemplates.Short], Anchored: true)));
        Close(Compose(_a, null), Compose(_a, null, new(Anchored: true)));
        float[] several = _composer.Compose([new([_a, _b], "is red", Sentence: new(Anchored: true))]);
        Close(UnitVectors.Mean([Compose(_a, "is red", new(Anchored: true)), Compose(_b, "is red", new(Anchored: true))]), several);
    }

    [Fact]
    public void A_gap_shift_moves_pictures_from_the_gallery_to_the_captions()
    {
        float[] moved = [.. _a.Select((x, i) => x - _mean[i] + _centre[i])];
        Close(Compose(moved, "is red"), Compose(_a, "is red", new(GapShift: true, GalleryMean: _mean)));
        Assert.Throws<ArgumentException>(() => Compose(_a, "is red", new(GapShift: true)));
        using LinCirComposer other = new(_clip, Phi([]));
        Assert.Throws<CirrusException>(() => other.Compose([new([_a], "is red", Sentence: new(GapShift: true, GalleryMean: _mean))]));
    }

    [Fact]
    public void What_a_damaged_file_says_of_its_captions_is_not_taken()
    {
        foreach (string text in new[] { "", "AAAA", "no base 64", new string('A', 1000) })
        {
            using LinCirComposer damaged = new(_clip, Phi(new() { [LinCirComposer.CaptionsMean] = text }));
            Assert.Throws<CirrusException>(() => damaged.Compose([new([_a], "is red", Sentence: new(GapShift: true, GalleryMean: _mean))]));
        }
    }

    private MappingNetwork Phi(Dictionary<string, string> provenance)
    {
        using MappingNetwork random = MappingNetwork.Random(_device, TinyClip.P, 32, new(5, 0));
        return new(_device, random.P, random.Hidden, random.W, [.. random.Weights.Select(w => w.Floats.ToArray())]) { Provenance = provenance };
    }

    private float[] Compose(float[] picture, string? text, SentenceOptions? how = null) => _composer.Compose([new([picture], text, Sentence: how)]);

    private static float[] Numbers(ulong seed) => [.. Enumerable.Range(0, TinyClip.P).Select(i => new Philox(seed, 9).Normal((ulong)i))];

    private static void Close(float[] expected, float[] actual) => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= Rounding);
}
