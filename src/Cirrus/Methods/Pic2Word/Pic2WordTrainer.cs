using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Pic2Word;

/// <summary>Trains IM2TEXT on pictures alone.</summary>
/// <remarks>
/// Both towers are frozen; <see cref="Pic2WordLoss"/> is the step. Everything random depends on (seed, step), so a run that
/// stops and resumes goes on to the same numbers. Not thread-safe. Source: Saito et al., "Pic2Word: Mapping Pictures to
/// Words for Zero-shot Composed Image Retrieval", CVPR 2023.
/// </remarks>
public sealed class Pic2WordTrainer : Trainer
{
    private static readonly string[] Undecayed = ["bn", "ln", "bias", "logit_scale"];

    private readonly ClipModel _clip;
    private readonly EpochOrder _order;
    private readonly PictureBatches _batches;
    private readonly Pic2WordLoss _loss;
    private readonly Philox _random;
    private readonly Graph _graph;
    private readonly AdamW _optimizer;
    private readonly float[] _decay;

    /// <param name="clip">its towers and tokenizer are used; it must outlive the trainer.</param>
    /// <exception cref="CirrusException">An option is out of range, or there are too few pictures.</exception>
    public Pic2WordTrainer(ClipModel clip, PictureSet pictures, Pic2WordOptions options)
    {
        (_clip, Options, _random) = (clip, options.Check(), new Philox(options.Seed, 0));
        OptionText.RequireBatch(pictures.Count, "pictures", options.Batch, smaller: 64);
        _order = new(pictures.Count, options.Batch, Part(Randoms.Order));
        Steps = options.Steps > 0 ? options.Steps : checked(options.Epochs * _order.StepsPerEpoch);
        _batches = new(clip, pictures, _order, options.Augment ? Part(Randoms.Windows) : null);
        _loss = new(clip);
        Network = Im2Text.Random(clip.Device, clip.Config.P, options.Hidden, clip.Config.Text.Width, Part(Randoms.Weights));
        _graph = new(new Arena(clip.Device));
        _optimizer = new(Network.Weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. Im2Text.Names.Select(name => Decays(name) ? options.WeightDecay : 0)];
    }

    /// <summary>
    /// Settings for a CLIP of 128 dimensions and 20,000 pictures of 64 x 64: half a minute on two cores, embedding included.
    /// </summary>
    public static IReadOnlyList<string> Miniature { get; } =
        ["learning_rate=1e-3", "batch=256", "steps=600", "warmup=100", "dropout=0.5", "augment=false"];

    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Train Pic2Word's network from pictures alone (no captions).", TrainingDataKind.Pictures,
        Im2TextFile.InRun, new Pic2WordOptions(), Miniature, Pic2WordJson.Default.Pic2WordOptions, (clip, data, options) =>
            new Pic2WordTrainer(clip, data.Pictures!, options));

    /// <summary>Parts of a run that draw random numbers, each from a stream of its own.</summary>
    private enum Randoms { Weights, Order, Windows, Dropout }

    public Pic2WordOptions Options { get; }

    /// <summary>The network in training.</summary>
    public Im2Text Network { get; }

    public override int Steps { get; }

    public override int CheckpointEvery => Options.CheckpointEvery;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"IM2TEXT of {_clip.Config.Name}: {Network.P} to {Network.W}; {_order.Samples:N0} pictures, {_order.StepsPerEpoch:N0} "
            + $"steps an epoch{(Options.Warmup >= Steps ? "; its warm-up is as long as the run" : "")}");

    /// <summary>The rate of a step, counted from 0: base·(step + 1)/warm-up, then half a cosine to 0.</summary>
    internal static double RateOf(int step, double rate, int warmup, int steps) =>
        step < warmup ? rate * (step + 1) / warmup : new LearningRate(Schedule.Cosine, rate, warmup, steps).At(step);

    /// <summary>The released code's groups: names with one of these have no decay.</summary>
    internal static bool Decays(string name) => !Undecayed.Any(part => name.Contains(part, StringComparison.Ordinal));

    internal override void Prepare(string folder, Action<string>? say, CancellationToken stop)
    {
        _batches.Say = say;
        _batches.Prepare(Path.Combine(folder, "features"), stop);
    }

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        float[] v = _batches.Of(Step, last: Step + 1 == Steps);
        double rate = RateOf(Step, Options.LearningRate, Options.Warmup, Steps);
        Network.Watch(_graph);
        _graph.Random = Part(Randoms.Dropout).Fork((ulong)Step);
        int b = v.Length / Network.P;
        Tensor loss = _loss.Forward(_graph, Network, _graph.Arena.From(v, b, Network.P), Options.Dropout).Loss;
        _graph.Backward(loss);
        float value = loss.ToArray()[0];
        _optimizer.Step([.. Network.Weights.Select(_graph.Gradient)], (float)rate, _decay);
        _graph.Reset();
        Step++;
        return new(Step, value, rate, b, Stopwatch.GetElapsedTime(began).TotalSeconds, 2 * b);
    }

    public override void Save(string path)
    {
        Network.Provenance = Facts();
        Im2TextFile.Save(Network, path);
    }

    public override Dictionary<string, string> Facts() => new()
    {
        ["method"] = "pic2word",
        ["step"] = $"{Step}",
        ["epoch"] = $"{Step / _order.StepsPerEpoch}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        ["pictures"] = $"{_order.Samples}",
        ["options"] = OptionText.Print(Options, Pic2WordJson.Default.Pic2WordOptions),
    };

    internal override IEnumerable<NamedValues> State() => NamedValues.Of("im2text.", Im2Text.Names, Network.Weights, _optimizer);

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) =>
        (Step, _optimizer.Steps) = (step, step);

    public override void Dispose()
    {
        _batches.Dispose();
        _optimizer.Dispose();
        _graph.Arena.Dispose();
        Network.Dispose();
        base.Dispose();
    }

    private Philox Part(Randoms part) => _random.Fork((ulong)part);
}
