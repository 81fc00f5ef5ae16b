using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Methods.Searle;

public sealed class SearleTrainerTests : IDisposable
{
    private static readonly SearleOptions Small = new()
    {
        Batch = 8,
        MicroBatch = 3,
        Steps = 30,
        LearningRate = 1e-3,
        CheckpointEvery = 10,
        OtiPictures = 20,
        OtiSteps = 6,
        OtiBatch = 3,
        NearestConcepts = 20,
    };

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;

    public SearleTrainerTests()
    {
        _clip = TinyClip.Create(_device);
        File.WriteAllLines(_folder.At("concepts.txt"), ["cat", "red car", " boat ", "cat", "tree"]);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    private SearleOptions Options => Small with { Concepts = _folder.At("concepts.txt") };

    // Batches 1 to 7 invert, 8 to 37 train φ: stopped in each of the two, once on a checkpoint and once off it.
    [Theory, InlineData(4), InlineData(7), InlineData(22)]
    public void A_run_resumed_once_gives_the_same_numbers_to_the_bit(int at)
    {
        using (TrainingRun run = Start("whole", Options))
            Assert.True(run.Train(null, CancellationToken.None));
        using (CancellationTokenSource stop = new())
        using (TrainingRun run = Start("halves", Options))
            Assert.False(run.Train(done => { if (done.Step == at) stop.Cancel(); }, stop.Token));
        using (TrainingRun run = TrainingRun.Resume(_folder.At("halves"), "searle", Data().Inputs(_clip), Trainer(Options), MappingNetworkFile.InRun))
        {
            Assert.Equal(at, run.Trainer.Step);
            Assert.True(run.Train(null, CancellationToken.None));
            Assert.Equal(37, run.Losses.Count);
        }
        Assert.Equal(Weights("whole"), Weights("halves"));
    }

    [Fact]
    public void The_loss_falls()
    {
        using SearleTrainer trainer = Trainer(Options with { Steps = 150, Dropout = 0 });
        List<float> losses = [];
        while (trainer.Step < trainer.Steps)
            losses.Add(trainer.Next().Loss);
        Assert.True(losses.TakeLast(10).Average() < losses.Skip(7).Take(10).Average() - 0.1f, LossCurve.Draw(losses));
    }

    [Fact]
    public void A_step_reads_raw_features_and_phrases_with_every_concept_replaced()
    {
        File.WriteAllLines(_folder.At("phrases.txt"), ["cat\ta cat, a cat", "cat\tno cat"]);            // the other concepts have none, so this one is drawn
        PictureSet pictures = Data().Pictures!;
        using SearleWords words = new(_clip, pictures, Options with { Phrases = _folder.At("phrases.txt") });
        SearleBatch batch = words.Batch([3, 1], new(4, 0));
        float[] features = pictures.Embed(_clip, stop: TestContext.Current.CancellationToken);
        Assert.Equal([.. features[(3 * TinyClip.P)..(4 * TinyClip.P)], .. features[TinyClip.P..(2 * TinyClip.P)]], batch.Features);
        string[] drawn = [.. Enumerable.Range(0, 20).Select(i => string.Join(' ', words.Batch([3], new(9, (ulong)i)).Masked[0])).Distinct().Order()];
        Assert.Equal([.. new[] { "a  $ , a  $ ", "no  $ " }.Select(m => string.Join(' ', _clip.Tokenizer.Encode(m))).Order()], drawn);
    }

    [Fact]
    public void Words_are_kept_in_a_folder_and_found_again()
    {
        SearleOptions options = Options with { Steps = 1, OtiFolder = _folder.At("oti") };
        using (SearleTrainer first = Trainer(options))
            while (first.Step < first.Steps)
                Assert.InRange(first.Next().Samples, 2, 8);
        OtiFolder kept = OtiFolder.Read(_folder.At("oti"));
        Assert.Equal(20, kept.Names.Count);
        Assert.Equal(_clip.Fingerprint, kept.Manifest!.Clip);
        using SearleTrainer again = Trainer(options);
        Assert.Equal(0, again.Next().Samples);
        Assert.Contains(again.State(), b => b.Name == "oti.words" && b.Values.AsSpan().SequenceEqual(kept.Words));
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        Assert.Contains("another CLIP", Assert.Throws<CirrusException>(() => new SearleTrainer(other, Data().Pictures!, options))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_finished_network_composes()
    {
        using SearleTrainer trainer = Trainer(Options with { Steps = 2 });
        while (trainer.Step < trainer.Steps)
            trainer.Next();
        foreach (string name in new[] { "phi.pt", "phi.safetensors" })
        {
            trainer.Save(_folder.At(name));
            using Composer composer = Method.Find("searle").Open(_clip, _folder.At(name));
            float[] query = composer.Compose([new([new float[TinyClip.P]], "in by z1")]);
            Assert.Equal(1, query.Sum(v => v * v), 1e-5f);
        }
    }

    [Fact]
    public void What_cannot_be_trained_is_told()
    {
        Assert.Contains("batch", Assert.Throws<CirrusException>(() => Trainer(Options with { OtiPictures = 5 })).Hint, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => Trainer(Options with { Temperature = 0 }));
        Assert.Throws<CirrusException>(() => Trainer(Options with { Concepts = _folder.At("none.txt") }));
        Assert.Contains("cannot be made", Assert.Throws<CirrusException>(() => Trainer(Options with { OtiFolder = _folder.At("concepts.txt/oti") })).Message, StringComparison.Ordinal);
        Assert.Contains("grammar", Trainer(Options).Summary, StringComparison.Ordinal);
    }

    private static TrainingData Data()
    {
        const int Pixels = 3 * 16 * 16;
        return new(Pictures: new([.. Enumerable.Range(0, 40).Select(i => $"{i:00}.png")], "forty", (i, _) =>
            [.. Enumerable.Range(0, Pixels).Select(j => new Philox(5, (ulong)i).Normal((ulong)j))]));
    }

    private SearleTrainer Trainer(SearleOptions options) => new(_clip, Data().Pictures!, options);

    private TrainingRun Start(string name, SearleOptions options) => TrainingRun.Start(_folder.At(name), "searle",
        JsonSerializer.SerializeToElement(options, SearleJson.Default.SearleOptions), Data().Inputs(_clip), Trainer(options),
            MappingNetworkFile.InRun);

    private float[] Weights(string run)
    {
        using MappingNetwork phi = MappingNetworkFile.Load(_folder.At(run), _device);
        return [.. phi.Weights.SelectMany(w => w.Floats.ToArray())];
    }
}
