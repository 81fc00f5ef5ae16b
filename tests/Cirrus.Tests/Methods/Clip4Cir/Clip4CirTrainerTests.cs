using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Clip4Cir;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Tests.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Methods.Clip4Cir;

public sealed class Clip4CirTrainerTests : IDisposable
{
    private static readonly Clip4CirOptions Small = new()
    {
        Batch = 8,
        Steps = 30,
        LearningRate = 1e-3,
        LogitScale = 20,
        CheckpointEvery = 10,
        Seed = 3,
    };

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly TrainingData _data = new(Triplets: TinyTriplets.Create(24));

    public Clip4CirTrainerTests() => _clip = TinyClip.Create(_device);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Encoder.Both, true, true)]
    [InlineData(Encoder.Text, true, false)]
    [InlineData(Encoder.Image, false, true)]
    public void Only_the_towers_asked_for_are_trained(Encoder encoder, bool text, bool image)
    {
        float[] before = Values(_clip, "text_projection");
        using Clip4CirTrainer trainer = new(_clip, _data.Triplets!, Small with { Encoder = encoder });
        for (int step = 0; step < 2; step++)
            trainer.Next();
        Assert.Equal(text, Changed(trainer, "text_projection", "token_embedding.weight",
            "transformer.resblocks.0.attn.in_proj_weight", "ln_final.bias"));
        Assert.Equal(image, Changed(trainer, "visual.proj", "visual.conv1.weight",
            "visual.transformer.resblocks.0.mlp.c_fc.bias", "visual.class_embedding"));
        Assert.False(Changed(trainer, "logit_scale"));
        Assert.Equal(before, Values(_clip, "text_projection"));
    }

    [Theory]
    [InlineData(Encoder.Both)]
    [InlineData(Encoder.Text)]
    public void The_loss_falls(Encoder encoder)
    {
        using Clip4CirTrainer trainer = new(_clip, _data.Triplets!, Small with { Encoder = encoder, Steps = 80 });
        float[] losses = [.. Enumerable.Range(0, 80).Select(_ => trainer.Next().Loss)];
        Assert.True(losses[^10..].Average() < 0.7 * losses[..10].Average(), LossCurve.Draw(losses));
    }

    [Theory]
    [InlineData(Encoder.Both)]
    [InlineData(Encoder.Text)]
    [InlineData(Encoder.Image)]
    public void A_run_resumed_once_gives_the_same_losses_and_weights_to_the_bit(Encoder encoder)
    {
        Clip4CirOptions options = Small with { Encoder = encoder };
        using (TrainingRun run = Start("whole", options))
            Assert.True(run.Train(null, CancellationToken.None));
        using (CancellationTokenSource stop = new())
        using (TrainingRun run = Start("halves", options))
            Assert.False(run.Train(done => { if (done.Step == 17) stop.Cancel(); }, stop.Token));
        using (TrainingRun run = TrainingRun.Resume(_folder.At("halves"), "clip4cir", _data.Inputs(_clip),
            Clip4CirOptions.Create(_clip, _data, options), Clip4CirComposer.InRun))
            Assert.True(run.Train(null, CancellationToken.None));
        Assert.Equal(File.ReadAllBytes(_folder.At("whole/clip/model.safetensors")), File.ReadAllBytes(_folder.At("halves/clip/model.safetensors")));
        Assert.Equal(RunFolder.ReadLog(_folder.At("whole")).Select(l => l.Loss), RunFolder.ReadLog(_folder.At("halves")).Select(l => l.Loss));
    }

    [Fact]
    public void With_the_text_tower_alone_a_gallery_stays_valid()
    {
        using (TrainingRun run = Start("run", Small with { Encoder = Encoder.Text, Steps = 3 }))
            run.Train(null, CancellationToken.None);
        using ClipModel tuned = ClipModel.Load(_folder.At("run/clip"), _device);
        float[] picture = [.. Enumerable.Range(0, TinyClip.P).Select(i => i - 4f)];
        using Composer composer = Clip4CirComposer.Open(_clip, _folder.At("run")),
            same = Method.Find("sum-raw").Open(tuned, null), before = Method.Find("sum-raw").Open(_clip, null);
        float[] query = composer.Compose([new([picture], "is red")]);
        Golden.Close(same.Compose([new([picture], "is red")]), query, 1e-6f);        // one float32 normalisation apart
        Assert.NotEqual(before.Compose([new([picture], "is red")]), query);
    }

    [Fact]
    public void With_both_towers_the_gallery_must_be_the_fine_tuned_ones()
    {
        using (TrainingRun run = Start("run", Small with { Steps = 2 }))
            run.Train(null, CancellationToken.None);
        CirrusException e = Assert.Throws<CirrusException>(() => Clip4CirComposer.Open(_clip, _folder.At("run")));
        Assert.Contains(_folder.At("run/clip"), e.Hint, StringComparison.Ordinal);
        using ClipModel tuned = ClipModel.Load(_folder.At("run/clip"), _device);
        using Composer composer = Clip4CirComposer.Open(tuned, _folder.At("run"));
        Assert.Equal("clip4cir", composer.Name);
        Assert.Contains("cirrus train clip4cir", Assert.Throws<CirrusException>(() => Clip4CirComposer.Open(_clip, null)).Hint,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_published_file_is_written_and_read()
    {
        using Clip4CirTrainer trainer = new(_clip, _data.Triplets!, Small);
        for (int step = 0; step < 3; step++)
            trainer.Next();
        string path = _folder.At("tuned.pt");
        trainer.Save(path);
        _clip.Save(_folder.At("words"), StoredType.F32, new Dictionary<string, string>());
        foreach (string file in new[] { "vocab.json", "merges.txt" })
            File.Copy(Path.Combine(_folder.At("words"), file), _folder.At(file));
        using ClipModel again = ClipModel.Load(path, _device);
        foreach ((string name, Tensor weight) in trainer.Tuned.Weights)
            Assert.Equal(weight.Floats.ToArray(), Values(again, name));
        Assert.SkipWhen(await TorchFilesTests.Python("-c", "import torch") is null, "needs Python with PyTorch, which is not installed");
        const string Program = """
            import sys, torch
            d = torch.load(sys.argv[1], map_location='cpu')
            print(d['epoch'], *(f'{n} {list(d["CLIP"][n].shape)}' for n in ('visual.conv1.weight', 'visual.proj', 'text_projection', 'logit_scale')), sep='; ')
            """;
        Assert.Equal("1; visual.conv1.weight [32, 3, 8, 8]; visual.proj [32, 16]; text_projection [32, 16]; logit_scale []\n",
            await TorchFilesTests.Python("-c", Program, path));
    }

    [Fact]
    public void Too_few_triplets_and_options_without_meaning_are_told()
    {
        Assert.Contains("batch", Assert.Throws<CirrusException>(() => new Clip4CirTrainer(_clip, _data.Triplets!, Small with { Batch = 25 })).Hint, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => new Clip4CirTrainer(_clip, _data.Triplets!, Small with { Dropout = 0.5f }));
    }

    private TrainingRun Start(string folder, Clip4CirOptions options) => TrainingRun.Start(_folder.At(folder), "clip4cir",
        JsonSerializer.SerializeToElement(options, Clip4CirJson.Default.Clip4CirOptions), _data.Inputs(_clip),
            Clip4CirOptions.Create(_clip, _data, options), Clip4CirComposer.InRun);

    private bool Changed(Clip4CirTrainer trainer, params string[] names)
    {
        bool[] changed = [.. names.Select(n => !Values(_clip, n).SequenceEqual(Values(trainer.Tuned, n)))];
        Assert.Single(changed.Distinct());
        return changed[0];
    }

    private static float[] Values(ClipModel clip, string name) => clip.Weights[name].Floats.ToArray();
}
