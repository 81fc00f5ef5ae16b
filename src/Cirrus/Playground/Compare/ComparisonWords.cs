using Cirrus.Evaluation;

namespace Cirrus.Playground.Compare;

/// <summary>Who wins where, and why: sentences computed from the rows.</summary>
public sealed class ComparisonWords
{
    private const double Robust = 0.05;    // a method below this mAP@10 has nothing to lose
    private readonly ComparisonResult _result;
    private readonly EvaluationResult _rows;
    private readonly string[] _splits;
    private readonly string[] _families;

    private ComparisonWords(ComparisonResult result)
    {
        (_result, _rows) = (result, result.Evaluation.Evaluation);
        _splits = [.. _rows.Rows.Select(r => r.Split).Distinct()];
        _families = [.. _rows.Rows.Select(r => r.Family).Distinct().Where(f =>
            f != ScoreRow.All && !f.Contains(',', StringComparison.Ordinal) && f != PlaygroundEvaluation.NameOf(Family.Size))];
    }

    public static IReadOnlyList<string> Of(ComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ComparisonWords words = new(result);
        return [.. new[] { words.Concept(), words.WhyTrained(), words.WhyFirst(), words.Edit(), words.Supervised(), words.Contrast(), words.Unseen(), words.Cost(), words.Sizes() }.OfType<string>(),
            .. result.Evaluation.Steering is { } steering ? SteeringWords.Of(steering) : []];
    }

    private static string Map => PlaygroundEvaluation.Metrics[0].Key;

    /// <summary>The best zero-shot method on the first split under "concept"; null when none was trained.</summary>
    internal static string? BestZeroShot(ComparisonResult result) => new ComparisonWords(result).Best("zero-shot", PlaygroundEvaluation.Concept);

    private string Concept()
    {
        string winner = Ranked(PlaygroundEvaluation.Concept, _splits[0])[0];
        return $"The same thing, changed as asked (concept, {_splits[0]} pairs): {Lead(PlaygroundEvaluation.Concept, _splits[0])}"
            + (KindOf(winner) == "supervised" && Best("zero-shot", PlaygroundEvaluation.Concept) is string free
                ? $" It has seen right answers; of those that have not, {free} is best with {P(Value(free, PlaygroundEvaluation.Concept))} %." : "");
    }

    /// <summary>By families: where training pays, and where it does not.</summary>
    private string? WhyTrained()
    {
        if (Best("zero-shot", PlaygroundEvaluation.Concept) is not string trained
            || Best("not trained", PlaygroundEvaluation.Concept) is not string plain)
            return null;
        (string Family, double Lead)[] leads = [.. _families.Select(f => (f, Value(trained, PlaygroundEvaluation.Concept, f)
            - Value(plain, PlaygroundEvaluation.Concept, f))).OrderByDescending(l => l.Item2)];
        string Pair(string family) =>
            $"{family} ({P(Value(trained, PlaygroundEvaluation.Concept, family))} % against "
                + $"{P(Value(plain, PlaygroundEvaluation.Concept, family))} %)";
        double ratio = Value(trained, PlaygroundEvaluation.Concept) / Value(plain, PlaygroundEvaluation.Concept);
        string verdict = Level(trained, plain, PlaygroundEvaluation.Concept, _splits[0])
            ? "cannot be told from doing without it" : ratio > 1 ? "pays" : "does not pay";
        string text =
            $"Training without right answers {verdict}: {trained} makes {Times(ratio)} times the mAP@10 of the best untrained method, {plain}. ";
        return text + (leads[0].Lead <= 0 ? $"It gains in no family, and loses most in {Pair(leads[^1].Family)}."
            : leads[^1].Lead < 0
            ? $"It gains most in {Pair(leads[0].Family)} and loses in {Join([.. leads.Where(l => l.Lead < 0).Select(l => Pair(l.Family))])}."
            : $"It gains most in {Pair(leads[0].Family)} and least in {Pair(leads[^1].Family)}.");
    }

    /// <summary>What comes first in place of a right answer.</summary>
    private string? WhyFirst()
    {
        string[] all = [.. Ranked(PlaygroundEvaluation.Concept, _splits[0]).Where(m => m != "image")];    // which cannot do otherwise
        if (all.Length < 2)
            return null;
        string stuck = all.MaxBy(Unchanged)!;
        double share = Unchanged(stuck), best = Unchanged(all[0]);
        string[] cured = [.. all.Where(m => Unchanged(m) < 0.05)];
        return share < 0.2
            ? null
            : $"What drags a query down is the picture itself: {stuck} answers {P(share)} % of the questions with a picture of the unchanged scene first{(stuck == all[0] ? "" : $", {all[0]} {P(best)} %")}."
            + (cured.Length > 0
                ? $" Of {all.Length} methods that read the words {(cured.Length == 1 ? "one stays" : $"{cured.Length} stay")} "
                + $"below 5 %: {Join(cured)}." : "");
    }

    private string Edit()
    {
        string winner = Ranked(PlaygroundEvaluation.Edit, _splits[0])[0], other = Ranked(PlaygroundEvaluation.Concept, _splits[0])[0];
        string text = $"The same scene and nothing else different (edit): {Lead(PlaygroundEvaluation.Edit, _splits[0])}";
        if (winner == other)
            return text + " It leads under both truths.";
        double kept = Value(winner, PlaygroundEvaluation.Concept) / Value(other, PlaygroundEvaluation.Concept);
        return text + $" Under concept it has {Times(kept)} of the leader's mAP@10."
            + (Unchanged(winner) > Unchanged(other)
                ? $" It holds on to more of the picture, which is right here and wrong there: the unchanged scene comes first "
                + $"in {P(Unchanged(winner))} % of its answers, in {P(Unchanged(other))} % of {other}'s." : "");
    }

    private string? Supervised()
    {
        if (Best("supervised", PlaygroundEvaluation.Concept) is not string taught
            || Best("zero-shot", PlaygroundEvaluation.Concept) is not string free)
            return null;
        double seen = Ratio(_splits[0]);
        string text =
            $"The supervised methods learned from questions with their right answers, in the benchmark's own wordings. The "
                + $"best of them, {taught}, makes {Times(seen)} times the mAP@10 of the best zero-shot method, {free}";
        if (_splits.Length < 2)
            return text + ".";
        double unseen = Ratio(_splits[1]);
        text += $" on {_splits[0]} pairs and {Times(unseen)} times on {_splits[1]} ones";
        return text + (seen <= 1 ? "." : unseen < 0.9 * seen ? ": a part of what it learned are the pairs, not the changes."
            : ": what it learned are the changes, for it keeps them on pairs it never saw.");

        double Ratio(string split) => Value(taught, PlaygroundEvaluation.Concept, ScoreRow.All, split) / Value(free,
            PlaygroundEvaluation.Concept, ScoreRow.All, split);
    }

    private string? Contrast()
    {
        string family = $"{ScoreRow.All}, contrast";
        (string Name, double Kept)[] kept = [.. Ranked(PlaygroundEvaluation.Concept, _splits[0]).Where(m =>
            m != "image" && Value(m, PlaygroundEvaluation.Concept) >= Robust
            && _rows.Find(m, _splits[0], PlaygroundEvaluation.Concept, family) is not null)
            .Select(m => (m, Value(m, PlaygroundEvaluation.Concept, family) / Value(m, PlaygroundEvaluation.Concept)))
            .OrderByDescending(k => k.Item2)];
        return kept.Length < 2
            ? null
            : $"Worded as a contrast (“is green instead of red”: what is to go is named as well), {kept[0].Name} has {Percent0(kept[0].Kept)} of its score, the most of all, "
            + $"and {kept[^1].Name} {Percent0(kept[^1].Kept)}, the least.";
    }

    private string? Unseen()
    {
        if (_splits.Length < 2)
            return null;
        string[] seen = Ranked(PlaygroundEvaluation.Concept, _splits[0]), unseen = Ranked(PlaygroundEvaluation.Concept, _splits[1]);
        (string Name, int Fell) fell = seen.Select((m, i) => (m, Array.IndexOf(unseen, m) - i)).MaxBy(f => f.Item2),
            rose = seen.Select((m, i) => (m, i - Array.IndexOf(unseen, m))).MaxBy(f => f.Item2);
        return $"On pairs that no training has shown {(seen[0] == unseen[0] ? $"{seen[0]} leads too" : $"{unseen[0]} leads in place of {seen[0]}")}."
            + (fell.Fell <= 1 && rose.Fell <= 1 ? fell.Fell == 0 ? " The order stays." : " The order stays, within a place."
                : $" {Join([.. (fell.Fell > 1 ? [$"{fell.Name} falls {fell.Fell} places"] : Array.Empty<string>()), .. rose.Fell > 1 ? [$"{rose.Name} rises {rose.Fell} places"] : Array.Empty<string>()])}.");
    }

    private string? Cost()
    {
        (ComparedMethod Method, QueryTime Time)[] all = [.. _result.Methods.Zip(_result.Times)];
        if (all.Length < 2)
            return null;
        (ComparedMethod slow, QueryTime slowest) = all.MaxBy(a => a.Time.Compose);
        double median = all.Select(a => a.Time.Compose).Order().ElementAt(all.Length / 2);
        ComparedMethod[] trained = [.. _result.Methods.Where(m => m is { Kind: "zero-shot", Evaluated.TrainSeconds: > 0 })];
        string text = $"A question takes {Ms(median)} in the middle of the field" + (slowest.Compose > 5 * median
            ? $", and {Ms(slowest.Compose)} with {slow.Name}, {TextTable.Number(slowest.Compose / median, "0")} times as long."
            : $" and at most {Ms(slowest.Compose)}.");
        if (trained.Length == 0)
            return text;
        double best = trained.Max(m => Value(m.Name, PlaygroundEvaluation.Concept));
        ComparedMethod quick = trained.Where(m => Value(m.Name, PlaygroundEvaluation.Concept) >= 0.9 * best).MinBy(m => m.Evaluated.TrainSeconds)!;
        return text
            + $" Of the zero-shot methods within a tenth of the best, {quick.Name} was trained soonest, in "
            + $"{Seconds(quick.Evaluated.TrainSeconds!.Value)}, from {quick.LearnsFrom}.";
    }

    private string? Sizes()
    {
        string[] backbones = [.. _result.Sizes.Select(p => p.Backbone).Distinct()];
        if (backbones.Length < 2)
            return null;
        double Spread(IEnumerable<double> values) => values.Max() - values.Min();
        double byBackbone = _result.Sizes.GroupBy(p => p.Method).Average(g => Spread(g.Select(p => p.Map.Mean)));
        SizePoint[] largest = [.. _result.Sizes.Where(p => p.Backbone == backbones[^1])],
            smallest = [.. _result.Sizes.Where(p => p.Backbone == backbones[0])];
        double byMethod = _result.Sizes.GroupBy(p => p.Backbone).Average(g => Spread(g.Select(p => p.Map.Mean)));
        SizePoint best = largest.MaxBy(p => p.Map.Mean)!;
        string growth = smallest.FirstOrDefault(p => p.Method == best.Method) is { } small
            ? $" {best.Method} goes from {P(small.Map.Mean)} % in {Seconds(small.TrainSeconds)} on the smallest to {P(best.Map.Mean)} % in {Seconds(best.TrainSeconds)} on the largest."
            : "";
        return byMethod > 0 && largest.Length > 1
            ? $"Across {backbones.Length} sizes of CLIP {(byBackbone > byMethod ? "the backbone matters more than the method" : "the method matters more than the backbone")}: {P(byBackbone)} points lie between sizes, {P(byMethod)} between methods.{growth}"
            : $"Across {backbones.Length} sizes of CLIP {P(byBackbone)} points of mAP@10 are the backbone's.{growth}";
    }

    /// <summary>"X leads with ..; Y and Z are level with it" or who follows.</summary>
    private string Lead(string truth, string split)
    {
        string[] order = Ranked(truth, split);
        Score first = ScoreOf(order[0], truth, ScoreRow.All, split);
        string[] level = [.. order.Skip(1).Where(m => Level(order[0], m, truth, split))];
        string rest = order.Length < 2
            ? ""
            : level.Length > 0
            ? $"; {Join(level)} cannot be told from it"
            : $"; {order[1]} follows with {P(Value(order[1], truth, ScoreRow.All, split))} %";
        return $"{order[0]} leads with a mAP@10 of {P(first.Mean)} % (95 %: {P(first.Low)} to {P(first.High)}){rest}.";
    }

    /// <summary>
    /// True when the questions, asked of both, do not tell the two apart at 95 %; by their intervals where answers are
    /// not at hand.
    /// </summary>
    private bool Level(string first, string other, string truth, string split)
    {
        IReadOnlyList<IReadOnlyList<Outcome>> all = _result.Evaluation.Seeds.GetValueOrDefault(split, []);
        if (all.FirstOrDefault(o => o[0].Method == first) is not { } a || all.FirstOrDefault(o => o[0].Method == other) is not { } b)
        {
            Score x = ScoreOf(first, truth, ScoreRow.All, split), y = ScoreOf(other, truth, ScoreRow.All, split);
            return x.Low <= y.High && y.Low <= x.High;
        }
        double[][] families = [.. a.Zip(b).SelectMany(seed => Apart(seed.First, seed.Second, truth))
            .GroupBy(q => q.Family, q => q.Apart).Select(g => g.ToArray())];
        double mean = 0, variance = 0;
        foreach (double[] apart in families)
        {
            double average = apart.Average();
            mean += average / families.Length;
            variance += apart.Sum(d => (d - average) * (d - average)) / Math.Max(1,
                apart.Length - 1) / apart.Length / (families.Length * families.Length);
        }
        return Math.Abs(mean) <= 1.96 * Math.Sqrt(variance);
    }

    /// <summary>By how much one is ahead in each question of the families that count.</summary>
    private static IEnumerable<(string Family, double Apart)> Apart(Outcome a, Outcome b, string truth)
    {
        Benchmark benchmark = a.Benchmark;
        int t = benchmark.IndexOf(truth);
        return benchmark.Queries.Select((q, i) => (Query: q, Apart: a.Values[t][0][i] - b.Values[t][0][i]))
            .Where(p => p.Query.Wording is null && !benchmark.Apart.Contains(p.Query.Family)).Select(p => (p.Query.Family, p.Apart));
    }

    private string[] Ranked(string truth, string split) => [.. _rows.Rows.Where(r => r.Truth == truth && r.Split == split && r.Family == ScoreRow.All)
        .OrderByDescending(r => r.Scores[Map].Mean).Select(r => r.Method)];

    private string? Best(string kind, string truth) => Ranked(truth, _splits[0]).FirstOrDefault(m => KindOf(m) == kind);

    /// <summary>Sum and slerp with weights chosen on val are put in by the evaluation; they are not trained.</summary>
    private string KindOf(string name) => _result.Methods.FirstOrDefault(m => m.Name == name)?.Kind ?? "not trained";

    private double Unchanged(string method) =>
        ScoreOf(method, PlaygroundEvaluation.Concept, ScoreRow.All, _splits[0], Metric.UnchangedFirst.Key).Mean;

    private double Value(string method, string truth, string family = ScoreRow.All, string? split = null) =>
        ScoreOf(method, truth, family, split ?? _splits[0]).Mean;

    private Score ScoreOf(string method, string truth, string family, string split, string? metric = null) =>
        _rows.Find(method, split, truth, family)!.Scores[metric ?? Map];

    internal static string Seconds(double s) => s >= 100 ? TextTable.Number(s / 60, "0.0")
        + " min" : TextTable.Number(s, s < 10 ? "0.0" : "0") + " s";

    internal static string Ms(double ms) => ms >= 1000 ? TextTable.Number(ms / 1000, "0.0")
        + " s" : TextTable.Number(ms, ms < 10 ? "0.0" : "0") + " ms";

    private static string P(double share) => EvaluationResult.Percent(share);

    private static string Percent0(double share) => TextTable.Number(100 * share, "0") + " %";

    private static string Times(double ratio) => TextTable.Number(ratio, "0.00");

    private static string Join(string[] names) => names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";
}
