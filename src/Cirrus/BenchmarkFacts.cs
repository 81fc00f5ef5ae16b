using System.Globalization;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Submissions;

namespace Cirrus;

/// <summary>What stands above a benchmark's numbers, and beside them in JSON and reports: what was counted, how, with what.</summary>
internal static class BenchmarkFacts
{
    public const string Backbone = "backbone", NoBackbone = "none of the published sizes";

    /// <summary>Of the data and of how it is asked.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(BenchmarkData data, IReadOnlyList<Outcome> outcomes)
    {
        Benchmark b = data.Benchmark;
        yield return new("protocol", data.Protocol);
        yield return new("split", b.Split);
        int used = outcomes.Count == 0 ? b.Queries.Count : outcomes[0].Ranked.Count(r => r.Length > 0);
        yield return new("queries", used == b.Queries.Count ? Count(used)
            : $"{Count(used)} of {Count(b.Queries.Count)} could be asked; the others count as misses");
        yield return new("gallery", Gallery(b));
        yield return new("counts", Counts(data.Counts));
        yield return new("reference", data.ReferenceHandling);
        if (data.Source.Terms is string terms)
            yield return new("terms", terms);
        for (int i = 0; i < data.Notes.Count; i++)
            yield return new(i == 0 ? "note" : $"note {i + 1}", data.Notes[i]);
    }

    /// <summary>Of the model and the machine.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(ClipModel clip)
    {
        yield return new("model", clip.Config.Name);
        yield return new(Backbone, ClipSizes.NameOf(clip.Config) ?? NoBackbone);
        yield return new("model fingerprint", clip.Fingerprint);
        yield return new("preprocessing", clip.Preprocessing.ToString());
        yield return new("precision", "float32");
        yield return new("device", clip.Device.Name);
    }

    /// <summary>What each method really encodes for the first query, methods with the same words together.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Prompts(Benchmark benchmark, IReadOnlyList<EvaluatedMethod> methods)
    {
        if (benchmark.Queries.Count == 0)
            yield break;
        BenchmarkQuery first = benchmark.Queries[0];
        foreach (IGrouping<string, string> same in methods.GroupBy(m => Said(m.PromptsOf(first)), m => m.Name))
            yield return new($"prompt of {string.Join(", ", same)}",
                same.Key.Length == 0 ? "none: the words are not read" : $"{same.Key} (query {first.Id})");
    }

    /// <summary>Image weights that are not a method's own balance.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ImageWeights(IReadOnlyList<EvaluatedMethod> methods) =>
        methods.Where(m => m.ImageWeight is not null).Select(m =>
            KeyValuePair.Create($"image weight of {m.Name}", m.ImageWeight!.Value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Why there is no number for a split without answers, and how to get one.</summary>
    public static string AnswersElsewhere(BenchmarkData data) =>
        SubmissionFormat.All.FirstOrDefault(f => f.Benchmark == data.Source.Name && f.Split == data.Benchmark.Split) is { } format
            ? $"The answers of {data.Benchmark.Split} are not public: the authors' server has them, {format.Server}. Write the files to upload with --submission DIR."
            : $"The answers of {data.Benchmark.Split} are not public.";

    public static IEnumerable<KeyValuePair<string, string>> Program { get; } =
    [
        new("cirrus", typeof(BenchmarkFacts).Assembly.GetName().Version?.ToString(3) ?? ""),
        new("runtime", $".NET {Environment.Version}"),
    ];

    private static string Said(IReadOnlyList<string> texts)
    {
        const int Most = 3;
        return string.Join(" and ", texts.Take(Most).Select(t => $"“{t}”")) + (texts.Count > Most ? $" and {texts.Count - Most} more" : "");
    }

    private static string Gallery(Benchmark b)
    {
        if (b.Queries.All(q => q.Among is null))
            return $"{Count(b.Candidates.Count)} pictures";
        (string Family, int[] Sizes)[] families = [.. b.Queries.GroupBy(q => q.Family).Select(g =>
            (g.Key, g.Select(q => q.Among?.Length ?? b.Candidates.Count).Distinct().Order().ToArray()))];
        bool shared = b.Queries.Select(q => q.Among).Distinct().Count() <= families.Length;
        return string.Join(", ", families.Select(f =>
            $"{f.Family} {string.Join(" to ", new[] { f.Sizes[0], f.Sizes[^1] }.Distinct().Select(n => Count(n)))}"))
            + (shared ? " pictures" : " candidates, each query its own");
    }

    private static string Counts(IReadOnlyList<BenchmarkCount> counts) =>
        counts.Count == 0 ? "none are published" : string.Join(", ", counts.Select(c =>
        $"{c.What} {Count(c.Found)}{(c.Published is not long published ? counts.Any(other => other.Published is not null) ? " (no number is published)" : "" : c.Differs ? $" (published: {Count(published)})" : "")}"))
        + (counts.Any(c => c.Differs) ? ": NOT the official data, do not compare" : counts.All(c => c.Published is not null) ? ": as published" : "");

    private static string Count(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
