using System.Text;

namespace Cirrus.Training;

/// <summary>Comma-separated values as RFC 4180 has them.</summary>
internal static class DelimitedText
{
    /// <summary>A record whose quotes are still open after so many characters is given up.</summary>
    public const int Longest = 1 << 16;

    /// <summary>True when a quote is still open at the end: the record goes on in the next line.</summary>
    public static bool IsOpen(string text) => text.AsSpan().Count('"') % 2 != 0;

    /// <summary>The fields of a record; null when its quotes do not close.</summary>
    public static string[]? Csv(string record)
    {
        if (IsOpen(record))
            return null;
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        for (int i = 0; i < record.Length; i++)
        {
            char c = record[i];
            if (c == '"' && quoted && i + 1 < record.Length && record[i + 1] == '"')
                field.Append(record[i++]);
            else if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(c);
        }
        fields.Add(field.ToString());
        return [.. fields];
    }
}
