using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Clip4Cir;

/// <summary>
/// Fine-tunes the towers of a CLIP on triplets, so that a picture's and the words' features add up to the wanted picture's.
/// </summary>
/// <remarks>
/// query = norm(E_I(reference) + E_T(caption)), of raw features; loss = cross-entropy of
/// scale·query·norm(E_I(target))ᵀ with the diagonal.
/// A tower that is not trained is computed once a picture or text. The given CLIP stays as it is: a copy is trained. Everything
/// random depends on (seed, step). Not thread-safe. Source: Baldrati et al., CVPR 2022 workshops (methods: 6.1, stage 1).
/// </remarks>
public sealed class Clip4CirTrainer : Trainer
{
    private readonly ClipModel _clip;
    private readonly TripletSet _data;
    private readonly Clip4CirOptions _options;
    private readonly EpochOrder _order;
    private readonly LearningRate _rate;
    private readonly Philox _random;
    private readonly string[] _names;
    private readonly Tensor[] _weights;
    private readonly AdamW _optimizer;
    private readonly float[] _decay;
    private readonly Graph _graph;
    private readonly TextFeatures _texts;
    private PictureFeatures? _pictures;
    private Task<Batch>? _next;

    /// <param name="clip">where it begins; it must outlive the trainer.</param>
    /// <exception cref="CirrusException">An option is out of range, or there are too few triplets.</exception>
    public Clip4CirTrainer(ClipModel clip, TripletSet data, Clip4CirOptions options)
    {
        options.Check();
        (_clip, _data, _options, _random) = (clip, data, options, new Philox(options.Seed, 0));
        OptionText.RequireBatch(data.Count, "triplets", options.Batch, smaller: 32);
        Tuned = clip.Copy();
        _names = [.. Tuned.Weights.Keys.Where(Trained).Order(StringComparer.Ordinal)];
        _weights = [.. _names.Select(n => Tuned.Weights[n])];
        _optimizer = new(_weights, options.Beta1, options.Beta2, options.Epsilon);
        _decay = [.. Enumerable.Repeat(options.WeightDecay, _weights.Length)];
        _order = new(data.Count, options.Batch, _random.Fork(0));
        _rate = new(options.Schedule, options.LearningRate, options.Warmup, options.Steps);
        _graph = new(new Arena(clip.Device));
        _texts = new(clip);
    }

    /// <summary>The CLIP in training.</summary>
    public ClipModel Tuned { get; }

    public override int Steps => _options.Steps;

    public override int CheckpointEvery => _options.CheckpointEvery;

    public override string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{_clip.Config.Name}, supervised: {_weights.Sum(w => w.Count):N0} parameters "
            + $"({_options.Encoder.ToString().ToLowerInvariant()}); {_data.Count:N0} triplets of {_data.Pictures.Count:N0} "
            + $"pictures, {_order.StepsPerEpoch:N0} steps an epoch");

    private bool TrainsText => _options.Encoder != Encoder.Image;

    private bool TrainsImages => _options.Encoder != Encoder.Text;

    internal override void Prepare(string folder, Action<string>? say, CancellationToken stop)
    {
        if (!TrainsImages)
            _pictures ??= _data.Features(_clip, folder, say, stop);
    }

    public override TrainingStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        Batch batch = (_next ?? Prepare(Step)).GetAwaiter().GetResult();
        _next = Step + 1 < Steps ? Prepare(Step + 1) : null;
        double rate = _rate.At(Step);
        foreach (Tensor w in _weights)
            _graph.Watch(w);
        Tensor words = Words(batch);                                                                    // [B, P]
        Tensor pictures = Pictures(batch);                                                              // [distinct pictures, P]
        Tensor loss = Loss(_graph, _graph.GatherRows(pictures, batch.References), words,
            _graph.GatherRows(pictures, batch.Targets), _options.LogitScale);
        float value = loss.ToArray()[0];
        _graph.Backward(loss);
        _optimizer.Step([.. _weights.Select(_graph.Gradient)], (float)rate, _decay);
        _graph.Reset();
        Step++;
        return new(Step, value, rate, batch.Captions.Length, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    public override void Save(string path)
    {
        if (path.EndsWith(".pt", StringComparison.OrdinalIgnoreCase))
            Tuned.SaveStateDict(path, "CLIP", Step / _order.StepsPerEpoch);
        else
            Tuned.Save(path, StoredType.F32, Facts());
    }

    public override Dictionary<string, string> Facts() => new()
    {
        ["method"] = "clip4cir",
        ["supervised"] = "true",
        ["step"] = $"{Step}",
        ["clip"] = _clip.Config.Name,
        ["clip_fingerprint"] = _clip.Fingerprint,
        ["triplets"] = $"{_data.Count}",
        ["options"] = OptionText.Print(_options, Clip4CirJson.Default.Clip4CirOptions),
    };

    public override void Dispose()
    {
        _next?.Wait();
        _texts.Dispose();
        _optimizer.Dispose();
        _graph.Arena.Dispose();
        Tuned.Dispose();
        base.Dispose();
    }

    /// <summary>The loss of a batch of raw features [B, P] → [1].</summary>
    internal static Tensor Loss(Graph g, Tensor references, Tensor words, Tensor targets, float scale)
    {
        Tensor query = g.L2Normalize(g.Add(references, words));
        return g.CrossEntropy(g.Scale(g.Linear(query, g.L2Normalize(targets)), scale), [.. Enumerable.Range(0, query.Rows)]);
    }

    internal override IEnumerable<NamedValues> State() => NamedValues.Of("clip.", _names, _weights, _optimizer);

    internal override void Resumed(int step, IReadOnlyDictionary<string, string> facts) =>
        (Step, _optimizer.Steps, _next) = (step, step, null);

    /// <summary>The scale of the logits is CLIP's own and is not read here, so it is not trained.</summary>
    private bool Trained(string name) => name != "logit_scale"
        && (name.StartsWith("visual.", StringComparison.Ordinal) ? TrainsImages : TrainsText);

    /// <summary>Captions and pixels of a step, made ready while the step before it is computed.</summary>
    private Task<Batch> Prepare(int step)
    {
        Triplet[] triplets = [.. _order.Of(step).ToArray().Select(i => _data.Triplets[i])];
        Philox captions = _random.Fork(1).Fork((ulong)step);
        return Task.Run(() =>
        {
            int[] places = [.. triplets.SelectMany(t => new[] { t.Reference, t.Target }).Distinct()];
            Dictionary<int, int> row = places.Index().ToDictionary(p => p.Item, p => p.Index);
            float[][] pixels = new float[TrainsImages ? places.Length : 0][];
            Parallel.For(0, pixels.Length, i => pixels[i] = _data.Pictures.Read(places[i]));
            return new Batch([.. triplets.Select((t, i) => TripletCaptions.Of(t, captions, i))], places, pixels,
                [.. triplets.Select(t => row[t.Reference])], [.. triplets.Select(t => row[t.Target])]);
        });
    }

    private Tensor Words(Batch batch) => TrainsText
        ? Tuned.Text.Forward(_graph, TokenBatch.From([.. batch.Captions.Select(c => _clip.Tokenizer.Encode(c))]))
        : _graph.Arena.From(_texts.Of(batch.Captions), batch.Captions.Length, _clip.Config.P);

    private Tensor Pictures(Batch batch)
    {
        if (TrainsImages)
        {
            int side = _clip.Config.Vision.ImageSize, each = 3 * side * side;
            float[] pixels = new float[checked(batch.Pixels.Length * each)];
            for (int i = 0; i < batch.Pixels.Length; i++)
                batch.Pixels[i].CopyTo(pixels.AsSpan(i * each));
            return Tuned.Vision.Forward(_graph, _graph.Arena.From(pixels, batch.Pixels.Length, 3, side, side));
        }
        _pictures ??= PictureFeatures.Of(_clip, _data.Pictures);
        int p = _clip.Config.P;
        float[] features = new float[batch.Places.Length * p];
        for (int i = 0; i < batch.Places.Length; i++)
            _data.FeatureOf(batch.Places[i], _pictures).CopyTo(features.AsSpan(i * p));
        return _graph.Arena.From(features, batch.Places.Length, p);
    }

    /// <param name="Places">the distinct pictures of the batch.</param>
    /// <param name="Pixels">of each of these; empty when the image tower is not trained.</param>
    /// <param name="References">rows among the distinct pictures.</param>
    /// <param name="Targets">rows among the distinct pictures.</param>
    private sealed record Batch(string[] Captions, int[] Places, float[][] Pixels, int[] References, int[] Targets);
}
