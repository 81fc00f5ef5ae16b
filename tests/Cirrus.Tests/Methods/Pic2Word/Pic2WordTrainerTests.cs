using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Pic2Word;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Methods.Pic2Word;

public sealed class Pic2WordTrainerTests : IDisposable
{
    private const int Pictures = 50, Unreadable = 7;

    private static readonly Pic2WordOptions Small = new()
    {
        Batch = 16,
        Steps = 60,
        Warmup = 5,
        Hidden = 24,
        LearningRate = 1e-2,
        Seed = 3,
        Augment = false,
        CheckpointEvery = 10,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly PictureSet _pictures;
    private int _reads;

    public Pic2WordTrainerTests()
    {
        _clip = TinyClip.Create(_device);
        _pictures = new([.. Enumerable.Range(0, Pictures).Select(i => $"{i}.png")], "fifty", (i, random) =>
        {
            Interlocked.Increment(ref _reads);
            return i == Unreadable ? throw new CirrusException("it is torn", hint: "mend it") : Pixels((ulong)i, random);
        });
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_loss_falls_and_repeats_to_the_bit(bool augment)
    {
        List<float> losses = Losses(Small with { Augment = augment });
        Assert.True(losses.TakeLast(5).Average() < 0.8 * losses.Take(5).Average(), LossCurve.Draw(losses));
        Assert.Equal(losses, Losses(Small with { Augment = augment }));
        Assert.NotEqual(losses, Losses(Small with { Augment = augment, Seed = 4 }));
    }

    // Half the cross-entropy of either direction over exp(logit_scale)·cosines; the word of the raw feature stands where the end token was. float32 against float64.
    [Fact]
    public void The_first_loss_is_the_published_one()
    {
        PictureSet twelve = new([.. Enumerable.Range(0, 12).Select(i => $"{i}")], "twelve", (i, _) => Pixels((ulong)i, null));
        using Pic2WordTrainer trainer = new(_clip, twelve, Small with { Batch = 12, Dropout = 0 });
        using Arena arena = new(_device);
        Graph g = new(arena);
        float[] v = twelve.Embed(_clip, stop: TestContext.Current.CancellationToken);
        int[] prompt = _clip.Tokenizer.Encode("a photo of");
        TokenBatch prompts = TokenBatch.From([.. Enumerable.Repeat((int[])[.. prompt[..^1], _clip.Tokenizer.Placeholder, prompt[^1]], 12)]);
        float[] said = _clip.Text.Forward(g, prompts, trainer.Network.Forward(g, arena.From(v, 12, TinyClip.P)),
            _clip.Tokenizer.Placeholder).Floats.ToArray();
        double[][] unit = [.. v.Chunk(TinyClip.P).Concat(said.Chunk(TinyClip.P)).Select(r =>
            r.Select(x => x / Math.Sqrt(r.Sum(y => (double)y * y))).ToArray())];
        double loss = 0;
        for (int i = 0; i < 12; i++)
        {
            double Logit(int picture, int word) => _clip.LogitScale * unit[picture].Zip(unit[12 + word], (a, b) => a * b).Sum();
            loss -= Math.Log(Math.Exp(Logit(i, i)) / Enumerable.Range(0, 12).Sum(j => Math.Exp(Logit(i, j)))) / 24;
            loss -= Math.Log(Math.Exp(Logit(i, i)) / Enumerable.Range(0, 12).Sum(j => Math.Exp(Logit(j, i)))) / 24;
        }
        Assert.Equal(loss, trainer.Next().Loss, 1e-5 * loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_run_gives_the_same_to_the_bit(bool augment)
    {
        Pic2WordOptions options = Small with { Augment = augment };
        string whole = Path.Combine(_folder, "whole"), halves = Path.Combine(_folder, "halves");
        using (TrainingRun run = Start(whole, options))
            Assert.True(run.Train(null, CancellationToken.None));
        using (CancellationTokenSource stop = new())
        using (TrainingRun run = Start(halves, options))
            Assert.False(run.Train(done => { if (done.Step == 37) stop.Cancel(); }, stop.Token));
        _reads = 0;
        using (TrainingRun run = Resume(halves, options))
        {
            Assert.Equal(37, run.Trainer.Step);
            Assert.True(run.Train(null, CancellationToken.None));
        }
        Assert.Equal(augment, _reads > 1);    // kept features are not computed again; the torn picture is tried again
        Assert.Equal(Weights(whole), Weights(halves));
        Assert.Equal(RunFolder.ReadLog(whole).Select(l => (l.Step, l.Loss)), RunFolder.ReadLog(halves).Select(l => (l.Step, l.Loss)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_picture_that_cannot_be_read_is_told_once_and_left_out(bool augment)
    {
        List<string> said = [];
        List<int> sizes = [];
        using TrainingRun run = Start(_folder, Small with { Augment = augment, Steps = 9 });
        run.Train(done => sizes.Add(done.Samples), CancellationToken.None, said.Add);
        Assert.Equal("left out: 7.png: it is torn", Assert.Single(said));
        Assert.Contains(16, sizes);
        Assert.Contains(15, sizes);
        Assert.All(sizes, b => Assert.InRange(b, 15, 16));
    }

    [Fact]
    public void A_run_whose_pictures_cannot_be_read_ends()
    {
        PictureSet torn = new(_pictures.Names, "torn", (_, _) => throw new CirrusException("it is torn", hint: "mend it"));
        using Pic2WordTrainer trainer = new(_clip, torn, Small);
        Assert.Contains("fewer than two", Assert.Throws<CirrusException>(trainer.Next).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_while_pictures_are_embedded_it_begins_there_again()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();
        using (TrainingRun run = Start(_folder, Small))
            Assert.False(run.Train(null, stop.Token));
        using TrainingRun again = Resume(_folder, Small);
        Assert.True(again.Train(null, CancellationToken.None));
    }

    [Fact]
    public void Epochs_become_steps()
    {
        using Pic2WordTrainer trainer = new(_clip, _pictures, Small with { Steps = 0, Epochs = 4 });
        Assert.Equal(12, trainer.Steps);
        Assert.Equal(TrainingDataKind.Pictures, Pic2WordTrainer.Training.Data);
        Assert.Contains("batch", Assert.Throws<CirrusException>(() => new Pic2WordTrainer(_clip, _pictures, Small with { Batch = 51 })).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rate_rises_from_its_first_share_and_falls_to_nothing()
    {
        Assert.Equal([0.25, 0.5, 0.75, 1, 1, 0.75, 0.25],
            Enumerable.Range(0, 7).Select(step => Pic2WordTrainer.RateOf(step, 1, 4, 7)), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(1, Pic2WordTrainer.RateOf(0, 1, 0, 5));
    }

    private TrainingRun Start(string path, Pic2WordOptions options) => TrainingRun.Start(path, "pic2word",
        JsonSerializer.SerializeToElement(options, Pic2WordJson.Default.Pic2WordOptions), new TrainingData(Pictures: _pictures).Inputs(_clip),
        new Pic2WordTrainer(_clip, _pictures, options), Im2TextFile.InRun);

    private TrainingRun Resume(string path, Pic2WordOptions options) =>
        TrainingRun.Resume(path, "pic2word", new TrainingData(Pictures: _pictures).Inputs(_clip),
        new Pic2WordTrainer(_clip, _pictures, options), Im2TextFile.InRun);

    private List<float> Losses(Pic2WordOptions options)
    {
        using Pic2WordTrainer trainer = new(_clip, _pictures, options);
        return [.. Enumerable.Range(0, trainer.Steps).Select(_ => trainer.Next().Loss)];
    }

    private float[] Weights(string path)
    {
        using Im2Text network = Im2TextFile.Load(path, _device);
        return [.. network.Weights.SelectMany(w => w.Floats.ToArray())];
    }

    /// <summary>A picture of noise; varied, it has a little more.</summary>
    private static float[] Pixels(ulong picture, Philox? random)
    {
        Philox own = new(picture, 5);
        return [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => own.Normal((ulong)i) + (random is Philox r ? 0.1f * r.Normal((ulong)i) : 0))];
    }
}
