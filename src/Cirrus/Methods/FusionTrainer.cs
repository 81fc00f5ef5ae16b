using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>Trains a supervised head on triplets, CLIP frozen: of all targets in the batch each query must find its own.</summary>
/// <remarks>
/// loss = cross-entropy of scale·query·norm(target)ᵀ with the diagonal, from queries to targets only. Pictures are embedded
/// once, before training begins, and kept in the run's folder; a text once it is met. Everything random depends on
/// (seed, step). Not thread-safe.
/// </remarks>
public sealed class FusionTrainer : Trainer
{
    private readonly ClipModel _clip;
    private readonly TripletSet _data;
    private readonly FusionOptions _options;
    private readonly string _printed;
    private readonly EpochOrder _order;
    private readonly LearningRate _rate;
    private readonly Philox _random;
    private readonly AdamW _optimizer;
    private readonly float[] _decay;
    private readonly Graph _graph;
    private readonly TextFeatures _texts;
    private readonly PatchStates? _patches;
    private PictureFeatures? _pictures;

    /// <param name="clip">it must outlive the trainer.</param>
    /// <param name="options">checked by who made the network.</param>
    /// <param name="printed">the options as JSON, for the record.</param>
    /// <param name="network">with its start values; disposed with the trainer.</param>
    /// <exception cref="CirrusException">There are too few triplets.</exception>
    public FusionTrainer(ClipModel clip, TripletSet data, FusionOptions options, string printed, HeadNetwork network)
    {
        (_clip, _data, _options, _printed, Network) = (clip, data, options, printed, network);
        _random = new(options.Seed, 0);
        int used = data.Count - options.Holdout;
        OptionText.RequireBatch(used, "triplets", options.Batch, smaller: 256);
        _order = new(used, options.Batch, Part(Randoms.Order));
        _rate = new(options.Schedule, options.LearningRate, options.Warmup, options.Steps);
        _optimizer = new(network.Weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. network.Weights.Select(w => network.Decays(w) ? options.WeightDecay : 0)];
        _graph = new(new Arena(clip.Device));
        _texts = new(clip);
        _patches = network.NeedsPatches ? new(clip, data.Pictures) : null;
    }

    /// <summary>Parts of a run that draw random numbers, each from a stream of its own.</summary>
    private enum Randoms { Weights, Order, Captions, Steps }

    public HeadNetwork Network { get; }

    public override int Steps => _options.Steps;

    public override int CheckpointEvery => _options.CheckpointEvery;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{Network.Method} on {_clip.Config.Name}, supervised: {Network.Parameters:N0} parameters; {_order.Samples:N0} "
            + $"triplets of {_data.Pictures.Count:N0} pictures, {_order.StepsPerEpoch:N0} steps an epoch");

    /// <summary>Where the start values of a network come from.</summary>
    public static Philox Start(FusionOptions options) => new Philox(options.Seed, 0).Fork((ulong)Randoms.Weights);

    internal override void Prepare(string folder, Action<string>? say, CancellationToken stop) =>
        _pictures ??= _data.Features(_clip, folder, say, stop);

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        int[] rows = _order.Of(Step).ToArray();
        Philox captions = Part(Randoms.Captions).Fork((ulong)Step);
        double rate = _rate.At(Step);
        Network.Watch(_graph);
        _graph.Random = Part(Randoms.Steps).Fork((ulong)Step);
        Tensor loss = Loss(rows, row => TripletCaptions.Of(_data.Triplets[rows[row]], captions, row), _options.Dropout);
        _graph.Backward(loss);
        float value = loss.ToArray()[0];
        _optimizer.Step([.. Network.Weights.Select(_graph.Gradient)], (float)rate, _decay,
            _options.ClipNorm > 0 ? _options.ClipNorm : float.PositiveInfinity);
        _graph.Reset();
        Step++;
        return new(Step, value, rate, rows.Length, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Loss of the triplets held out, with their captions joined and without dropout.</summary>
    public override float? ValidationLoss()
    {
        if (_options.Holdout == 0)
            return null;
        double sum = 0;
        foreach (int[] rows in Enumerable.Range(_order.Samples, _options.Holdout).Chunk(_options.Batch))
        {
            Tensor loss = Loss(rows, row => TripletCaptions.Joined(_data.Triplets[rows[row]].Captions));
            sum += rows.Length * (double)loss.ToArray()[0];
            _graph.Reset();
        }
        return (float)(sum / _options.Holdout);
    }

    public override void Save(string path)
    {
        Network.Provenance = Facts();
        Network.Save(path);
    }

    public override Dictionary<string, string> Facts() => new()
    {
        ["method"] = Network.Method,
        ["supervised"] = "true",
        ["step"] = $"{Step}",
        ["epoch"] = $"{Step / _order.StepsPerEpoch}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        ["triplets"] = $"{_data.Count}",
        ["options"] = _printed,
    };

    internal override IEnumerable<NamedValues> State() => NamedValues.Of("head.", Network.Names, Network.Weights, _optimizer);

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) =>
        (Step, _optimizer.Steps) = (step, step);

    public override void Dispose()
    {
        _texts.Dispose();
        _patches?.Dispose();
        _optimizer.Dispose();
        _graph.Arena.Dispose();
        Network.Dispose();
        base.Dispose();
    }

    private Philox Part(Randoms part) => _random.Fork((ulong)part);

    private Tensor Loss(int[] rows, Func<int, string> caption, float dropout = 0)
    {
        int b = rows.Length;
        string[] texts = [.. Enumerable.Range(0, b).Select(caption)];
        Tensor pictures = Pictures(rows, t => t.Reference);                             // [B, P]
        Tensor targets = _graph.L2Normalize(Pictures(rows, t => t.Target));             // [B, P]
        HeadInput input = new(pictures, _graph.Arena.From(_texts.Of(texts), b, Network.P));
        if (Network.NeedsTokens)
            input = input.WithTokens(_graph, _clip, texts);
        if (_patches is not null)
        {
            float[] patches = _patches.Of([.. rows.Select(r => _data.Triplets[r].Reference)]);
            input = input with { Patches = _graph.Arena.From(patches, b * _patches.T, _patches.V) };
        }
        return Network.Loss(_graph, input, targets, _options.LogitScale, dropout);
    }

    private Tensor Pictures(int[] rows, Func<Triplet, int> which)
    {
        _pictures ??= PictureFeatures.Of(_clip, _data.Pictures);
        int p = Network.P;
        float[] features = new float[rows.Length * p];
        for (int i = 0; i < rows.Length; i++)
            _data.FeatureOf(which(_data.Triplets[rows[i]]), _pictures).CopyTo(features.AsSpan(i * p));
        return _graph.Arena.From(features, rows.Length, p);
    }
}
