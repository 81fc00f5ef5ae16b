using System.Globalization;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>The HTML report of an evaluation on the Playground.</summary>
public static class PlaygroundReport
{
    private const int ThumbnailSide = 128, Hits = 8;
    private static readonly string[] Untrained = ["image", "text", "sum"], InExamples = ["text", "sum"];
    private static readonly Metric Map = PlaygroundEvaluation.Metrics[0], Recall10 = PlaygroundEvaluation.Metrics[2];

    /// <summary>Makes the report.</summary>
    /// <param name="subject">the method that the report is about; when it was not evaluated, the best one.</param>
    /// <param name="losses">of the subject's training, a value a step.</param>
    /// <param name="slerp">the name under which Slerp with its weight chosen on val was evaluated.</param>
    public static Report Create(PlaygroundResult result, string subject = "lincir", IReadOnlyList<float>? losses = null,
        string slerp = PlaygroundEvaluation.SlerpTuned)
    {
        ArgumentNullException.ThrowIfNull(result);
        EvaluationResult e = result.Evaluation;
        string split = result.First.Keys.First();
        string[] methods = [.. e.ByScore(e.Rows.Where(r => r.Split == split && r.Truth == PlaygroundEvaluation.Concept)).Select(m => m.Key)];
        subject = methods.Contains(subject) ? subject : methods[0];
        List<ReportSection> sections =
        [
            new FiguresSection([.. Figures(e, split, subject)]),
            .. PlaygroundVerdict.Of(e, subject, slerp) is { } verdict ? new[] { Checks(verdict) } : [],
            Examples(result, split, methods, subject, slerp),
            Bars(result, methods, subject, PlaygroundEvaluation.Concept, "The same thing, changed as asked",
                "Truth “concept”, as CIRCO counts: right is every picture that shows the reference's kind and colour (in domain conversion its kind) with the change applied; all else is free. "
                + "Size is reported apart. A contrast says what is to go: “is green instead of red”."
                + (methods.Any(m => EmphasisOf(m, subject) == Emphasis.Kin) ? $" The paler bars are the same {subject}, asked in other ways." : "")),
            Bars(result, methods, subject, PlaygroundEvaluation.Edit, "The same scene, and nothing else different",
                "Truth “edit”: right is only the reference's whole scene with the change applied. In a drawn world features "
                    + "add up, so adding vectors does well here."),
            First(e, methods, subject, split),
            .. result.Steering is { } steering
                ? (ReportSection[])[new WordsSection("Negative words, masks, steps", "Computed from the numbers below.",
                    SteeringWords.Of(steering)), .. SteeringReport.Sections(steering)] : [],
            .. result.First.Keys.SelectMany(s => new[] { PlaygroundEvaluation.Concept, PlaygroundEvaluation.Edit }.Select(t => Table(e, s, t, subject))),
        ];
        if (losses is { Count: > 1 })
            sections.Add(new CurveSection("Training",
                $"{subject} learned from {LearnsFrom(subject)}. Thin: every step; strong: running mean.", "loss", losses));
        return new("A drawn world with exact answers", Lead(e, methods, subject, split), sections,
            [.. e.Provenance, new("evaluated in", TextTable.Number(e.Seconds, "0") + " s"),
                new("intervals", "95 %, bootstrap over queries within each family")]);
    }

    private static string Lead(EvaluationResult e, string[] methods, string subject, string split)
    {
        ScoreRow all = e.Find(subject, split, PlaygroundEvaluation.Concept)!;
        string trained = all.TrainSeconds is > 0 and double s
            ? $" {subject} was trained in {TextTable.Number(s, "0")} seconds on {LearnsFrom(subject)}." : "";
        int queries = e.Rows.Where(r => r.Method == subject && r.Split == split && r.Truth == PlaygroundEvaluation.Concept
            && r.Family != ScoreRow.All && !r.Family.Contains(',', StringComparison.Ordinal)).Sum(r => r.Queries);
        return $"A picture plus words, {methods.Count(m => EmphasisOf(m, subject) != Emphasis.Kin)} ways of putting them together, {queries.ToString("N0", CultureInfo.InvariantCulture)} questions"
            + (e.Find(subject, "unseen", PlaygroundEvaluation.Concept) is not null && split != "unseen"
                ? " each on pairs that training has shown and on pairs it never has." : ".")
            + trained + " This is a miniature: its numbers compare methods with each other, not with published ones.";
    }

    private static IEnumerable<Figure> Figures(EvaluationResult e, string split, string subject)
    {
        Score map = e.Find(subject, split, PlaygroundEvaluation.Concept)!.Scores[Map.Key];
        foreach (Metric metric in Untrained.Contains(subject) ? [] : new[] { Map, Recall10 })
        {
            Score? best = Untrained.Select(m => e.Find(m, split, PlaygroundEvaluation.Concept)?.Scores[metric.Key]).MaxBy(s => s?.Mean ?? 0);
            double value = e.Find(subject, split, PlaygroundEvaluation.Concept)!.Scores[metric.Key].Mean;
            if (best is { Mean: > 0 })
                yield return new(TextTable.Number(value / best.Mean, "0.0") + "×", $"the {metric.Name} of image, words or their plain sum",
                    $"the best of these reaches {EvaluationResult.Percent(best.Mean)}, {subject} {EvaluationResult.Percent(value)}");
        }
        if (e.Find(subject, split, PlaygroundEvaluation.Concept)!.TrainSeconds is > 0 and double seconds)
            yield return new($"{TextTable.Number(seconds, "0")} s", "of training", $"on {LearnsFrom(subject)}");
        yield return new(EvaluationResult.Percent(map.Mean), $"mAP@10 of {subject}",
            $"{split} pairs, concept; 95 % interval {EvaluationResult.Percent(map.Low)} to {EvaluationResult.Percent(map.High)}");
        if (e.Find(subject, "unseen", PlaygroundEvaluation.Concept) is ScoreRow unseen && split != "unseen")
            yield return new(EvaluationResult.Percent(unseen.Scores[Map.Key].Mean), "mAP@10 on unseen pairs",
                "kinds in colours that no training picture or caption shows");
    }

    private static ChecksSection Checks(PlaygroundVerdict verdict)
    {
        Check Row(string name, string note, Func<SplitVerdict, double> ratio, double? bar) => new(name, note, [.. verdict.Splits.Select(ratio)], bar);
        return new($"How far {verdict.Subject} gets",
            "Means of families, divided by those of other methods. The bars are this project's own.",
            [.. verdict.Splits.Select(s => s.Split)],
        [
            Row("mAP@10 ÷ best of image, text, sum", "concept: the same thing, changed as asked", s => s.Map, SplitVerdict.MapBar),
            Row("R@10 ÷ best of image, text, sum", "concept", s => s.Recall, SplitVerdict.RecallBar),
            .. verdict.Splits.All(s => s.Slerp is not null) ? [Row("mAP@10 ÷ slerp", "concept; slerp's weight was chosen on val",
                s => s.Slerp!.Value, SplitVerdict.SlerpBar)] : Array.Empty<Check>(),
            Row("mAP@10 ÷ best of image, text, sum",
                "edit: the same scene and nothing else different; adding vectors is strong here", s => s.EditMap, null),
        ]);
    }

    private static BarsSection Bars(PlaygroundResult result, string[] methods, string subject, string truth, string title, string note)
    {
        EvaluationResult e = result.Evaluation;
        string[] splits = [.. e.Rows.Select(r => r.Split).Distinct()];
        string[] families = [ScoreRow.All, .. EvaluationResult.Families(e.Rows)];
        string legend = $"mAP@10 in percent. Bar: {splits[0]} pairs, with its 95 % interval"
            + (splits.Length > 1
                ? $"; ring: {splits[1]} pairs. A question has {Right(splits[0])} right answers on {splits[0]} pairs, {Right(splits[1])} on {splits[1]} ones: compare methods, not splits."
                : ".");
        return new(title, note, legend, [.. families.Select(f => new BarPanel(f.Replace(ScoreRow.All, "mean of families", StringComparison.Ordinal),
            [.. methods.Select(m => new Bar(m, e.Find(m, splits[0], truth, f)!.Scores[Map.Key],
                splits.Length > 1 ? e.Find(m, splits[1], truth, f)?.Scores[Map.Key].Mean : null, EmphasisOf(m, subject)))]))]);

        string Right(string split) => TextTable.Number(result.First[split].Queries.Average(q =>
            (truth == PlaygroundEvaluation.Concept ? q.Concept : q.Edit).Length), "0.0");
    }

    /// <summary>"captions alone": what a method is trained on.</summary>
    private static string LearnsFrom(string method) => Method.All.FirstOrDefault(m => m.Name == method.Split(' ')[0])?.Training is { } training ? $"{training.LearnsFrom} alone" : "data of its own";

    private static Emphasis EmphasisOf(string method, string subject) =>
        method == subject ? Emphasis.Subject : method.StartsWith(subject + " ", StringComparison.Ordinal) ? Emphasis.Kin : Emphasis.None;

    private static BarsSection First(EvaluationResult e, string[] methods, string subject, string split)
    {
        Bar Share(string method, Metric metric) =>
            new(method, e.Find(method, split, PlaygroundEvaluation.Concept)!.Scores[metric.Key], null, EmphasisOf(method, subject));
        return new("Who shows you what you already have",
            "How often the first answer ignores the words: a picture of the reference's own scene, or the reference itself.",
            $"Share of {split} queries in percent, with its 95 % interval.",
            [new("the unchanged scene comes first", [.. methods.Select(m => Share(m, Metric.UnchangedFirst))]),
             new("the reference itself comes first", [.. methods.Select(m => Share(m, Metric.ReferenceFirst))])]);
    }

    private static TableSection Table(EvaluationResult e, string split, string truth, string subject)
    {
        ScoreRow[] rows = [.. e.Rows.Where(r => r.Split == split && r.Truth == truth)];
        string[] families = [ScoreRow.All, .. EvaluationResult.Families(rows)];
        string[] columns = [.. families, .. PlaygroundEvaluation.Metrics.Skip(1).Select(m => m.Name)];
        return new($"All numbers: {split} pairs, {truth}", "mAP@10 by family, then the other metrics as means of families; in percent.", columns,
            [.. e.ByScore(rows).Select(m => new TableRow(m.Key,
                [.. families.Select(f => m.FirstOrDefault(r => r.Family == f)?.Scores[Map.Key].Mean),
                 .. PlaygroundEvaluation.Metrics.Skip(1).Select(k => m.First(r => r.Family == ScoreRow.All).Scores[k.Key].Mean)],
                m.Key == subject))], Plain: 2);
    }

    /// <summary>The first query of each family: not chosen.</summary>
    private static ExamplesSection Examples(PlaygroundResult result, string split, string[] methods, string subject, string slerp)
    {
        PlaygroundBenchmark playground = result.First[split];
        Outcome[] shown = [.. result.Outcomes[split]
            .Where(o => o.Method == subject || o.Method == slerp || InExamples.Contains(o.Method))
            .OrderBy(o => o.Method == subject ? -1 : Array.IndexOf(methods, o.Method))];
        Dictionary<int, ShownPicture> drawn = [];
        List<Example> examples = [];
        foreach (Family family in Enum.GetValues<Family>().Where(f => f != Family.Size))
        {
            int at = playground.Queries.ToList().FindIndex(q => q.Family == family);
            if (at < 0)
                continue;
            PlaygroundQuery query = playground.Queries[at];
            examples.Add(new(PlaygroundEvaluation.NameOf(family), Picture(query.Reference), string.Join(" and ", query.Texts),
                [.. shown.Select(o => new ShownRanking(
                o.Method, [.. o.Ranked[at].Take(Hits).Select(place => new ShownHit(Picture(place), KindOf(query, place)))], o.Method == subject))]));
        }
        return new("What comes first",
            $"The first query of each family ({split} pairs, first seed), not chosen, and the first {Hits} answers of each "
                + "method; right is what is right under “concept”.",
            examples);

        ShownPicture Picture(int place)
        {
            if (!drawn.TryGetValue(place, out ShownPicture? picture))
                drawn[place] = picture = new(Png.DataUri(playground.Picture(place, ThumbnailSide), ThumbnailSide),
                    Captions.Of(playground.Scenes[place], new Philox((ulong)place, 0), everything: true));
            return picture;
        }
    }

    private static HitKind KindOf(PlaygroundQuery query, int place) =>
        query.Concept.Contains(place) ? HitKind.Right : query.Unchanged.Contains(place) ? HitKind.Unchanged : HitKind.Other;
}
