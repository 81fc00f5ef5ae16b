using System.Globalization;
using Cirrus.Playground;

namespace Cirrus.Cli;

/// <summary>The Playground's rows as a table for people: methods down, families across, mAP@10 in percent.</summary>
internal static class PlaygroundTable
{
    public static void Write(TextWriter output, IReadOnlyList<PlaygroundRow> rows)
    {
        foreach (var part in rows.GroupBy(r => (r.Split, r.Truth)))
        {
            string[] families = [.. part.Select(r => r.Family).Distinct()
                .Where(f => !f.EndsWith(')') || f.StartsWith("all", StringComparison.Ordinal)).OrderBy(f => f.StartsWith("all", StringComparison.Ordinal) ? 0 : 1)];
            string[] heads = [.. families.Select(f => f.Replace("all (contrast)", "contrast", StringComparison.Ordinal))];
            output.WriteLine($"{part.Key.Truth} truth, {part.Key.Split} pairs: mAP@10 in %, then R@10 and training");
            output.WriteLine($"  {"method",-12}{string.Concat(heads.Select(f => $"{f,12}"))}{"R@10",8}{"train",8}");
            foreach (var method in part.GroupBy(r => r.Method).OrderByDescending(m => m.First(r => r.Family == "all").Map10))
            {
                PlaygroundRow all = method.First(r => r.Family == "all");
                string cells = string.Concat(families.Select(f => method.FirstOrDefault(r => r.Family == f) is { } row ? $"{Percent(row.Map10),12}" : $"{"-",12}"));
                string train = all.TrainSeconds is double s ? string.Create(CultureInfo.InvariantCulture, $"{s:F0} s") : "-";
                output.WriteLine($"  {method.Key,-12}{cells}{Percent(all.R10),8}{train,8}");
            }
            output.WriteLine();
        }
        int queries = rows.Where(r => r.Family == "all").Select(r => r.Queries).DefaultIfEmpty(0).Max();
        output.WriteLine($"all: the mean of the families without size, {queries:N0} queries a split; contrast: those worded \"is green instead of red\".");
        output.WriteLine("A drawn miniature: never to be put beside published numbers.");
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture);
}
