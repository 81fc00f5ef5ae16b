using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Combiner;
using Cirrus.Methods.Tirg;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Methods;

/// <summary>The training that all heads share.</summary>
public sealed class FusionTrainerTests : IDisposable
{
    private static readonly string[] Small = ["batch=16", "steps=60", "learning_rate=1e-3", "logit_scale=20", "checkpoint_every=25", "seed=3"];

    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly TrainingData _data = new(Triplets: TinyTriplets.Create(40));

    public FusionTrainerTests() => _clip = TinyClip.Create(_device);

    public static TheoryData<string> Heads => ["combiner", "tirg", "artemis", "cirplant", "maaf"];

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory, MemberData(nameof(Heads))]
    public void The_loss_falls(string name)
    {
        using TrainingRun run = Start(name, "run", Of(name, "steps=200", "dropout=0", "learning_rate=3e-3"));
        run.Train(null, CancellationToken.None);
        Assert.True(run.Losses.TakeLast(10).Average() < 0.6 * run.Losses.Take(10).Average(), LossCurve.Draw(run.Losses));
    }

    // From queries to unit targets alone, of raw features; the whole set is one batch, so that its order is of no matter. float32 against float64.
    [Fact]
    public void The_first_loss_is_the_published_one()
    {
        TripletSet all = _data.Triplets!, triplets = all with { Triplets = [.. all.Triplets.Where(t => t.Captions.Count == 1)] };
        int n = triplets.Count, p = TinyClip.P;
        CombinerOptions options = new() { Batch = n, Steps = 1, Dropout = 0, Projection = 8, Hidden = 8, LogitScale = 20 };
        using FusionTrainer trainer = CombinerOptions.Create(_clip, new(Triplets: triplets), options);
        using ClipEmbedder embedder = new(_clip);
        using Arena arena = new(_device);
        float[] features = triplets.Pictures.Embed(_clip, stop: TestContext.Current.CancellationToken);
        float[] Rows(Func<Triplet, int> which) => [.. triplets.Triplets.SelectMany(t => features[(which(t) * p)..((which(t) + 1) * p)])];
        HeadInput input = new(arena.From(Rows(t => t.Reference), n, p),
            arena.From(embedder.EmbedTexts([.. triplets.Triplets.Select(t => t.Captions[0])]), n, p));
        float[][] queries = [.. trainer.Network.Forward(new(arena), input).Floats.ToArray().Chunk(p)],
            targets = [.. Rows(t => t.Target).Chunk(p).Select(r => UnitVectors.Normalize(r))];
        double Logit(int query, int target) => 20 * queries[query].Zip(targets[target], (a, b) => (double)a * b).Sum();
        double loss = Enumerable.Range(0, n).Average(i => -Math.Log(Math.Exp(Logit(i, i)) / Enumerable.Range(0, n).Sum(j => Math.Exp(Logit(i, j)))));
        Assert.Equal(loss, trainer.Next().Loss, 1e-5 * loss);
    }

    [Theory, MemberData(nameof(Heads))]
    public void A_run_resumed_once_gives_the_same_losses_and_weights_to_the_bit(string name)
    {
        JsonElement options = Of(name, "holdout=8");
        using (TrainingRun run = Start(name, "whole", options))
            Assert.True(run.Train(null, CancellationToken.None));
        using (CancellationTokenSource stop = new())
        using (TrainingRun run = Start(name, "halves", options))
            Assert.False(run.Train(done => { if (done.Step == 37) stop.Cancel(); }, stop.Token));
        MethodTraining training = Method.Find(name).Training!;
        TripletSet triplets = _data.Triplets!;
        TrainingData unreadable = new(Triplets: triplets with { Pictures = triplets.Pictures with { Read = (_, _) => throw new InvalidOperationException("the run's folder has the features") } });
        TrainingData left = name == "maaf" ? _data : unreadable;      // which looks at patches as well, and these are not kept
        using (TrainingRun run = TrainingRun.Resume(_folder.At("halves"), name, _data.Inputs(_clip),
            training.Create(_clip, left, options), training.Result))
        {
            Assert.Equal(37, run.Trainer.Step);
            Assert.True(run.Train(null, CancellationToken.None));
        }
        foreach (string file in new[] { training.Result, RunFolder.Best, RunFolder.Last })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.At("whole"), file)), File.ReadAllBytes(Path.Combine(_folder.At("halves"), file)));
        Assert.Equal(Log("whole"), Log("halves"));
    }

    [Theory, MemberData(nameof(Heads))]
    public void What_a_run_leaves_is_opened_with_its_CLIP_alone(string name)
    {
        using (TrainingRun run = Start(name, "run", Of(name, "steps=2")))
            run.Train(null, CancellationToken.None);
        using (Composer composer = Method.Find(name).Open(_clip, _folder.At("run")))
        {
            Assert.Equal(name, composer.Name);
            Assert.Equal(TinyClip.P, composer.Compose([new([new float[TinyClip.P]], "is red", Patches: [new float[5 * 32]])]).Length);
        }
        using ClipModel other = TinyClip.Create(_device, seed: 2);
        Assert.Contains("trained with", Assert.Throws<CirrusException>(() => Method.Find(name).Open(other, _folder.At("run")))
            .Message, StringComparison.Ordinal);
        Assert.Contains($"cirrus train {name}", Assert.Throws<CirrusException>(() => Method.Find(name).Open(_clip, null)).Hint,
            StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Heads))]
    public void Too_few_triplets_and_odd_options_are_told(string name)
    {
        MethodTraining training = Method.Find(name).Training!;
        Assert.Contains("batch", Assert.Throws<CirrusException>(() => training.Create(_clip, _data, Of(name, "batch=41"))).Hint,
            StringComparison.Ordinal);
        Assert.Contains("learning_rate", Assert.Throws<CirrusException>(
            () => training.Create(_clip, _data, Of(name, "learning_rate=-1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Captions_change_from_step_to_step_and_repeat()
    {
        Triplet two = new(0, ["is red", "has dots"], 1);
        string[] forms = [.. Enumerable.Range(0, 50).Select(step => TripletCaptions.Of(two, new Philox(1, 0).Fork((ulong)step), 0))];
        Assert.Equal(4, forms.Distinct().Count());
        Assert.Equal(forms[7], TripletCaptions.Of(two, new Philox(1, 0).Fork(7), 0));
    }

    [Fact]
    public void A_file_of_something_else_is_told()
    {
        using TirgNetwork tirg = TirgNetwork.Random(_device, 4, 16, new Philox(1, 0));
        tirg.Save(_folder.At("other.safetensors"));
        Assert.Contains("no Combiner", Assert.Throws<CirrusException>(
            () => CombinerNetwork.Load(_folder.At("other.safetensors"), _device)).Message, StringComparison.Ordinal);
        Assert.Contains("no trained TIRG", Assert.Throws<CirrusException>(() => TirgNetwork.Load(_folder.Path, _device)).Message,
            StringComparison.Ordinal);
        using CombinerNetwork combiner = CombinerNetwork.Random(_device, 4, 6, 8, new Philox(1, 0));
        Safetensors.Write(_folder.At("odd.safetensors"), combiner.Weights.Select((w, i) =>
            SavedTensor.From(combiner.Names[i], i == 6 ? w.Reshape(8, 4) : w)), new Dictionary<string, string>());
        Assert.Contains("output_layer.weight", Assert.Throws<CirrusException>(
            () => CombinerNetwork.Load(_folder.At("odd.safetensors"), _device)).Message, StringComparison.Ordinal);
    }

    private static JsonElement Of(string name, params string[] settings) =>
        Method.Find(name).Training!.Options(false, [.. Small, .. Sizes(name), .. settings]);

    private static string[] Sizes(string name) => name switch
    {
        "combiner" => ["projection=24", "hidden=32"],
        "cirplant" => ["layers=1", "warmup=5"],
        "maaf" => ["layers=1", "hidden=16"],
        _ => [],
    };

    private TrainingRun Start(string name, string folder, JsonElement options)
    {
        MethodTraining training = Method.Find(name).Training!;
        return TrainingRun.Start(_folder.At(folder), name, options, _data.Inputs(_clip), training.Create(_clip, _data, options), training.Result);
    }

    private (int, float?, float?)[] Log(string run) => [.. RunFolder.ReadLog(_folder.At(run)).Select(l => (l.Step, l.Loss, l.ValidationLoss))];
}
