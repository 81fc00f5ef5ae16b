using System.Globalization;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Playground;

/// <summary>How a method stands to the untrained ones on one split: ratios of means of families.</summary>
/// <param name="Map">mAP@10 over the best of image, text and the untuned sum, under "concept".</param>
/// <param name="Recall">R@10 likewise.</param>
/// <param name="Slerp">mAP@10 over that of Slerp with its weight chosen on val, under "concept"; no bar when it was not evaluated.</param>
/// <param name="EditMap">mAP@10 over the best of the three under "edit": no bar asks for it.</param>
public sealed record SplitVerdict(string Split, double Map, double Recall, double? Slerp, double EditMap)
{
    public const double MapBar = 1.5, RecallBar = 1.2, SlerpBar = 0.95;

    /// <summary>What is below its bar, in words; empty when all hold.</summary>
    public IReadOnlyList<string> Missed =>
    [
        .. Below("mAP@10", Map, MapBar),
        .. Below("R@10", Recall, RecallBar),
        .. Slerp is double slerp ? Below("mAP@10 beside slerp", slerp, SlerpBar) : [],
    ];

    private IEnumerable<string> Below(string what, double ratio, double bar)
    {
        if (!(ratio >= bar))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{what} is {Check.Text(ratio, bar)} on {Split} pairs where {bar:0.##} is wanted");
    }
}

/// <summary>What an evaluation shows, computed from its rows.</summary>
public sealed record PlaygroundVerdict(string Subject, IReadOnlyList<SplitVerdict> Splits)
{
    private static readonly string[] Untrained = ["image", "text", "sum"];

    /// <summary>True: slerp was evaluated as well.</summary>
    private bool Beside => Splits.All(s => s.Slerp is not null);

    public bool Holds => Splits.All(s => s.Missed.Count == 0);

    /// <summary>Compares a method with image, text, sum and slerp; null when one of the first three, or the method, was not evaluated.</summary>
    /// <param name="slerp">the name under which Slerp with its weight chosen on val was evaluated.</param>
    public static PlaygroundVerdict? Of(EvaluationResult result, string subject = "lincir", string slerp = PlaygroundEvaluation.SlerpTuned)
    {
        ArgumentNullException.ThrowIfNull(result);
        string[] splits = [.. result.Rows.Select(r => r.Split).Distinct()];
        return splits.Length == 0 || Untrained.Append(subject).Any(m => result.Find(m, splits[0], PlaygroundEvaluation.Concept) is null)
            ? null
            : new(subject, [.. splits.Select(s => Of(result, subject, slerp, s))]);
    }

    /// <summary>For people, a sentence each: the ratios, whether the bars hold, and the strict truth.</summary>
    public IReadOnlyList<string> Describe() =>
    [
        $"Concept: {Subject} reaches {Each(s => s.Map)} times the mAP@10 of the best of image, text and untuned sum, and {Each(s => s.Recall)} times its R@10"
            + (Beside ? $"; {Each(s => s.Slerp!.Value)} times the mAP@10 of slerp with its weight chosen on val." : "."),
        string.Create(CultureInfo.InvariantCulture,
            $"The bars are {SplitVerdict.MapBar:0.##}{(Beside ? "," : " and")} "
                + $"{SplitVerdict.RecallBar:0.##}{(Beside ? $" and {SplitVerdict.SlerpBar:0.##}" : "")}: ")
            + (Holds ? "they hold." : $"not all hold, {string.Join("; ", Splits.SelectMany(s => s.Missed))}."),
        $"Edit: {Each(s => s.EditMap)} times the mAP@10 of the best of the three. Nothing else may change there and adding "
            + $"vectors is strong: no bar.",
    ];

    private string Each(Func<SplitVerdict, double> ratio) =>
        string.Join(" and ", Splits.Select(s => $"{Check.Text(ratio(s), null)} ({s.Split})"));

    private static SplitVerdict Of(EvaluationResult result, string subject, string slerp, string split)
    {
        double map = Mean(subject, PlaygroundEvaluation.Concept, 0);
        return new(split, map / Best(PlaygroundEvaluation.Concept, 0),
            Mean(subject, PlaygroundEvaluation.Concept, 2) / Best(PlaygroundEvaluation.Concept, 2),
            result.Find(slerp, split, PlaygroundEvaluation.Concept) is null ? null : map / Mean(slerp, PlaygroundEvaluation.Concept, 0),
            Mean(subject, PlaygroundEvaluation.Edit, 0) / Best(PlaygroundEvaluation.Edit, 0));

        double Mean(string method, string truth, int metric) =>
            result.Find(method, split, truth)!.Scores[PlaygroundEvaluation.Metrics[metric].Key].Mean;
        double Best(string truth, int metric) => Untrained.Max(m => Mean(m, truth, metric));
    }
}
