using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Playground.Compare;

/// <summary>Evaluates many methods side by side: quality, time and size of each.</summary>
/// <param name="clip">the Playground's own CLIP, at full size.</param>
public sealed class Comparison(ClipModel clip, PlaygroundEvaluationOptions options) : IDisposable
{
    private readonly List<ComparedMethod> _methods = [];

    public IReadOnlyList<ComparedMethod> Methods => _methods;

    /// <summary>Adds a method; one that writes the picture into a sentence also with an anchored query.</summary>
    /// <param name="weights">what it is opened with; null when it needs none.</param>
    /// <param name="trainSeconds">null when it is not known.</param>
    /// <exception cref="CirrusException">The weights do not fit.</exception>
    public void Add(Method method, string? weights, double? trainSeconds)
    {
        ArgumentNullException.ThrowIfNull(method);
        EvaluatedMethod plain = new(method.Name, method.Open(clip, weights), weights is null ? 0 : trainSeconds);
        long parameters = weights is null ? 0 : TrainedRuns.CountOf(method, weights);
        _methods.Add(new(method, plain, weights, parameters));
        if (method.WritesSentences)
            _methods.Add(new(method, plain with { Name = $"{method.Name} anchored", Sentence = new(Anchored: true) }, weights, parameters));
    }

    /// <summary>Evaluates what was added, and times single queries.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public ComparisonResult Run(Action<string>? report = null, CancellationToken stop = default)
    {
        PlaygroundResult result = PlaygroundEvaluation.Run(clip, [.. _methods.Select(m => m.Evaluated)], options,
            _methods.Where(m => m.Weights is not null)
            .Select(m => new KeyValuePair<string, string>($"{m.Name} weights", m.Weights!)), report, stop);
        report?.Invoke("timing single queries");
        return new(result, _methods, [.. _methods.Select((m, number) => QueryTimer.Measure(clip, m.Evaluated, number, stop))], []);
    }

    /// <summary>The points of one backbone: trained methods by training time and mAP@10, with the papers' prompt on the first split.</summary>
    /// <param name="trained">method, weights, seconds of training.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static IReadOnlyList<SizePoint> Measure(ClipModel clip, string backbone,
        IReadOnlyList<(Method Method, string Weights, double Seconds)> trained,
        PlaygroundEvaluationOptions options, Action<string>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(options);
        List<EvaluatedMethod> methods = [];
        try
        {
            foreach ((Method method, string weights, double seconds) in trained)
                methods.Add(new(method.Name, method.Open(clip, weights), seconds));
            PlaygroundResult result = PlaygroundEvaluation.Run(clip, methods,
                options with { Splits = [options.Splits[0]], Tune = false, Steering = false }, report: report, stop: stop);
            return Points(result.Evaluation, clip, backbone, methods, options.Splits[0]);
        }
        finally
        {
            foreach (EvaluatedMethod method in methods)
                method.Composer.Dispose();
        }
    }

    /// <summary>The points of the full backbone, from what <see cref="Run"/> has found: zero-shot methods whose training time is known.</summary>
    public static IReadOnlyList<SizePoint> Points(ComparisonResult result, ClipModel clip, PlaygroundEvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Points(result.Evaluation.Evaluation, clip, Backbone.All[^1].Name,
            [.. result.Methods.Where(m => m is { Kind: "zero-shot", Evaluated: { Sentence: null, TrainSeconds: not null } })
                .Select(m => m.Evaluated)], options.Splits[0]);
    }

    /// <summary>Numbers of a whole CLIP.</summary>
    internal static long ParametersOf(ClipModel clip) => clip.Weights.Values.Sum(w => w.Count);

    public void Dispose()
    {
        foreach (Composer composer in _methods.Select(m => m.Evaluated.Composer).Distinct())
            composer.Dispose();
    }

    private static IReadOnlyList<SizePoint> Points(EvaluationResult result, ClipModel clip, string backbone,
        IEnumerable<EvaluatedMethod> methods, string split) =>
        [.. methods.Select(m => new SizePoint(backbone, ParametersOf(clip), m.Name, m.TrainSeconds ?? 0,
            result.Find(m.Name, split, PlaygroundEvaluation.Concept)!.Scores[PlaygroundEvaluation.Metrics[0].Key]))];
}
