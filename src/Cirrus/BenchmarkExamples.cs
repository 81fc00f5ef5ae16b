using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Reports;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Queries with what came first, as pictures where these are at hand, else as ids.</summary>
internal sealed class BenchmarkExamples(EvaluatedBenchmark evaluated)
{
    private const int Side = 160, Hits = 8, Methods = 3;
    private readonly BenchmarkData _data = evaluated.Data;
    private readonly Dictionary<string, ShownPicture> _shown = [];

    /// <param name="outcomes">the report's subject first.</param>
    /// <param name="count">of best queries, and of worst.</param>
    public ExamplesSection[] Sections(IReadOnlyList<Outcome> outcomes, int truth, int count)
    {
        Outcome subject = outcomes[0];
        (int[] best, int[] worst) = Standouts.Of(subject, [.. outcomes.Skip(1)], truth, count);
        return [Section("Best queries", "best", "worst", best), Section("Worst queries", "worst", "best", worst)];

        ExamplesSection Section(string title, string own, string others, int[] queries) => new(title, (outcomes.Count > 1
            ? $"Of the queries that {subject.Method} answers {own}, those that other methods answer {others}."
            : $"Of the queries that {subject.Method} answers {own}, the first.") + " The last row of each has the right answers.",
            [.. queries.Select(q => Show(q, outcomes, truth))])
        {
            Unchanged = "the reference itself",
        };
    }

    private Example Show(int number, IReadOnlyList<Outcome> outcomes, int truth)
    {
        BenchmarkQuery query = _data.Benchmark.Queries[number];
        int[] targets = query.Targets[truth], ranked = outcomes[0].Ranked[number];
        int place = Array.FindIndex(ranked, targets.Contains);
        string found = place >= 0
            ? $"first right answer at place {place + 1}"
            : ranked.Length == 0
            ? "its picture is missing" : $"no right answer among the first {ranked.Length}";
        return new($"{query.Id}: {found}", Picture(_data.References[query.Reference]), string.Join(" / ", query.Captions),
            [.. outcomes.Take(Methods).Select((o, i) => new ShownRanking(o.Method,
                [.. o.Ranked[number].Take(Hits).Where(p => p >= 0).Select(p => Hit(query, targets, p))], i == 0)),
             new ShownRanking("right", [.. targets.Take(Hits).Select(p => Hit(query, targets, p))], false)]);
    }

    private ShownHit Hit(BenchmarkQuery query, int[] targets, int candidate) => new(Picture(_data.Candidates[candidate]),
        targets.Contains(candidate) ? HitKind.Right
        : _data.Candidates[candidate] == _data.References[query.Reference] ? HitKind.Unchanged
        : HitKind.Other);

    private ShownPicture Picture(int number)
    {
        BenchmarkPicture picture = _data.Pictures[number];
        if (!_shown.TryGetValue(picture.Name, out ShownPicture? shown))
            _shown[picture.Name] = shown = new(Thumbnail(picture), picture.Name);
        return shown;
    }

    /// <summary>A data URI; empty when there is no picture that can be read.</summary>
    private static string Thumbnail(BenchmarkPicture picture)
    {
        if (picture.Find() is null)
            return "";
        try
        {
            Picture seen = BenchmarkPictures.Open(picture, Side).ToRgb();
            double scale = Math.Min(1, (double)Side / Math.Max(seen.Width, seen.Height));
            Picture small = Resample.Bicubic(seen, Math.Max(1, (int)Math.Round(seen.Width * scale)),
                Math.Max(1, (int)Math.Round(seen.Height * scale)));
            return $"data:image/jpeg;base64,{Convert.ToBase64String(ImageFile.EncodeJpeg(small))}";
        }
        catch (CirrusException)
        {
            return "";
        }
    }
}
