using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods.LateFusion;

namespace Cirrus.Playground;

/// <summary>Everything an evaluation on the Playground found out.</summary>
/// <param name="First">for each split the benchmark of the first seed, to show pictures of.</param>
/// <param name="Outcomes">for each split the outcomes of all methods on that benchmark, in the order of the methods.</param>
public sealed record PlaygroundResult(
    EvaluationResult Evaluation,
    IReadOnlyDictionary<string, PlaygroundBenchmark> First,
    IReadOnlyDictionary<string, IReadOnlyList<Outcome>> Outcomes)
{
    /// <summary>What negative words, masks and steps do; null where no method reads them.</summary>
    public SteeringResult? Steering { get; init; }

    /// <summary>For each split and method the outcomes of all seeds.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<Outcome>>> Seeds { get; init; } =
        new Dictionary<string, IReadOnlyList<IReadOnlyList<Outcome>>>();

    /// <summary>Tables for people, and below them what they say of negative words, masks and steps.</summary>
    public void WriteText(TextWriter output)
    {
        WriteTables(output);
        foreach (string sentence in Steering is null ? [] : SteeringWords.Of(Steering))
            output.WriteLine($"- {sentence}");
    }

    /// <summary>One JSON object in full precision (docs/formats.md, Playground and benchmarks).</summary>
    public string ToJson() => Evaluation.JsonWith(WriteSteering);

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <exception cref="Tensors.CirrusException">The file cannot be written.</exception>
    public void SaveJson(string path) => ResultFile.Write(path, file => file.Write(ToJson()));

    internal void WriteTables(TextWriter output)
    {
        Evaluation.WriteText(output);
        if (Steering is not null)
            SteeringReport.WriteText(Steering, output);
    }

    internal void Write(Utf8JsonWriter json) => Evaluation.Write(json, WriteSteering);

    private void WriteSteering(Utf8JsonWriter json)
    {
        if (Steering is null)
            return;
        json.WritePropertyName("steering");
        SteeringReport.Write(Steering, json);
    }
}

/// <summary>Runs methods over drawn galleries: splits × seeds × truths × families.</summary>
public static class PlaygroundEvaluation
{
    public const string Concept = "concept", Edit = "edit", SumTuned = "sum-tuned", SlerpTuned = "slerp-tuned";

    private static readonly float[] Weights = [.. Enumerable.Range(0, 21).Select(i => i / 20f)];

    /// <summary>mAP@10 first: it chooses weights and orders tables.</summary>
    public static IReadOnlyList<Metric> Metrics { get; } =
        [Metric.MeanAveragePrecision(10), Metric.Recall(1), Metric.Recall(10), Metric.AnyHit(10), Metric.UnchangedFirst, Metric.ReferenceFirst];

    /// <summary>A family as the papers name it.</summary>
    public static string NameOf(Family family) => family switch
    {
        Family.Attribute => "attribute",
        Family.Size => "size",
        Family.Domain => "domain conversion",
        Family.Composition => "object composition",
        Family.Scene => "scene",
        Family.Replace => "replace",
        Family.Two => "two changes",
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>A method that writes the picture into a sentence, as it is and with the two shorter prompts that do better here.</summary>
    public static IEnumerable<EvaluatedMethod> WithPrompts(EvaluatedMethod method) =>
    [
        method,
        method with { Name = $"{method.Name} $ that", Prompt = $"$ that {EvaluatedMethod.Slot}" },
        method with { Name = $"{method.Name} $ ,", Prompt = $"$ , {EvaluatedMethod.Slot}" },
    ];

    /// <summary>The benchmark as the evaluator reads it: two truths, and every query in two wordings.</summary>
    /// <param name="contrasts">false: the plain wording alone.</param>
    public static Benchmark ToBenchmark(PlaygroundBenchmark playground, string split, bool dropReference = false, bool contrasts = true)
    {
        ArgumentNullException.ThrowIfNull(playground);
        string[] ids = playground.Gallery.Ids;
        string[] references = [.. playground.Queries.Select(q => ids[q.Reference])];
        IEnumerable<BenchmarkQuery> plain = playground.Queries.Select((q, i) => Query(q, i, q.Texts, null));
        IEnumerable<BenchmarkQuery> contrast = playground.Queries.Select((q, i) => Query(q, i, q.Contrasts, "contrast"));
        return new(playground.Name, split, ids, references, [Concept, Edit], contrasts ? [.. plain, .. contrast] : [.. plain], Metrics)
        {
            DropReference = dropReference,
            Apart = [NameOf(Family.Size)],
        };

        static BenchmarkQuery Query(PlaygroundQuery q, int row, string[] texts, string? wording) =>
            new(row, q.Reference, texts, [q.Concept, q.Edit], NameOf(q.Family), wording, Unchanged: q.Unchanged);
    }

    /// <summary>Encodes the galleries and evaluates.</summary>
    /// <param name="methods">composers stay the caller's; sum and slerp with weights chosen on val are added when asked for.</param>
    /// <param name="provenance">what the caller knows of its methods, put before what is known here.</param>
    /// <param name="report">a line for people, now and then.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static PlaygroundResult Run(ClipModel clip, IReadOnlyList<EvaluatedMethod> methods, PlaygroundEvaluationOptions options,
        IEnumerable<KeyValuePair<string, string>>? provenance = null, Action<string>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(options);
        long began = Stopwatch.GetTimestamp();
        options.Check();
        using LateFusionComposer sum = LateFusionComposer.Sum(clip), slerp = LateFusionComposer.Slerp(clip);
        List<EvaluatedMethod> all = [.. methods];
        if (options.Tune)
            all.AddRange(Tuned(clip, [new(SumTuned, sum), new(SlerpTuned, slerp)], options, report, stop));
        List<ScoreRow> rows = [];
        Dictionary<string, PlaygroundBenchmark> first = [];
        Dictionary<string, IReadOnlyList<IReadOnlyList<Outcome>>> outcomes = [];
        foreach (string split in options.Splits)
        {
            List<Outcome>[] ofMethod = [.. all.Select(_ => new List<Outcome>())];
            for (ulong seed = options.FirstSeed; seed < options.FirstSeed + (ulong)options.Seeds; seed++)
            {
                PlaygroundBenchmark playground = PlaygroundBenchmark.Make(Split.Test, seed, split == "unseen", options.Queries);
                report?.Invoke($"{playground.Name}: {playground.Scenes.Count} pictures, {playground.Queries.Count} queries");
                using Evaluator evaluator = EvaluatorOf(clip, playground, split, options, contrasts: true, stop);
                for (int m = 0; m < all.Count; m++)
                {
                    stop.ThrowIfCancellationRequested();
                    ofMethod[m].Add(evaluator.Run(all[m], null, stop));
                }
                first.TryAdd(split, playground);
            }
            rows.AddRange(ScoreRow.Of(ofMethod));
            outcomes[split] = ofMethod;
        }
        SteeringResult? steering = options.Steering ? SteeringEvaluation.Run(clip, methods, options, report, stop) : null;
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(new("playground", Metrics, rows, [.. provenance ?? [], .. Provenance(clip, all, options), .. Counts(first)], seconds), first,
            outcomes.ToDictionary(o => o.Key, IReadOnlyList<Outcome> (o) => [.. o.Value.Select(m => m[0])]))
        {
            Steering = steering,
            Seeds = outcomes,
        };
    }

    /// <summary>
    /// The methods with the image weight that gives the highest mAP@10 under <see cref="Concept"/>, mean of families,
    /// on a validation gallery.
    /// </summary>
    /// <param name="methods">methods whose image weight runs from 0 to 1.</param>
    public static IReadOnlyList<EvaluatedMethod> Tuned(ClipModel clip, IReadOnlyList<EvaluatedMethod> methods, PlaygroundEvaluationOptions options,
        Action<string>? report = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(options);
        PlaygroundBenchmark val = PlaygroundBenchmark.Make(Split.Val, options.FirstSeed, queries: options.Queries);
        report?.Invoke($"{val.Name}: choosing weights");
        using Evaluator evaluator = EvaluatorOf(clip, val, "val", options, contrasts: false, stop);
        List<EvaluatedMethod> tuned = [];
        foreach (EvaluatedMethod method in methods)
        {
            (EvaluatedMethod Method, double Score)[] tried = [.. Weights.Select(w => method with { ImageWeight = w })
                .Select(m => (m, evaluator.Run(m).MeanOfFamilies(Concept, Metrics[0])))];
            tuned.Add(tried.MaxBy(t => t.Score).Method);
            report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{method.Name}: image weight {tuned[^1].ImageWeight}"));
            stop.ThrowIfCancellationRequested();
        }
        return tuned;
    }

    /// <summary>Draws and encodes a gallery.</summary>
    internal static Evaluator EvaluatorOf(ClipModel clip, PlaygroundBenchmark playground, string split,
        PlaygroundEvaluationOptions options, bool contrasts, CancellationToken stop)
    {
        int p = clip.Config.P;
        float[] candidates = playground.Gallery.Embed(clip, stop);
        return new(ToBenchmark(playground, split, options.DropReference, contrasts), new(p, candidates, DrawnGallery.Rows(candidates, p, playground.Queries.Select(q => q.Reference)))
        {
            Patches = q => PlaygroundClip.Patches(clip, playground.Picture(playground.Queries[q].Reference)),
        }, clip.Device);
    }

    private static IEnumerable<KeyValuePair<string, string>> Counts(Dictionary<string, PlaygroundBenchmark> first) => first.Select(f =>
        new KeyValuePair<string, string>($"first gallery, {f.Key}", string.Create(CultureInfo.InvariantCulture,
            $"{f.Value.Scenes.Count:N0} pictures; right answers a query: {f.Value.Queries.Average(q => q.Concept.Length):F1} "
                + $"concept, {f.Value.Queries.Average(q => q.Edit.Length):F1} edit")));

    private static IEnumerable<KeyValuePair<string, string>> Provenance(ClipModel clip, IEnumerable<EvaluatedMethod> methods,
        PlaygroundEvaluationOptions options)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        yield return new("model", $"{clip.Config.Name} ({clip.Fingerprint})");
        yield return new("pictures", string.Create(c, $"drawn at {Drawing.ClipSide} x {Drawing.ClipSide}, not resized"));
        yield return new("precision", "float32");
        yield return new("device", clip.Device.Name);
        yield return new("seeds", string.Create(c,
            $"test {options.FirstSeed}{(options.Seeds > 1 ? $" to {options.FirstSeed + (ulong)options.Seeds - 1}" : "")}, "
                + $"{options.Queries} queries each"));
        yield return new("reference", options.DropReference ? "taken out of the ranking" : "stays in the ranking");
        foreach (EvaluatedMethod m in methods.Where(m => m.Prompt is not null))
            yield return new($"{m.Name} prompt", m.Prompt!);
        foreach (EvaluatedMethod m in methods)
            if (m.ImageWeight is float w)
                yield return new($"{m.Name} image weight", string.Create(c, $"{w}, chosen on val {options.FirstSeed} (seen)"));
        yield return new("cirrus", typeof(PlaygroundEvaluation).Assembly.GetName().Version?.ToString(3) ?? "");
        yield return new("runtime", $".NET {Environment.Version}");
    }
}
