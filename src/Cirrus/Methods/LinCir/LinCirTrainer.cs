using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Language;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.LinCir;

/// <summary>Trains φ from captions alone: the masked caption with φ's pseudo-word must mean what the whole caption means.</summary>
/// <remarks>
/// A step: t = T(caption); x = t + scale·u·n; e = φ(x); t̂ = T(masked caption; e at every <c>$</c>); loss = mean((t̂ − t)²), all
/// features un-normalised, the text tower T frozen (methods: 2.5). What is not needed is not computed: no padding, targets
/// without a graph and kept for the next epoch, no gradient of a frozen weight. The next batch is prepared meanwhile.
/// Everything random depends on (seed, step), so a run that stops and resumes goes on to the same numbers.
/// Not thread-safe. Source: Gu et al., "Language-only Training of Zero-shot Composed Image Retrieval", CVPR 2024.
/// </remarks>
public sealed class LinCirTrainer : Trainer
{
    private readonly ClipModel _clip;
    private readonly PreparedCaptions _prepared;
    private readonly EpochOrder _order;
    private readonly Philox _random;
    private readonly LearningRate _rate;
    private readonly LinCirGradient _gradient;
    private readonly AdamW _optimizer;
    private readonly TargetFeatures _targets;
    private readonly float[] _decay;
    private readonly int _captions;
    private readonly (string Path, string Sha256)? _from;
    private Task<PreparedBatch>? _next;
    private string? _mean;

    /// <param name="clip">its text tower and tokenizer are used; it must outlive the trainer.</param>
    /// <param name="captions">the corpus; it must not change while the trainer lives.</param>
    /// <param name="keywords">keywords of a cleaned caption; null: nouns, adjectives and determiners as the tagger finds them.</param>
    /// <exception cref="CirrusException">An option is out of range, there are too few captions, or the φ to start from does not fit.</exception>
    public LinCirTrainer(ClipModel clip, IReadOnlyList<string> captions, LinCirOptions options, Func<string, IReadOnlyList<string>>? keywords = null)
    {
        (_clip, Options, _random, _captions) = (clip, options.Check(), new Philox(options.Seed, 0), captions.Count);
        int used = captions.Count - options.Holdout;
        OptionText.RequireBatch(used, "captions", options.Batch, smaller: 64);
        _prepared = new(captions, new CaptionMasking(clip.Tokenizer, keywords ?? Keywords.Of), Part(Randoms.Words));
        _order = new(used, options.Batch, Part(Randoms.Order));
        _rate = new(options.Schedule, options.LearningRate, options.Warmup, options.Steps);
        _from = options.From.Length > 0 ? (WeightsFile.Find(options.From), WeightsFile.Sha256(options.From)) : null;
        Phi = _from is { } from ? Load(from.Path)
            : MappingNetwork.Random(clip.Device, clip.Config.P, clip.Config.Text.Width, Part(Randoms.Weights));
        _gradient = new(clip, Phi, options);
        _optimizer = new(Phi.Weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. Enumerable.Repeat(options.WeightDecay, Phi.Weights.Count)];
        _targets = new(clip.Text, clip.Device, clip.Config.P, captions.Count, options.CacheMegabytes, options.MicroBatch);
        Average = options.Ema ? new Ema(Phi.Weights) : null;
        NoiseScale = options.NoiseShare > 0 ? MeasureNoise(options.NoiseShare) : options.NoiseScale;
    }

    /// <summary>Settings for a CLIP of 128 dimensions: a minute on two cores, and noise that follows the features.</summary>
    public static IReadOnlyList<string> Miniature { get; } = ["learning_rate=1e-3", "batch=256", "steps=1600", "noise_scale=0", "noise_share=0.5"];

    public static MethodTraining Training { get; } = MethodTraining.Of("Train LinCIR's φ from captions alone (no pictures).",
        TrainingDataKind.Captions,
        MappingNetworkFile.InRun, new LinCirOptions(), Miniature, LinCirJson.Default.LinCirOptions, (clip, data, options) => new LinCirTrainer(clip, data.Captions!, options)) with
    {
        TakesBf16 = true,
        StartsFrom = true,
        CheckMemory = (clip, type, data, options) => LinCirMemory.Plan(clip.Config, clip.Tokenizer, type, data.Captions!,
            options.Deserialize(LinCirJson.Default.LinCirOptions)!).Check(clip.Device, loaded: true),
    };

    /// <summary>Parts of a run that draw random numbers, each from a stream of its own.</summary>
    private enum Randoms { Weights, Order, Words, Steps, Validation }

    public LinCirOptions Options { get; }

    /// <summary>The network in training; the moving average, where there is one, is <see cref="Average"/>.</summary>
    public MappingNetwork Phi { get; }

    public Ema? Average { get; }

    public override int Steps => Options.Steps;

    public override int CheckpointEvery => Options.CheckpointEvery;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"φ of {_clip.Config.Name}: {Phi.P} to {Phi.W}; {Captions:N0} captions, {StepsPerEpoch:N0} steps an epoch; noise scale {NoiseScale:G4}")
        + (_from is { } from ? $"; started from {from.Path}" : "");

    /// <summary>The factor of the noise: as asked, or as measured from <see cref="LinCirOptions.NoiseShare"/>.</summary>
    public float NoiseScale { get; private set; }

    /// <summary>Captions the run trains on.</summary>
    public int Captions => _order.Samples;

    public int StepsPerEpoch => _order.StepsPerEpoch;

    /// <summary>Trains a φ in memory.</summary>
    /// <param name="report">called after every step.</param>
    /// <returns>The trained network (the average when the options ask for one); the caller disposes it.</returns>
    /// <exception cref="OperationCanceledException">Asked to stop; thrown between two steps.</exception>
    public static MappingNetwork Train(ClipModel clip, IReadOnlyList<string> captions, LinCirOptions options,
        Action<TrainingStep>? report = null, Func<string, IReadOnlyList<string>>? keywords = null, CancellationToken stop = default)
    {
        using LinCirTrainer trainer = new(clip, captions, options, keywords);
        while (trainer.Step < options.Steps)
        {
            stop.ThrowIfCancellationRequested();
            TrainingStep done = trainer.Next();
            report?.Invoke(done);
        }
        return trainer.Result();
    }

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp(), before = _targets.Tokens;
        PreparedBatch batch = Take(Step);
        float[] t = _targets.Of(batch.Captions, batch.Original);
        double rate = _rate.At(Step);
        float loss = _gradient.Compute(batch, t, NoiseScale, Options.Dropout, Part(Randoms.Steps).Fork((ulong)Step));
        _optimizer.Step(_gradient.Gradients, (float)rate, _decay);
        _gradient.Release();
        Average?.Update();
        Step++;
        int tokens = (int)(_targets.Tokens - before) + batch.Masked.Sum(ids => ids.Length);
        return new(Step, loss, rate, batch.B, Stopwatch.GetElapsedTime(began).TotalSeconds, tokens);
    }

    /// <summary>Loss of the captions held out, with the same noise every time and without dropout.</summary>
    public override float? ValidationLoss()
    {
        if (Options.Holdout == 0)
            return null;
        double sum = 0;
        int[] held = [.. Enumerable.Range(Captions, Options.Holdout)];
        foreach (int[] part in held.Chunk(Options.Batch))
        {
            PreparedBatch batch = PreparedBatch.From(_prepared, Step, 0, part);
            float[] t = _targets.Of(batch.Captions, batch.Original);
            sum += part.Length * (double)_gradient.Loss(batch, t, NoiseScale, Part(Randoms.Validation).Fork((ulong)part[0]));
        }
        return (float)(sum / held.Length);
    }

    /// <summary>A copy of the network as it is now: of the moving average, where there is one.</summary>
    public MappingNetwork Result()
    {
        IReadOnlyList<float[]> weights = Average?.Shadows ?? [.. Phi.Weights.Select(w => w.ToArray())];
        return new(Phi.Device, Phi.P, Phi.Hidden, Phi.W, weights) { Provenance = Facts() };
    }

    public override void Save(string path)
    {
        using MappingNetwork phi = Result();
        MappingNetworkFile.Save(phi, path);
    }

    public override Dictionary<string, string> Facts() => new(_from is { } from ? [new("from_sha256", from.Sha256)] : [])
    {
        ["method"] = "lincir",
        ["step"] = $"{Step}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        ["captions"] = $"{_captions}",
        ["noise_scale"] = NoiseScale.ToString("R", CultureInfo.InvariantCulture),
        [LinCirComposer.CaptionsMean] = _mean ??= LinCirComposer.ToText(MeanOf(Sample())),
        ["l2_normalize"] = Options.L2Normalize ? "true" : "false",
        ["options"] = OptionText.Print(Options, LinCirJson.Default.LinCirOptions),
    };

    internal override IEnumerable<NamedValues> State() => NamedValues.Of("phi.", MappingNetwork.Names, Phi.Weights, _optimizer, Average);

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts)
    {
        (Step, _optimizer.Steps, _next) = (step, step, null);
        NoiseScale = float.Parse(facts["noise_scale"], CultureInfo.InvariantCulture);
        if (Average is not null)
            Average.Updates = step;
    }

    public override void Dispose()
    {
        _next?.Wait();
        _targets.Dispose();
        _optimizer.Dispose();
        _gradient.Dispose();
        Phi.Dispose();
        base.Dispose();
    }

    private Philox Part(Randoms part) => _random.Fork((ulong)part);

    /// <summary>The φ to start from, which must be of this CLIP.</summary>
    private MappingNetwork Load(string path)
    {
        MappingNetwork phi = MappingNetworkFile.Load(path, _clip.Device);
        PseudoWordComposer.Require(_clip, phi);
        if (phi.Provenance.ContainsKey("l2_normalize") && phi.Normalizes != Options.L2Normalize)
            throw new CirrusException($"The φ of '{path}' was trained with l2_normalize={(phi.Normalizes ? "true" : "false")}.",
                hint: "go on with it as it was trained: --set l2_normalize=" + (phi.Normalizes ? "true" : "false"));
        phi.Provenance = new Dictionary<string, string>();         // it will be another φ than the file's
        return phi;
    }

    /// <summary>The batch of a step, prepared on another thread while the step before it ran.</summary>
    private PreparedBatch Take(int step)
    {
        PreparedBatch batch = (_next ?? Task.Run(() => Prepare(step))).GetAwaiter().GetResult();
        _next = step + 1 < Options.Steps ? Task.Run(() => Prepare(step + 1)) : null;
        return batch;
    }

    private float[] MeanOf(PreparedBatch batch) => UnitVectors.MeanRow(_targets.Of(batch.Captions, batch.Original), Phi.P);

    private PreparedBatch Prepare(int step) => PreparedBatch.From(_prepared, step, _order.EpochOf(step), _order.Of(step));

    /// <summary>The first captions of the run, the same for every run of these options.</summary>
    private PreparedBatch Sample()
    {
        List<int> sample = [];
        for (int step = 0; step < _order.StepsPerEpoch && sample.Count < 1024; step++)
            sample.AddRange(_order.Of(step));
        return PreparedBatch.From(_prepared, 0, 0, [.. sample.Take(1024)]);
    }

    /// <summary>scale = 2·share·mean‖t − mean t‖ / √P: u has mean ½ and ‖n‖ is about √P. From the first 1024 captions of the run.</summary>
    private float MeasureNoise(float share)
    {
        PreparedBatch batch = Sample();
        float[] t = _targets.Of(batch.Captions, batch.Original);
        int p = Phi.P;
        double[] mean = new double[p];
        for (int i = 0; i < t.Length; i++)
            mean[i % p] += t[i] / (double)batch.B;
        double norms = 0;
        for (int b = 0; b < batch.B; b++)
        {
            double square = 0;
            for (int i = 0; i < p; i++)
                square += (t[(b * p) + i] - mean[i]) * (t[(b * p) + i] - mean[i]);
            norms += Math.Sqrt(square) / batch.B;
        }
        return (float)(2 * share * norms / Math.Sqrt(p));
    }
}
