using System.Globalization;

namespace Cirrus.Evaluation;

/// <summary>A plain table: the first column to the left, the others to the right, two spaces between.</summary>
/// <param name="groups">a name above each column, the same above neighbours that belong together; null: none.</param>
internal sealed class TextTable(string[] head, string[]? groups = null)
{
    private readonly List<string[]> _rows = [head];

    public static string Number(double x, string format) => x.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Adds a row; a cell more than there are columns is printed behind it as it is.</summary>
    public void Add(IEnumerable<string> cells) => _rows.Add([.. cells]);

    /// <summary>Adds a line of words between rows.</summary>
    public void AddLine(string words) => _rows.Add([words]);

    public void Write(TextWriter output)
    {
        string[][] whole = [.. _rows.Where(r => r.Length > 1 || head.Length == 1)];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(c => whole.Max(r => r[c].Length))];
        if (groups is not null)
            output.WriteLine(Groups(widths));
        foreach (string[] row in _rows)
            output.WriteLine((row.Length == 1 ? row[0] : string.Join("  ", row.Select((cell, c) =>
                c == 0 ? cell.PadRight(widths[0]) : c < head.Length ? cell.PadLeft(widths[c]) : cell))).TrimEnd());
    }

    /// <summary>The names of groups, each to the left above its columns, which are widened where the name is longer.</summary>
    private string Groups(int[] widths)
    {
        string line = "";
        for (int first = 0, next; first < widths.Length; first = next)
        {
            for (next = first + 1; next < widths.Length && groups![next] == groups[first]; next++)
            {
            }
            int width = widths[first..next].Sum() + (2 * (next - first - 1));
            int missing = Math.Max(0, groups![first].Length - width);
            widths[next - 1] += missing;
            string name = groups[first];
            line += (line.Length > 0 ? "  " : "") + (first == 0 ? name.PadRight(width + missing) : name.PadLeft(width + missing));
        }
        return line.TrimEnd();
    }
}
