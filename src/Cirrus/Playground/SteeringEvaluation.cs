using System.Diagnostics;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods.CompoDiff;
using Cirrus.Methods.Searle;
using Cirrus.Playground.Compare;

namespace Cirrus.Playground;

/// <summary>What a number of sampling steps reaches, and what it costs.</summary>
/// <param name="Map">mAP@10 on the first gallery of seen pairs, mean of families, truth "concept".</param>
/// <param name="Edit">the same under the truth "edit".</param>
/// <param name="Milliseconds">a query by itself, from the picture's feature: the median.</param>
public sealed record StepsPoint(string Method, int Steps, Score Map, Score Edit, double Milliseconds);

/// <summary>A method that reads negative words and masks.</summary>
/// <param name="MaskGain">mAP@10 with a mask less that without, of the same queries: its interval tells whether masks pay.</param>
public sealed record SteeredMethod(string Name, Score MaskGain);

/// <summary>What negative words, masks and steps do.</summary>
/// <param name="Negative">rows of <see cref="NegativeQueries"/>: both truths, plain and <see cref="NegativeQueries.Without"/>.</param>
/// <param name="Masked">rows of <see cref="MaskedQueries"/>; those with <see cref="MaskedQueries.Masked"/> of methods that read masks alone.</param>
public sealed record SteeringResult(EvaluationResult Negative, EvaluationResult Masked, IReadOnlyList<StepsPoint> Steps,
    IReadOnlyList<SteeredMethod> Readers);

/// <summary>Asks of methods that read negative words and masks what these are good for, and what a step of sampling is worth.</summary>
public static class SteeringEvaluation
{
    private const int MostQueries = 120;
    private static readonly int[] Steps = [2, 3, 5, 10, 20, 50];

    /// <summary>Evaluates methods, their own settings alone; null when none reads negative words and masks.</summary>
    /// <param name="methods">those that work on every picture by itself for long (inversions) are left out, and variants with other prompts.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static SteeringResult? Run(ClipModel clip, IReadOnlyList<EvaluatedMethod> methods,
        PlaygroundEvaluationOptions options, Action<string>? report = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(options);
        EvaluatedMethod[] readers = [.. methods.Where(m => m.Composer.ReadsAvoided)];
        if (readers.Length == 0)
            return null;
        EvaluatedMethod[] asked = [.. methods.Where(m =>
            m is { Prompt: null, Sentence: null, Composer: not (SearleOtiComposer or RefinedComposer) })];
        int queries = Math.Min(options.Queries, MostQueries);
        ulong[] seeds = [.. Enumerable.Range(0, options.Seeds).Select(i => options.FirstSeed + (ulong)i)];
        long began = Stopwatch.GetTimestamp();
        List<Outcome>[] negative = [.. asked.Select(_ => new List<Outcome>())], masked = [.. asked.Select(_ => new List<Outcome>())];
        foreach (ulong seed in seeds)
        {
            NegativeQueries words = NegativeQueries.Make(Split.Test, seed, queries);
            report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{words.Name}: {words.Scenes.Count} pictures, {queries} queries"));
            using (Evaluator evaluator = new(words.ToBenchmark(), words.Features(clip, stop), clip.Device))
                Add(negative, _ => evaluator);
            MaskedQueries masks = MaskedQueries.Make(Split.Test, seed, queries);
            report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{masks.Name}: {masks.Scenes.Count} pictures, {queries} queries"));
            BenchmarkFeatures features = masks.Features(clip, stop);
            using Evaluator read = new(masks.ToBenchmark(masks: true), features, clip.Device);
            using Evaluator plain = new(masks.ToBenchmark(masks: false), masks.Plain(features), clip.Device);
            Add(masked, m => m.Composer.ReadsAvoided ? read : plain);
        }
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(new("playground, negative words", NegativeQueries.Metrics, ScoreRow.Of(negative), [], seconds),
            new("playground, masks", MaskedQueries.Metrics, ScoreRow.Of(masked), [], seconds), Curve(clip, readers, options, report, stop),
            [.. asked.Zip(masked).Where(m => m.First.Composer.ReadsAvoided).Select(m => new SteeredMethod(m.First.Name, GainOf(m.Second)))]);

        void Add(List<Outcome>[] outcomes, Func<EvaluatedMethod, Evaluator> of)
        {
            for (int m = 0; m < asked.Length; m++)
            {
                stop.ThrowIfCancellationRequested();
                outcomes[m].Add(of(asked[m]).Run(asked[m], null, stop));
            }
        }
    }

    /// <summary>What masks add to the first metric, query by query; queries with a mask stand behind all others, in the same order.</summary>
    private static Score GainOf(List<Outcome> seeds)
    {
        double[][] gains = [.. seeds.Select(s => Gains(s.Values[0][0]))];
        double[] all = [.. gains.SelectMany(g => g)];
        (double low, double high) = Bootstrap.Interval(new Bootstrap().Means(all, 0));
        return new(all.Average(), Bootstrap.Deviation([.. gains.Select(g => g.Average())]), low, high);

        static double[] Gains(double[] values) => [.. values[(values.Length / 2)..].Zip(values, (masked, plain) => masked - plain)];
    }

    private static List<StepsPoint> Curve(ClipModel clip, EvaluatedMethod[] readers, PlaygroundEvaluationOptions options,
        Action<string>? report, CancellationToken stop)
    {
        PlaygroundBenchmark playground = PlaygroundBenchmark.Make(Split.Test, options.FirstSeed, queries: options.Queries);
        report?.Invoke($"{playground.Name}: {string.Join(", ", Steps)} steps");
        using Evaluator evaluator = PlaygroundEvaluation.EvaluatorOf(clip, playground, "seen", options, contrasts: false, stop);
        List<StepsPoint> points = [];
        foreach (EvaluatedMethod reader in readers)
            foreach (int steps in Steps)
            {
                EvaluatedMethod method = reader with { Sampling = (reader.Sampling ?? new SamplingOptions()) with { Steps = steps } };
                ScoreRow[] all = [.. ScoreRow.Of([[evaluator.Run(method, null, stop)]]).Where(r => r.Family == ScoreRow.All)];
                points.Add(new(reader.Name, steps, Of(all, PlaygroundEvaluation.Concept), Of(all, PlaygroundEvaluation.Edit),
                    QueryTimer.Measure(clip, method, points.Count, stop).Compose));
            }
        return points;

        static Score Of(ScoreRow[] rows, string truth) => rows.First(r => r.Truth == truth).Scores[PlaygroundEvaluation.Metrics[0].Key];
    }
}
