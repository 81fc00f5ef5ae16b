using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Playground;

/// <summary>What one step of the small CLIP's training did.</summary>
/// <param name="Step">steps done, this one included.</param>
internal sealed record ClipStep(int Step, float Loss, double LearningRate, double Seconds);

/// <summary>Trains the small CLIP from scratch on drawn pictures and their captions.</summary>
/// <remarks>
/// Symmetric contrastive loss over the batch with a fixed logit scale, AdamW (0.9, 0.98), warm-up and cosine.
/// Source: Radford et al., ICML 2021, section 2.3 and appendix F, made small. Not thread-safe.
/// </remarks>
internal sealed class ClipTrainer : IDisposable
{
    private readonly ClipBatches _batches;
    private readonly AdamW _optimizer;
    private readonly string[] _names;
    private readonly Tensor[] _weights;
    private readonly float[] _decay;
    private readonly Arena _arena;
    private readonly Graph _graph;
    private readonly float[] _pixels;
    private readonly long _began = Stopwatch.GetTimestamp();
    private Task<ClipBatch>? _next;

    public ClipTrainer(ClipTrainingOptions options, Device device)
    {
        Options = options.Check();
        BpeTokenizer tokenizer = BpeTrainer.Learn(Vocabulary(options), most: 2048, context: ClipTrainingOptions.Context);
        Clip = ClipModel.Random(options.Config(tokenizer.Count), tokenizer, device, options.Seed);
        device.Fill(Clip.Weights["logit_scale"], MathF.Log(options.LogitScale));
        _batches = new(options, tokenizer);
        _names = [.. Clip.Weights.Keys.Where(n => n != "logit_scale").Order(StringComparer.Ordinal)];
        _weights = [.. _names.Select(n => Clip.Weights[n])];
        _decay = [.. _names.Zip(_weights, (n, w) => w.Shape.Length < 2 || n.Contains("embedding", StringComparison.Ordinal) ? 0 : options.Decay)];
        _optimizer = new(_weights, 0.9f, 0.98f, 1e-6f);
        _arena = new(device);
        _graph = new(_arena);
        _pixels = new float[options.Batch * PlaygroundClip.PixelsOf(1)];
    }

    public ClipTrainingOptions Options { get; }

    public ClipModel Clip { get; }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Minutes trained before this process.</summary>
    public double EarlierMinutes { get; private set; }

    public double Minutes => EarlierMinutes + Stopwatch.GetElapsedTime(_began).TotalMinutes;

    public bool Done => Progress >= 1;

    private double Progress => ProgressAt(Step);

    private double ProgressAt(int step) => Math.Max(step / (double)Options.Steps, Options.Minutes > 0 ? Minutes / Options.Minutes : 0);

    private Task<ClipBatch> Prepare(int step)
    {
        float plain = Options.PlainUntil > 0 ? (float)Math.Max(0, 1 - (ProgressAt(step) / Options.PlainUntil)) : 0;
        return Task.Run(() => _batches.Of(step, plain));
    }

    /// <summary>Captions for the vocabulary: every word of the grammar is often in them.</summary>
    private static IEnumerable<string> Vocabulary(ClipTrainingOptions options) => Captions.Training(options.Seed, options.VocabularyCaptions);

    public ClipStep Next()
    {
        long began = Stopwatch.GetTimestamp();
        ClipBatch batch = (_next ?? Prepare(Step)).GetAwaiter().GetResult();
        _next = Prepare(Step + 1);
        double rate = Options.LearningRate * Math.Min(1,
            (Step + 1.0) / Math.Max(1, Options.Warmup)) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, Progress)));
        int b = batch.Pictures.Length;
        PlaygroundClip.Pixels(batch.Pictures, _pixels);
        _graph.Reset();
        foreach (Tensor w in _weights)
            _graph.Watch(w);
        Tensor pixels = _arena.From(_pixels, b, 3, Drawing.ClipSide, Drawing.ClipSide);
        Tensor pictures = _graph.L2Normalize(Clip.Vision.Forward(_graph, pixels));              // [B, P]
        Tensor texts = _graph.L2Normalize(Clip.Text.Forward(_graph, batch.Captions));           // [B, P]
        Tensor logits = _graph.Scale(_graph.Linear(pictures, texts), Options.LogitScale);       // [B, B]
        Tensor loss = _graph.ContrastiveLoss(logits);                                           // [1]
        _graph.Backward(loss);
        float value = loss.ToArray()[0];
        _optimizer.Step([.. _weights.Select(_graph.Gradient)], (float)rate, _decay, Options.ClipNorm);
        Step++;
        return new(Step, value, rate, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Weights and both moments: all that a run needs to go on.</summary>
    public IEnumerable<NamedValues> State() => NamedValues.Of("", _names, _weights, _optimizer);

    /// <summary>Says that <see cref="State"/> has been filled with the state after so many steps and minutes.</summary>
    public void Resumed(int step, double minutes) => (Step, _optimizer.Steps, EarlierMinutes, _next) = (step, step, minutes, null);

    public void Dispose()
    {
        _next?.Wait();
        _optimizer.Dispose();
        _arena.Dispose();
        Clip.Dispose();
    }
}
