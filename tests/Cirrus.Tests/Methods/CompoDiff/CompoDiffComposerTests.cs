using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class CompoDiffComposerTests : IDisposable
{
    private const int D = TinyClip.P, Side = 4;
    private const float Rounding = 1e-5f;                            // float32 sampled in another batch, then normalised

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly Denoiser _network;
    private readonly CompoDiffComposer _composer;

    public CompoDiffComposerTests()
    {
        _clip = TinyClip.Create(_device);
        _network = Denoiser.Random(new(D, 1, 8, 2, 32, Side), _device, new Philox(3, 0));
        _composer = new(_clip, _network);
    }

    public void Dispose()
    {
        _composer.Dispose();
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_query_is_the_mean_sample_with_a_tenth_of_its_own_picture()
    {
        SamplingOptions options = new() { Steps = 3, Seed = 4 };
        float[][] pictures = [Normal(1), Normal(2)], states = States("is red", "", "at night");
        float[][] samples = [.. new DdimSampler(_network).Sample(new(states, [0, 2], [1, 1], pictures, [null, null]), options).Chunk(D)];
        float[] expected = [.. pictures.SelectMany((p, i) => UnitVectors.Normalize([.. p.Zip(samples[i], (a, b) => (0.1f * a) + (0.9f * b))]))];
        Golden.Close(expected, _composer.Compose([new([pictures[0]], "is red", Sampling: options), new([pictures[1]], "at night", Sampling: options)]), Rounding);
        Golden.Close(UnitVectors.Normalize(samples[0]), _composer.Compose([new([pictures[0]], "is red", ImageWeight: 0, Sampling: options)]), Rounding);
        Golden.Close(UnitVectors.Normalize(pictures[0]), _composer.Compose([new([pictures[0]], "is red", ImageWeight: 1, Sampling: options)]), Rounding);
    }

    [Fact]
    public void Words_alone_mix_no_picture_and_a_picture_alone_is_itself()
    {
        float[][] states = States("is red", "");
        float[] sample = new DdimSampler(_network).Sample(new(states, [0], [1], [null], [null]), new());
        Golden.Close(UnitVectors.Normalize(sample), _composer.Compose([new([], "is red")]), Rounding);
        Golden.Close(UnitVectors.Normalize(Normal(1)), _composer.Compose([new([Normal(1)], null)]), Rounding);
        Assert.Throws<ArgumentException>(() => _composer.Compose([new([], " ")]));
    }

    [Fact]
    public void Words_to_push_away_masks_padding_and_seeds_count()
    {
        Composition query = new([Normal(1)], "is red");
        float[] plain = _composer.Compose([query]), mask = new float[32 * 32];
        mask.AsSpan(0, 512).Fill(1);
        float[][] others =
        [
            _composer.Compose([query with { Avoided = ["a very long thing"] }]),
            _composer.Compose([query with { Avoided = ["a very long thing"], Sampling = new() { NegativeMaskCompat = true } }]),
            _composer.Compose([query with { Mask = mask }]),
            _composer.Compose([query with { Sampling = new() { Seed = 1 } }]),
            _composer.Compose([query with { Sampling = new() { PadId = _clip.Tokenizer.End } }]),
            _composer.Compose([query with { Without = [Normal(9)] }]),
            _composer.Compose([query with { Pictures = [Normal(1), Normal(2)] }]),
            plain,
        ];
        for (int i = 0; i < others.Length; i++)
            for (int j = 0; j < i; j++)
                Assert.True(others[i].Zip(others[j], (a, b) => MathF.Abs(a - b)).Max() > 1e-4f, $"{i} and {j} are alike");
        Assert.Equal(plain, _composer.Compose([query]));
    }

    // The release sees as much of them as of the words that are sought: methods 5.7.
    [Theory, InlineData(false), InlineData(true)]
    public void Words_to_push_away_stand_where_the_empty_text_stood(bool compat)
    {
        const string Avoided = "a very long thing";
        SamplingOptions options = new() { Steps = 3, Seed = 4, NegativeMaskCompat = compat };
        int sought = _clip.Tokenizer.Encode("is red").Length, seen = compat ? sought : _clip.Tokenizer.Encode(Avoided).Length;
        float[][] states = new PromptStates(_clip).Of([new("is red", sought), new(Avoided, seen)], 0);
        float[] sample = new DdimSampler(_network).Sample(new(states, [0], [1], [Normal(1)], [null]), options);
        Golden.Close(UnitVectors.Normalize(sample), _composer.Compose([new([Normal(1)], "is red", ImageWeight: 0, Avoided: [Avoided], Sampling: options)]), Rounding);
    }

    [Fact]
    public void With_a_mask_a_twentieth_of_the_picture_is_mixed_in()
    {
        float[] mask = new float[32 * 32], picture = Normal(1);
        mask.AsSpan(0, 512).Fill(1);
        float[] sample = new DdimSampler(_network).Sample(new(States("is red", ""), [0], [1], [picture], [EditMask.Shrink(mask, Side)]), new());
        Golden.Close(UnitVectors.Normalize([.. picture.Zip(sample, (a, b) => (0.05f * a) + (0.95f * b))]), _composer.Compose([new([picture], "is red", Mask: mask)]), Rounding);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_image_weight_that_the_method_names_is_the_one_it_takes(bool masked)
    {
        Method method = Method.Find("compodiff");
        Composition query = new([Normal(1)], "is red", Mask: masked ? [.. Enumerable.Range(0, 32 * 32).Select(i => i < 512 ? 1f : 0)] : null);
        float weight = (masked ? method.UsualMaskedImageWeight : method.UsualImageWeight)!.Value;
        Assert.Contains($"{weight.ToString(CultureInfo.InvariantCulture)} {(masked ? "with a mask" : "unless set")}", method.ImageWeightMeaning,
            StringComparison.Ordinal);
        Assert.Equal(_composer.Compose([query with { ImageWeight = weight }]), _composer.Compose([query]));
        Assert.NotEqual(_composer.Compose([query with { ImageWeight = weight + 0.1f }]), _composer.Compose([query]));
    }

    [Fact]
    public void Weights_may_say_how_they_are_sampled_and_a_query_comes_before_them()
    {
        using CompoDiffComposer own = Saying(("text_scale", "3"), ("samples", "1"), ("keep_first", "0.25"));
        Composition query = new([Normal(1)], "is red");
        float[] found = own.Compose([query]);
        Assert.Equal(_composer.Compose([query with { Sampling = new() { TextScale = 3, Samples = 1, KeepFirst = 0.25f } }]), found);
        Assert.Equal(found, own.Compose([query with { Sampling = new() }]));
        Assert.Equal(_composer.Compose([query]), own.Compose([query with { Sampling = SamplingOptions.Published }]));
        Assert.NotEqual(_composer.Compose([query]), found);
        Assert.Throws<CirrusException>(() => Saying(("text_scale", "much")));
        Assert.Throws<CirrusException>(() => Saying(("samples", "0")));
        Assert.Throws<CirrusException>(() => Saying(("keep_first", "1.5")));
    }

    [Fact]
    public void A_mask_is_made_smaller_by_the_pixels_around_each_centre()
    {
        float[] mask = new float[14 * 14];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = i % 14 < 7 ? 1 : 0;
        Assert.Equal([.. Enumerable.Range(0, 16).Select(i => i % 4 < 2 ? 1f : 0)], EditMask.Shrink(mask, 4));
        Assert.Throws<ArgumentException>(() => EditMask.Shrink(new float[15], 4));
    }

    [Fact]
    public void Weights_for_another_clip_are_refused_with_a_way_out()
    {
        using TempFolder folder = new();
        using (Denoiser wide = Denoiser.Random(new(D, 1, 8, 2, 48, Side), _device, new Philox(3, 0)))
            DenoiserFile.Save(wide, folder.Path);
        Assert.Contains(CompoDiffComposer.TextModel, Assert.Throws<CirrusException>(() => CompoDiffComposer.Open(_clip, folder.Path)).Hint, StringComparison.Ordinal);
        using (Denoiser large = Denoiser.Random(new(2 * D, 1, 8, 2, 32, Side), _device, new Philox(3, 0)))
            DenoiserFile.Save(large, folder.Path);
        Assert.Throws<CirrusException>(() => CompoDiffComposer.Open(_clip, folder.Path));
        Assert.Throws<CirrusException>(() => CompoDiffComposer.Open(_clip, null));
        Assert.Throws<CirrusException>(() => _composer.Compose([new([], "x", Sampling: new() { PadId = 1 << 20 })]));
    }

    [Fact]
    public void The_words_may_have_a_clip_of_their_own()
    {
        using TempFolder folder = new();
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        DenoiserFile.Save(_network, folder.Path);
        other.Save(folder.At(CompoDiffComposer.TextModel), StoredType.F32, new Dictionary<string, string>());
        using CompoDiffComposer theirs = CompoDiffComposer.Open(_clip, folder.Path), same = new(other, DenoiserFile.Load(folder.Path, _device));
        Composition query = new([Normal(1)], "is red");
        Assert.Equal(same.Compose([query]), theirs.Compose([query]));
        Assert.NotEqual(_composer.Compose([query]), theirs.Compose([query]));
    }

    private float[][] States(params string[] texts) => new PromptStates(_clip).Of([.. texts.Select(t => new PaddedText(t, _clip.Tokenizer.Encode(t).Length))], 0);

    private CompoDiffComposer Saying(params (string Fact, string Said)[] facts) =>
        new(_clip, Saying(Denoiser.Random(_network.Sizes, _device, new Philox(3, 0)), facts));

    private static Denoiser Saying(Denoiser network, (string Fact, string Said)[] facts)
    {
        network.Provenance = facts.ToDictionary(f => f.Fact, f => f.Said);
        return network;
    }

    private static float[] Normal(int stream) => [.. Enumerable.Range(0, D).Select(i => new Philox(6, (ulong)stream).Normal((ulong)i))];
}
