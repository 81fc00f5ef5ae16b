using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.CompoDiff;

/// <summary>Trains CompoDiff in its two stages: from words to pictures, then captions, hidden parts and triplets mixed.</summary>
/// <remarks>
/// Both towers are frozen. The finished network is the moving average of the weights, as the released one. Its training
/// code was never published: this is the paper's recipe. Everything random depends on (seed, step), so a run that stops
/// and resumes goes on to the same numbers. Not thread-safe. Source: Gu et al., CompoDiff, TMLR 2024, section 4
/// (methods: 5.9).
/// </remarks>
public sealed class CompoDiffTrainer : Trainer
{
    /// <summary>What <c>cirrus train compodiff</c> needs to know.</summary>
    /// <remarks>How the miniature's numbers were chosen is told in docs/log.md.</remarks>
    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Train CompoDiff's denoiser on captioned pictures, pictures with a hidden part, and triplets.",
        TrainingDataKind.Examples, InRun, new CompoDiffOptions(),
        [
            "steps=4000", "first_share=0.4", "batch=64", "second_batch=64", "learning_rate=0.001", "second_rate=0.0005",
            "draws=4", "depth=4", "heads=4", "head_size=32", "text_positions=32", "text_scale=3", "samples=4", "keep_first=0.4",
        ],
        CompoDiffJson.Default.CompoDiffOptions, (clip, data, options) => new CompoDiffTrainer(clip, data.Examples!, options));

    /// <summary>The finished network of a run folder.</summary>
    public const string InRun = "compodiff.safetensors";

    private readonly ClipModel _clip;
    private readonly Philox _random;
    private readonly Graph _graph;
    private readonly Tensor[] _weights;
    private readonly AdamW _optimizer;
    private readonly float[] _decay;
    private DiffusionSet _set;
    private DiffusionLoss? _loss;

    /// <param name="clip">of the words; it must outlive the trainer.</param>
    /// <param name="set">features as long as this CLIP's, masks of 64 × 64.</param>
    /// <exception cref="CirrusException">An option is out of range, or samples are missing.</exception>
    public CompoDiffTrainer(ClipModel clip, DiffusionSet set, CompoDiffOptions options)
    {
        (_clip, Options, _set, _random) = (clip, options.Check(), set.Check(options), new Philox(options.Seed, 0));
        Network = Denoiser.Random(new(clip.Config.P, options.Depth, options.HeadSize, options.Heads, clip.Config.Text.Width),
            clip.Device, Part(Randoms.Weights));
        _graph = new(new Arena(clip.Device));
        _weights = [.. Network.Weights.Values];
        _optimizer = new(_weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. _weights.Select(_ => options.WeightDecay)];
        Average = new(_weights);
    }

    /// <summary>Parts of a run that draw random numbers, each from a stream of its own.</summary>
    private enum Randoms { Weights, Samples, Loss }

    public CompoDiffOptions Options { get; }

    /// <summary>The network in training.</summary>
    public Denoiser Network { get; }

    /// <summary>Of its weights, in their order.</summary>
    public Ema Average { get; }

    public override int Steps => Options.Steps;

    public override int CheckpointEvery => Options.CheckpointEvery;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"CompoDiff of {_clip.Config.Name}: {_weights.Sum(w => w.Count):N0} weights; "
        + $"{_set.Words.Count:N0} captions, {_set.Hidden.Count:N0} hidden parts, {_set.Triplets.Count:N0} triplets");

    internal override void Prepare(string folder, Action<string>? say, CancellationToken stop)
    {
        if (_set.Features is null)
        {
            PictureFeatures features = PictureFeatures.OfTraining(_clip, _set.Pictures, Path.Combine(folder, "features"), say, stop);
            _set = _set.Without(features.Bad.Select(b => b.Place).ToHashSet()).Check(Options) with { Features = [.. features.Rows.Chunk(_clip.Config.P)] };
        }
        _loss = new(Network, new(_clip, Options.TextPositions), _set.Features, _set.Masks, Options.PadId);
    }

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        bool mixed = Step >= Options.FirstSteps;
        double rate = mixed ? Options.SecondRate : Options.LearningRate;
        DiffusionSample[] batch = _set.Batch(mixed ? Options.SecondBatch : Options.Batch, mixed, Part(Randoms.Samples).Fork((ulong)Step));
        Network.Watch(_graph);
        DiffusionLoss of = _loss ?? throw new InvalidOperationException("The training is not prepared.");
        Tensor loss = of.Forward(_graph, batch, Options.Draws, Options.DropCondition, Part(Randoms.Loss).Fork((ulong)Step));
        _graph.Backward(loss);
        float value = loss.ToArray()[0];
        _optimizer.Step([.. _weights.Select(_graph.Gradient)], (float)rate, _decay);
        _graph.Reset();
        Average.Update();
        Step++;
        return new(Step, value, rate, batch.Length, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    public override void Save(string path)
    {
        using Denoiser result = Result();
        DenoiserFile.SaveFile(result, path);
    }

    /// <summary>The network with the averaged weights; the caller's to dispose.</summary>
    public Denoiser Result()
    {
        int at = 0;
        return new(Network.Sizes, _clip.Device, Network.Schedule, null, _ => Average.Shadows[at++]) { Provenance = Facts() };
    }

    public override Dictionary<string, string> Facts() => new()
    {
        ["method"] = "compodiff",
        ["step"] = $"{Step}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        [CompoDiffComposer.TextPositions] = $"{Options.TextPositions}",
        [CompoDiffComposer.UsualImageScale] = string.Create(CultureInfo.InvariantCulture, $"{Options.ImageScale}"),
        [CompoDiffComposer.UsualTextScale] = string.Create(CultureInfo.InvariantCulture, $"{Options.TextScale}"),
        [CompoDiffComposer.UsualSamples] = $"{Options.Samples}",
        [CompoDiffComposer.UsualKeepFirst] = string.Create(CultureInfo.InvariantCulture, $"{Options.KeepFirst}"),
        ["options"] = OptionText.Print(Options, CompoDiffJson.Default.CompoDiffOptions),
    };

    internal override IEnumerable<NamedValues> State() => NamedValues.Of("compodiff.", [.. Network.Weights.Keys], _weights, _optimizer, Average);

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) =>
        (Step, _optimizer.Steps, Average.Updates) = (step, step, step);

    public override void Dispose()
    {
        _optimizer.Dispose();
        _graph.Arena.Dispose();
        Network.Dispose();
        base.Dispose();
    }

    private Philox Part(Randoms part) => _random.Fork((ulong)part);
}
