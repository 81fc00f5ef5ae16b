using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Published;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>What an evaluation on a benchmark of the field found out.</summary>
public sealed record EvaluatedBenchmark(BenchmarkData Data, EvaluationResult Result, IReadOnlyList<Outcome> Outcomes)
{
    /// <summary>Pictures that it was done without: then numbers are not those of the benchmark.</summary>
    public IReadOnlyList<MissingPicture> Missing { get; init; } = [];

    /// <summary>The usual name of the model's size, by which published numbers are found; null: none of them, or no model.</summary>
    public string? Backbone => Result.Provenance.FirstOrDefault(p => p.Key == BenchmarkFacts.Backbone)
        .Value is string name and not BenchmarkFacts.NoBackbone ? name : null;

    /// <summary>Tables for people: what was done, our numbers in percent, published ones below.</summary>
    public void WriteText(TextWriter output) => BenchmarkText.Write(this, output);
}

/// <summary>Evaluates on the benchmarks of the field: pictures and a model, stand-in features, or rankings that someone else made.</summary>
public static class BenchmarkEvaluation
{
    /// <summary>The name under which stand-in features and foreign rankings are reported.</summary>
    public const string Synthetic = "synthetic", Rankings = "rankings";

    /// <summary>A rehearsal on the annotations alone (<see cref="SyntheticFeatures"/>).</summary>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static EvaluatedBenchmark Rehearse(BenchmarkData data, ulong seed, Device device, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        long began = Stopwatch.GetTimestamp();
        using Evaluator evaluator = new(data.Benchmark, SyntheticFeatures.Pictures(data, seed), device);
        return Result(data, [evaluator.RunVectors(Synthetic, SyntheticFeatures.Queries(data.Benchmark, seed), stop)],
            [new("features", string.Create(CultureInfo.InvariantCulture, $"synthetic, seed {seed}: the numbers are those of chance"))], began);
    }

    /// <summary>Embeds the pictures and evaluates methods.</summary>
    /// <param name="methods">composers stay the caller's.</param>
    /// <param name="provenance">what the caller knows of its methods.</param>
    /// <param name="options">null: nothing is kept, and nothing may be missing.</param>
    /// <exception cref="CirrusException">Pictures are missing, or a query's sentence is longer than the model reads.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static EvaluatedBenchmark Run(BenchmarkData data, ClipModel clip, IReadOnlyList<EvaluatedMethod> methods,
        IEnumerable<KeyValuePair<string, string>>? provenance = null, ExtractionOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(methods);
        long began = Stopwatch.GetTimestamp();
        options ??= new();
        RefuseLongSentences(data.Benchmark, clip.Tokenizer, methods);
        BenchmarkExtraction extracted = BenchmarkExtraction.Run(data, clip, options, stop);
        using Evaluator evaluator = new(data.Benchmark, extracted.Features, clip.Device);
        Outcome[] outcomes = [.. methods.Select(m => evaluator.Run(m, null, stop))];
        bool whole = extracted.Missing.Count == 0;
        EvaluatedBenchmark evaluated = Result(whole ? data : data with { Protocol = $"{data.Protocol} (incomplete)" }, outcomes,
            [.. extracted.Provenance(data.Benchmark), .. BenchmarkFacts.Prompts(data.Benchmark, methods),
                .. BenchmarkFacts.ImageWeights(methods), .. BenchmarkFacts.Of(clip),
            new("reference pixels", options.ReferenceHalf ? "rounded to half precision" : "as they are"), .. provenance ?? []], began);
        return evaluated with { Missing = extracted.Missing };
    }

    /// <summary>Published evaluations cut no sentence, and none of their queries has a longer one (benchmarks: 7).</summary>
    private static void RefuseLongSentences(Benchmark benchmark, BpeTokenizer tokenizer, IReadOnlyList<EvaluatedMethod> methods)
    {
        HashSet<string> seen = [];
        foreach (EvaluatedMethod method in methods)
            foreach (BenchmarkQuery query in benchmark.Queries)
                foreach (string sentence in method.PromptsOf(query))
                    if (seen.Add(sentence) && tokenizer.EncodePlain(sentence).Length + 2 is var tokens && tokens > tokenizer.Context)
                        throw new CirrusException(
                            $"Query '{query.Id}' of {benchmark.Name} is a sentence of {tokens} tokens for {method.Name}; the "
                                + $"model reads {tokenizer.Context}: '{sentence}'.",
                            hint: "shorten its text: what is cut off would not be asked");
    }

    internal static EvaluatedBenchmark Result(BenchmarkData data, IReadOnlyList<Outcome> outcomes,
        IEnumerable<KeyValuePair<string, string>> provenance, long began)
    {
        IReadOnlyList<ScoreRow> rows = ScoreRow.Of([.. outcomes.Select(o => new[] { o })]);
        EvaluationResult result = new(data.Source.Name, data.Benchmark.Metrics, rows,
            [.. BenchmarkFacts.Of(data, outcomes), .. provenance, .. BenchmarkFacts.Program],
            Stopwatch.GetElapsedTime(began).TotalSeconds);
        EvaluatedBenchmark evaluated = new(data, result, outcomes);
        return evaluated with { Result = result with { Published = data.Comparable ? PublishedResult.Beside(data.Source.Name, evaluated.Backbone, outcomes.Select(o => o.Method)) : [] } };
    }
}
