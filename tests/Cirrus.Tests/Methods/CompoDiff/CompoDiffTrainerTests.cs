using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class CompoDiffTrainerTests : IDisposable
{
    private const int D = TinyClip.P, Pictures = 8;

    private static readonly CompoDiffOptions Small = new()
    {
        Steps = 8,
        FirstShare = 0.5,
        Batch = 6,
        SecondBatch = 6,
        LearningRate = 3e-3,
        SecondRate = 1e-3,
        Depth = 1,
        Heads = 2,
        HeadSize = 8,
    };

    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public CompoDiffTrainerTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void A_run_resumed_in_either_stage_gives_the_same_losses_and_weights_to_the_bit()
    {
        using CompoDiffTrainer whole = Prepared(Small);
        float[] losses = [.. Enumerable.Range(0, 8).Select(_ => whole.Next().Loss)];
        foreach (int stop in new[] { 2, 5 })
        {
            using CompoDiffTrainer first = Prepared(Small), second = Prepared(Small);
            for (int i = 0; i < stop; i++)
                first.Next();
            foreach ((NamedValues from, NamedValues to) in first.State().Zip(second.State()).ToArray())
                to.Write!(from.Values);
            second.Resumed(stop, first.Facts());
            Assert.Equal(losses[stop..], Enumerable.Range(stop, 8 - stop).Select(_ => second.Next().Loss));
            Assert.Equal(whole.State().Select(s => s.Values), second.State().Select(s => s.Values));
        }
    }

    [Fact]
    public void It_learns()
    {
        using CompoDiffTrainer trainer = Prepared(Small with { Steps = 60, FirstShare = 1, Batch = 16 });
        float[] losses = [.. Enumerable.Range(0, 60).Select(_ => trainer.Next().Loss)];
        Assert.True(losses[^10..].Average() < 0.75f * losses[..10].Average(), $"{losses[..10].Average()} to {losses[^10..].Average()}");
    }

    [Fact]
    public void The_finished_network_is_the_average_and_is_opened_from_the_run()
    {
        using TempFolder folder = new();
        using CompoDiffTrainer trainer = Prepared(Small with { TextScale = 4.5f, KeepFirst = 0.5f });
        for (int i = 0; i < 8; i++)
            trainer.Next();
        trainer.Save(folder.At(CompoDiffTrainer.InRun));
        using Denoiser found = DenoiserFile.Load(folder.Path, _device);
        Assert.Equal(trainer.Average.Shadows, found.Weights.Values.Select(w => w.Floats.ToArray()));
        Assert.NotEqual(trainer.Network.Weights.Values.Select(w => w.Floats.ToArray()), trainer.Average.Shadows);
        Assert.Equal("compodiff", found.Provenance["method"]);
        using CompoDiffComposer composer = CompoDiffComposer.Open(_clip, folder.Path);
        Composition query = new([Feature(1)], "is red");
        Assert.Equal(composer.Compose([query with { Sampling = new() { TextScale = 4.5f, KeepFirst = 0.5f } }]), composer.Compose([query]));
        Assert.NotEqual(composer.Compose([query with { Sampling = new() { TextScale = 7.5f } }]), composer.Compose([query]));
        Assert.NotEqual(composer.Compose([query with { Sampling = new() { KeepFirst = 0 } }]), composer.Compose([query]));
    }

    [Fact]
    public void The_stages_draw_their_shares()
    {
        DiffusionSet set = Set();
        DiffusionSample[] first = set.Batch(1000, mixed: false, new Philox(1, 0)), second = set.Batch(10_000, mixed: true, new Philox(1, 0));
        Assert.All(first, s => Assert.True(s is { Reference: null, Mask: null }));
        // Three standard deviations of 10,000 draws.
        Assert.InRange(second.Count(s => s.Reference is null), 2860, 3140);
        Assert.InRange(second.Count(s => s.Mask is not null), 2860, 3140);
        Assert.Throws<CirrusException>(() => new CompoDiffTrainer(_clip, set with { Triplets = [] }, Small));
        Assert.Throws<CirrusException>(() => new CompoDiffOptions { Steps = 0 }.Check());
    }

    [Fact]
    public void Dropped_words_and_pictures_do_not_count_and_a_mask_always_does()
    {
        DiffusionSet set = Set();
        using Denoiser network = Denoiser.Random(new(D, 1, 8, 2, 32), _device, new Philox(3, 0));
        DiffusionLoss loss = new(network, new(_clip), set.Features!, set.Masks, 0);
        using Arena arena = new(_device);
        float Of(DiffusionSample sample, float drop) => loss.Forward(new(arena), [sample], 1, drop, new Philox(5, 0)).Floats[0];
        DiffusionSample one = set.Hidden[0], words = one with { Text = "something else" }, picture = one with { Reference = 5 }, plain = one with { Mask = null };
        Assert.Equal(Of(one, 1), Of(words, 1));
        Assert.Equal(Of(one, 1), Of(picture, 1));
        Assert.NotEqual(Of(one, 1), Of(plain, 1));
        Assert.NotEqual(Of(one, 0), Of(words, 0));
        Assert.NotEqual(Of(one, 0), Of(picture, 0));
    }

    [Fact]
    public void Several_draws_of_a_sample_are_as_many_samples_that_are_told_the_same()
    {
        DiffusionSet set = Set();
        using Denoiser network = Denoiser.Random(new(D, 2, 8, 2, 32), _device, new Philox(3, 0));
        DiffusionLoss loss = new(network, new(_clip), set.Features!, set.Masks, 0);
        using Arena arena = new(_device);
        DiffusionSample one = set.Hidden[0], other = set.Triplets[3];
        float Of(int draws, params DiffusionSample[] batch) => loss.Forward(new(arena), batch, draws, 0, new Philox(5, 0)).Floats[0];
        Assert.Equal(Of(1, one, one, one, other, other, other), Of(3, one, other), 1e-6f);      // float32's rounding of a loss near 1
        Assert.NotEqual(Of(1, one, other), Of(3, one, other), 1e-3f);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_left_out_with_its_samples()
    {
        using TempFolder folder = new();
        PictureSet pictures = new([.. Enumerable.Range(0, 2 * Pictures).Select(i => $"p{i}")], "drawn",
            (place, _) => place == 2 ? throw new CirrusException("It is torn.", hint: "mend it") : [.. Enumerable.Repeat(place / 8f, 3 * 16 * 16)]);
        DiffusionSet set = Set() with { Pictures = pictures, Features = null };
        List<string> told = [];
        using CompoDiffTrainer trainer = new(_clip, set, Small);
        Assert.EndsWith("8 captions, 8 hidden parts, 8 triplets", trainer.Summary, StringComparison.Ordinal);
        trainer.Prepare(folder.Path, told.Add, TestContext.Current.CancellationToken);
        Assert.Equal(["left out: p2: It is torn."], told);
        Assert.EndsWith("7 captions, 7 hidden parts, 6 triplets", trainer.Summary, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 8), _ => Assert.True(float.IsFinite(trainer.Next().Loss)));

        using CompoDiffTrainer nothing = new(_clip, set with { Triplets = [set.Triplets[2]] }, Small);
        Assert.Contains("7, 7 and 0", Assert.Throws<CirrusException>(() => nothing.Prepare(folder.Path, null, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    /// <summary>Eight pictures with a caption each; a mask's picture is the one with a quarter of its feature left.</summary>
    private static DiffusionSet Set()
    {
        string[] captions = TinyClip.Captions(Pictures);
        float[] mask = new float[64 * 64];
        mask.AsSpan(0, 1000).Fill(1);
        PictureSet pictures = new([.. Enumerable.Range(0, 2 * Pictures).Select(i => $"{i}")], "made up", (place, _) => throw new CirrusException($"Nobody draws picture {place}.", hint: "take its feature"));
        return new(pictures, [mask],
            [.. captions.Select((c, i) => new DiffusionSample(c, null, null, i))], [.. captions.Select((c, i) => new DiffusionSample(c, Pictures + i, 0, i))],
            [.. captions.Select((c, i) => new DiffusionSample("now " + c, (i + 1) % Pictures, null, i))])
        {
            Features = [.. Enumerable.Range(0, Pictures).Select(Feature), .. Enumerable.Range(0, Pictures).Select(i => Feature(i).Select(v => v / 4).ToArray())],
        };
    }

    private CompoDiffTrainer Prepared(CompoDiffOptions options, DiffusionSet? set = null)
    {
        CompoDiffTrainer trainer = new(_clip, set ?? Set(), options);
        trainer.Prepare("nowhere", null, CancellationToken.None);
        return trainer;
    }

    private static float[] Feature(int picture) => [.. Enumerable.Range(0, D).Select(i => new Philox(8, (ulong)picture).Normal((ulong)i))];
}
