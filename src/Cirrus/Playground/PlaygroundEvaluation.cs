using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Methods;

namespace Cirrus.Playground;

/// <summary>One cell row of the Playground's table.</summary>
/// <param name="Split">seen or unseen pairs of kind and colour.</param>
/// <param name="Truth">concept or edit.</param>
/// <param name="Family">a family of changes; "… (contrast)" for the wording "is green instead of red"; "all": the mean of the families without size.</param>
/// <param name="Map10">mAP@10, 0 to 1.</param>
/// <param name="Unchanged">share of queries where a picture of the unchanged scene comes first.</param>
/// <param name="Deviation">standard deviation of mAP@10 over the seeds.</param>
/// <param name="Low">lower end of a 95 % bootstrap interval of mAP@10 over queries.</param>
public sealed record PlaygroundRow(string Method, string Split, string Truth, string Family, int Queries, double Map10, double R1, double R10,
    double? TrainSeconds, double Unchanged, double Deviation, double Low, double High);

/// <summary>A method to be measured.</summary>
/// <param name="Name">as it stands in the table; a tuned variant has a name of its own.</param>
/// <param name="TrainSeconds">null: it needs no training.</param>
/// <param name="Tune">weights to choose from on the validation split, by mAP@10 under concept; null: the method's own.</param>
public sealed record Contender(string Name, Composer Composer, double? TrainSeconds = null, IReadOnlyList<float>? Tune = null);

/// <summary>A query with its ranking under one method, for examples in a report.</summary>
public sealed record PlaygroundExample(string Method, PlaygroundBenchmark World, PlaygroundQuery Query, Ranking Ranking);

/// <summary>Measures methods on the Playground: splits × seeds × truths × families, through the evaluator of all benchmarks.</summary>
public static class PlaygroundEvaluation
{
    public static IReadOnlyList<string> Truths { get; } = ["concept", "edit"];

    /// <summary>The families that count for "all", then size, which nobody solves.</summary>
    public static IReadOnlyList<string> Families { get; } = ["attribute", "domain", "composition", "scene", "replace", "two", "size"];

    private const string Size = "size", All = "all", Contrast = " (contrast)";

    /// <summary>Measures every contender on every split and seed.</summary>
    /// <param name="splits">"seen", "unseen" or both.</param>
    /// <param name="progress">one line a gallery.</param>
    /// <param name="examples">receives the rankings of the first seed of the first split.</param>
    public static List<PlaygroundRow> Run(ClipModel clip, IReadOnlyList<Contender> contenders, int seeds, IReadOnlyList<string> splits,
        Action<string>? progress = null, Action<PlaygroundExample>? examples = null, CancellationToken cancel = default)
    {
        Dictionary<string, float> weights = Tuned(clip, contenders, progress);
        List<Score> scores = [];
        foreach (string split in splits)
            for (int seed = 1; seed <= seeds; seed++)
            {
                cancel.ThrowIfCancellationRequested();
                PlaygroundBenchmark world = PlaygroundBenchmark.Make(Split.Test, (ulong)seed, split == "unseen");
                progress?.Invoke($"{world.Name}: {world.Scenes.Count} pictures, {world.Queries.Count} queries");
                float[] features = PlaygroundClip.Embed(clip, world.Pictures());
                Benchmark benchmark = Of(world);
                foreach (Contender c in contenders)
                {
                    Ranking[] rankings = Evaluator.Rank(benchmark, features, c.Composer, clip.Device, weights.TryGetValue(c.Name, out float w) ? w : null);
                    for (int q = 0; q < rankings.Length; q++)
                    {
                        scores.AddRange(Measure(benchmark, world.Queries[q], q, rankings[q], c.Name, split, seed));
                        if (seed == 1 && split == splits[0])
                            examples?.Invoke(new(c.Name, world, world.Queries[q], rankings[q]));
                    }
                }
            }
        return Tabulate(scores, contenders, splits, seeds);
    }

    /// <summary>The Playground's queries as a benchmark: two truths, the reference left in.</summary>
    public static Benchmark Of(PlaygroundBenchmark world) => new(world.Name,
        [.. Enumerable.Range(0, world.Scenes.Count).Select(i => $"{i:D5}")],
        [.. world.Queries.Select(q => new BenchmarkQuery(q.Reference, q.Texts, FamilyName(q.Family),
            [q.Concept.ToHashSet(), q.Edit.ToHashSet()], q.Unchanged.ToHashSet()))], Truths);

    private static string FamilyName(Family family) => family.ToString().ToLowerInvariant();

    private static Dictionary<string, float> Tuned(ClipModel clip, IReadOnlyList<Contender> contenders, Action<string>? progress)
    {
        Dictionary<string, float> chosen = [];
        if (contenders.All(c => c.Tune is null))
            return chosen;
        PlaygroundBenchmark world = PlaygroundBenchmark.Make(Split.Val, 1);
        float[] features = PlaygroundClip.Embed(clip, world.Pictures());
        Benchmark benchmark = Of(world);
        foreach (Contender c in contenders.Where(c => c.Tune is not null))
        {
            chosen[c.Name] = c.Tune!.MaxBy(w => Evaluator.Rank(benchmark, features, c.Composer, clip.Device, w)
                .Select((r, q) => benchmark.Queries[q].Family == Size ? 0
                    : Metrics.AveragePrecisionAt(r.Candidates, benchmark.Queries[q].Truths[0], 10)).Sum());
            progress?.Invoke($"{c.Name}: image weight {chosen[c.Name]:0.0#} chosen on {world.Name}");
        }
        return chosen;
    }

    private readonly record struct Score(string Method, string Split, string Truth, string Family, bool Contrast, int Seed, double Map10, double R1, double R10,
        double Unchanged);

    private static IEnumerable<Score> Measure(Benchmark benchmark, PlaygroundQuery query, int q, Ranking r, string method, string split, int seed)
    {
        BenchmarkQuery b = benchmark.Queries[q];
        double unchanged = Metrics.RecallAt(r.Candidates, b.Unchanged, 1);
        for (int t = 0; t < benchmark.Truths.Count; t++)
            yield return new(method, split, benchmark.Truths[t], b.Family, query.Contrast, seed,
                Metrics.AveragePrecisionAt(r.Candidates, b.Truths[t], 10), Metrics.RecallAt(r.Candidates, b.Truths[t], 1),
                Metrics.RecallAt(r.Candidates, b.Truths[t], 10), unchanged);
    }

    private static List<PlaygroundRow> Tabulate(List<Score> scores, IReadOnlyList<Contender> contenders, IReadOnlyList<string> splits, int seeds)
    {
        List<PlaygroundRow> rows = [];
        ILookup<(string, string, string), Score> groups = scores.ToLookup(s => (s.Method, s.Split, s.Truth));
        foreach (string split in splits)
            foreach (string truth in Truths)
                foreach (Contender c in contenders)
                {
                    Score[] mine = [.. groups[(c.Name, split, truth)]];
                    rows.Add(Mean(All, mine, plainOnly: null));
                    rows.Add(Mean(All + Contrast, mine, plainOnly: false));
                    foreach (string family in Families)
                        foreach (bool contrast in new[] { false, true })
                            if (mine.Where(s => s.Family == family && s.Contrast == contrast).ToArray() is { Length: > 0 } part)
                                rows.Add(Row(contrast ? family + Contrast : family, part));

                    PlaygroundRow Row(string family, Score[] part)
                    {
                        (double low, double high) = Metrics.Interval([.. part.Select(s => s.Map10)]);
                        return new(c.Name, split, truth, family, part.Length, part.Average(s => s.Map10), part.Average(s => s.R1), part.Average(s => s.R10),
                            c.TrainSeconds, part.Average(s => s.Unchanged), OverSeeds(part), low, high);
                    }

                    PlaygroundRow Mean(string name, Score[] all, bool? plainOnly)
                    {
                        Score[][] families = [.. all.Where(s => s.Family != Size && (plainOnly is null || s.Contrast != plainOnly))
                            .GroupBy(s => s.Family).Select(f => f.ToArray())];
                        PlaygroundRow flat = Row(name, [.. families.SelectMany(f => f)]);
                        return flat with
                        {
                            Map10 = families.Average(f => f.Average(s => s.Map10)),
                            R1 = families.Average(f => f.Average(s => s.R1)),
                            R10 = families.Average(f => f.Average(s => s.R10)),
                            Unchanged = families.Average(f => f.Average(s => s.Unchanged)),
                        };
                    }
                }
        return rows;

        double OverSeeds(Score[] part) => seeds < 2 ? 0 : Metrics.Spread([.. part.GroupBy(s => s.Seed).Select(g => g.Average(s => s.Map10))]).Deviation;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PlaygroundResult))]
public sealed partial class PlaygroundJson : JsonSerializerContext;

/// <summary>What <c>demo --json</c> and <c>eval playground --json</c> print.</summary>
public sealed record PlaygroundResult(double Seconds, IReadOnlyList<PlaygroundRow> Rows, IReadOnlyDictionary<string, string>? Provenance = null);
