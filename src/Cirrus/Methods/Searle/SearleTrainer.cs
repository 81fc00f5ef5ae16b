using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Searle;

/// <summary>Trains SEARLE's φ: pictures are inverted by optimisation first, then φ learns to give what that found, in one pass.</summary>
/// <remarks>
/// The first steps of a run are batches of inversions, whose pseudo-words are part of the run's state; the steps after them are φ's.
/// Everything random depends on (seed, step) or on the picture, so a run that stops and resumes goes on to the same numbers.
/// Not thread-safe. Source: Baldrati et al., "Zero-Shot Composed Image Retrieval with Textual Inversion", ICCV 2023 (methods: 4.5).
/// </remarks>
public sealed class SearleTrainer : Trainer
{
    private const int InversionsBetweenCheckpoints = 5;

    private readonly ClipModel _clip;
    private readonly PictureSet _pictures;
    private readonly Philox _random;
    private readonly SearleWords _words;
    private readonly EpochOrder _order;
    private readonly SearleGradient _gradient;
    private readonly AdamW _optimizer;
    private readonly float[] _decay;

    /// <param name="pictures">read when the first step needs them.</param>
    /// <exception cref="CirrusException">An option is out of range, there are too few pictures, or a file cannot be read.</exception>
    public SearleTrainer(ClipModel clip, PictureSet pictures, SearleOptions options)
    {
        (_clip, Options, _random) = (clip, options.Check(), new Philox(options.Seed, 0));
        _pictures = Spread(pictures, options.OtiPictures);
        OptionText.RequireBatch(_pictures.Count, "pictures", options.Batch, smaller: 64);
        _words = new(clip, _pictures, options);
        _order = new(_pictures.Count, options.Batch, Part(Randoms.Order));
        Phi = MappingNetwork.Random(clip.Device, clip.Config.P, clip.Config.Text.Width, Part(Randoms.Weights));
        _gradient = new(clip, Phi, options);
        _optimizer = new(Phi.Weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. Enumerable.Repeat(options.WeightDecay, Phi.Weights.Count)];
    }

    /// <summary>Settings for a CLIP of 128 dimensions: within two minutes on two cores, inversions included.</summary>
    public static IReadOnlyList<string> Miniature { get; } =
        ["oti_pictures=1024", "oti_steps=150", "oti_batch=128", "batch=256", "steps=600", "learning_rate=1e-3"];

    public static MethodTraining Training { get; } = MethodTraining.Of(
        "Train SEARLE's φ from pictures alone: each is inverted by optimisation first.",
        TrainingDataKind.Pictures, MappingNetworkFile.InRun, new SearleOptions(), Miniature, SearleJson.Default.SearleOptions,
        (clip, data, options) => new SearleTrainer(clip, data.Pictures!, options));

    /// <summary>Parts of a run that draw random numbers, each from a stream of its own.</summary>
    private enum Randoms { Weights, Order, Steps }

    public SearleOptions Options { get; }

    /// <summary>The network in training.</summary>
    public MappingNetwork Phi { get; }

    /// <summary>Batches of inversions, then steps of φ.</summary>
    public override int Steps => _words.Batches + Options.Steps;

    public override int CheckpointEvery =>
        Step < _words.Batches ? InversionsBetweenCheckpoints
        : Step == _words.Batches ? Step
        : Options.CheckpointEvery;

    public override bool IsLearning => Step > _words.Batches;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"φ of {_clip.Config.Name}: {Phi.P} to {Phi.W}; {_pictures.Count:N0} pictures inverted in {_words.Batches:N0} batches "
            + $"of {Options.OtiSteps} steps, then {Options.Steps:N0} steps of φ; {_words.Sources}");

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        if (Step < _words.Batches)
        {
            (int inverted, float loss) = _words.Invert(Step);
            Step++;
            return new(Step, loss, Options.OtiLearningRate, inverted, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        int step = Step - _words.Batches;
        Philox random = Part(Randoms.Steps).Fork((ulong)step);
        SearleBatch batch = _words.Batch(_order.Of(step), random.Fork(1));
        SearleLoss losses = _gradient.Compute(batch, Options.Dropout, random.Fork(0));
        _optimizer.Step(_gradient.Gradients, (float)Options.LearningRate, _decay);
        _gradient.Release();
        Step++;
        return new(Step, losses.Total, Options.LearningRate, batch.B, Stopwatch.GetElapsedTime(began).TotalSeconds,
            batch.Masked.Sum(ids => ids.Length));
    }

    public override void Save(string path)
    {
        Phi.Provenance = Facts();
        MappingNetworkFile.Save(Phi, path);
    }

    public override Dictionary<string, string> Facts() => new()
    {
        ["method"] = "searle",
        ["step"] = $"{Step}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        ["pictures"] = $"{_pictures.Count}",
        ["sources"] = _words.Sources,
        ["options"] = OptionText.Print(Options, SearleJson.Default.SearleOptions),
    };

    internal override IEnumerable<NamedValues> State() =>
        NamedValues.Of("phi.", MappingNetwork.Names, Phi.Weights, _optimizer).Append(NamedValues.From("oti.words", _words.Words));

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) =>
        (Step, _optimizer.Steps) = (step, Math.Max(0, step - _words.Batches));

    public override void Dispose()
    {
        _words.Dispose();
        _optimizer.Dispose();
        _gradient.Dispose();
        Phi.Dispose();
        base.Dispose();
    }

    private Philox Part(Randoms part) => _random.Fork((ulong)part);

    /// <summary>So many of the pictures, evenly spread; the set keeps its fingerprint, as the options tell which.</summary>
    private static PictureSet Spread(PictureSet all, int wanted)
    {
        if (wanted == 0 || wanted >= all.Count)
            return all;
        int At(int i) => (int)((long)i * all.Count / wanted);
        return new([.. Enumerable.Range(0, wanted).Select(i => all.Names[At(i)])], all.Fingerprint, (i, random) => all.Read(At(i), random));
    }
}
