using Cirrus.Evaluation;

namespace Cirrus.Playground;

/// <summary>What negative words, masks and steps do, in sentences computed from the rows.</summary>
public static class SteeringWords
{
    private const double Halved = 0.5, Near = 0.95;

    public static IReadOnlyList<string> Of(SteeringResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return [.. result.Readers.SelectMany(r => new[] { Negative(result, r.Name), Masked(result, r), Steps(result, r.Name) }).OfType<string>()];
    }

    /// <summary>How much is left of what is not wanted; 1 when there was nothing.</summary>
    internal static double Left(SteeringResult result, string method) =>
        Share(result, method, Plain).Mean is > 0 and double before ? Share(result, method, NegativeQueries.Without).Mean / before : 1;

    /// <summary>The share of the first ten that hold what is not wanted.</summary>
    internal static Score Share(SteeringResult result, string method, string? wording) =>
        Negative(result, method, NegativeQueries.NotWanted, wording).Scores[NegativeQueries.Metrics[1].Key];

    /// <summary>mAP@10 of what is right and holds nothing unwanted.</summary>
    internal static Score Found(SteeringResult result, string method, string? wording) =>
        Negative(result, method, PlaygroundEvaluation.Concept, wording).Scores[NegativeQueries.Metrics[0].Key];

    private static ScoreRow MaskedRow(SteeringResult result, string method, string? wording) =>
        result.Masked.Rows.First(r => r.Method == method && r.Family == FamilyOf(wording));

    private static string? Plain => null;

    private static string Negative(SteeringResult result, string reader)
    {
        (Score before, Score after) = (Share(result, reader, Plain), Share(result, reader, NegativeQueries.Without));
        double left = Left(result, reader);
        string text = $"Of {reader}'s first ten {P(before.Mean)} % hold what is not wanted, and {P(after.Mean)} % once negative words say so"
            + (before.Mean == 0 ? "."
                : left <= Halved ? $": at most half ({Times(left)}) is left."
                : $": {Times(left)} of it is left, where half is wanted.")
            + $" The mAP@10 of what is right goes from {P(Found(result, reader, Plain).Mean)} % to "
            + $"{P(Found(result, reader, NegativeQueries.Without).Mean)} %.";
        string? other = result.Negative.Rows.Select(r => r.Method).Distinct().Except(result.Readers.Select(r => r.Name))
            .Where(m => Share(result, m, Plain).Mean > 0).MaxBy(m => Found(result, m, NegativeQueries.Without).Mean);
        return other is null ? text : text
            + $" Where half of the words' feature is taken away instead, {other} does best: {Times(Left(result, other))} is left, and its mAP@10 goes from "
            + $"{P(Found(result, other, Plain).Mean)} % to {P(Found(result, other, NegativeQueries.Without).Mean)} %.";
    }

    private static string Masked(SteeringResult result, SteeredMethod reader)
    {
        double before = Of(Plain), after = Of(MaskedQueries.Masked);
        Score gain = reader.MaskGain;
        return $"To change one of two objects, {reader.Name} makes a mAP@10 of {P(after)} % with a mask over the one and {P(before)} % without: the mask "
            + (gain.Low > 0 ? "pays" : gain.High < 0 ? "does harm" : "cannot be told from none")
            + $", {P(gain.Mean)} points more (95 %: {P(gain.Low)} to {P(gain.High)}).";

        double Of(string? wording) => MaskedRow(result, reader.Name, wording).Scores[MaskedQueries.Metrics[0].Key].Mean;
    }

    private static string? Steps(SteeringResult result, string reader)
    {
        StepsPoint[] points = [.. result.Steps.Where(p => p.Method == reader)];
        if (points.Length == 0)
            return null;
        StepsPoint best = points.MaxBy(p => p.Map.Mean)!, edit = points.MaxBy(p => p.Edit.Mean)!, enough = points.First(p => p.Map.Mean >= Near * best.Map.Mean);
        string rest = enough != best ? $"{enough.Steps} are enough for {P(enough.Map.Mean)} % in {Ms(enough)}"
            : best == points[0] ? $"more do not help: {points[^1].Steps} make {P(points[^1].Map.Mean)} % in {Ms(points[^1])}"
            : "fewer lose more than a twentieth of it";
        return $"Of numbers of steps, {best.Steps} are best for {reader}, with a mAP@10 of {P(best.Map.Mean)} % (concept, seen "
            + $"pairs) in {Ms(best)} a query; {rest}."
            + (edit == best ? "" : $" Under edit {edit.Steps} are best: {P(edit.Edit.Mean)} %, where {best.Steps} make {P(best.Edit.Mean)} %.");
    }

    private static ScoreRow Negative(SteeringResult result, string method, string truth, string? wording) =>
        result.Negative.Rows.First(r => r.Method == method && r.Truth == truth && r.Family == FamilyOf(wording));

    private static string FamilyOf(string? wording) => wording is null ? ScoreRow.All : $"{ScoreRow.All}, {wording}";

    private static string Ms(StepsPoint p) => Compare.ComparisonWords.Ms(p.Milliseconds);

    private static string P(double share) => EvaluationResult.Percent(share);

    private static string Times(double ratio) => TextTable.Number(ratio, "0.00");
}
