using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>How networks of a method do on a benchmark while they are trained; the benchmark's pictures are embedded once.</summary>
public sealed class BenchmarkValidation : IDisposable
{
    private readonly ClipModel _clip;
    private readonly Evaluator _evaluator;

    /// <param name="clip">whose towers stay as they are; it must outlive this.</param>
    /// <exception cref="CirrusException">The benchmark's answers are not public, or pictures are missing.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public BenchmarkValidation(BenchmarkData data, ClipModel clip, ExtractionOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(clip);
        if (data.Benchmark.Metrics.Count == 0)
            throw new CirrusException($"The answers of {data.Protocol} are not public.", hint: "validate on a benchmark whose answers are at hand");
        (_clip, _evaluator) = (clip, new(data.Benchmark, BenchmarkExtraction.Run(data, clip, options, stop).Features, clip.Device));
    }

    /// <summary>All metrics by name, the first being what networks are compared by: the mean of families under the first truth.</summary>
    /// <param name="weights">a file that <see cref="Method.Open"/> takes.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public IReadOnlyList<KeyValuePair<string, double>> Measure(Method method, string weights, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        Benchmark benchmark = _evaluator.Benchmark;
        using Composer composer = method.Open(_clip, weights);
        EvaluatedMethod asked = new(method.Name, composer, null, Form: method.CaptionForm, WritesSentences: method.WritesSentences);
        Outcome outcome = _evaluator.Run(asked, null, stop);
        return [.. benchmark.Metrics.Where(m => m.Unit == MetricUnit.Share)
            .Select(m => new KeyValuePair<string, double>(m.Name, outcome.MeanOfFamilies(benchmark.Truths[0], m)))];
    }

    public void Dispose() => _evaluator.Dispose();
}
