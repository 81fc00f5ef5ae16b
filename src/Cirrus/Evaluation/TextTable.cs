using System.Globalization;

namespace Cirrus.Evaluation;

/// <summary>A plain table: the first column to the left, the others to the right, two spaces between.</summary>
internal sealed class TextTable(string[] head)
{
    private readonly List<string[]> _rows = [head];

    public static string Number(double x, string format) => x.ToString(format, CultureInfo.InvariantCulture);

    public void Add(IEnumerable<string> cells) => _rows.Add([.. cells]);

    public void Write(TextWriter output)
    {
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(c => _rows.Max(r => r[c].Length))];
        foreach (string[] row in _rows)
            output.WriteLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[c]))).TrimEnd());
    }
}
