using System.Globalization;
using System.Text;

namespace Cirrus.Clip;

/// <summary>HTML entities in text, as Python's html.unescape and as ftfy read them.</summary>
internal static class HtmlText
{
    private const int LongestName = 32, LongestStrictName = 24;

    /// <summary>HTML 5's rules: a semicolon may be missing, and then the longest known beginning of a name counts.</summary>
    public static string Unescape(string text)
    {
        int at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0)
            return text;
        StringBuilder result = new(text.Length);
        int done = 0;
        for (; at >= 0 && at < text.Length; at = text.IndexOf('&', at))
        {
            result.Append(text, done, at - done);
            int length = text.AsSpan(at + 1).StartsWith("#") ? Number(result, text, at) : Name(result, text, at);
            if (length == 0)
                result.Append('&');
            at += Math.Max(length, 1);
            done = at;
        }
        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>Only whole entities, "&amp;name;" or a number, and a lower-case name in upper case (&amp;EACUTE;).</summary>
    public static string UnescapeComplete(string text)
    {
        int at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0)
            return text;
        StringBuilder result = new(text.Length);
        int done = 0;
        for (; at >= 0; at = text.IndexOf('&', at + 1))
        {
            int end = at + 1 < text.Length && text[at + 1] == '#' ? at + 2 : at + 1, from = end;
            while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]) && end - from < LongestStrictName)
                end++;
            if (end == from || end >= text.Length || text[end] != ';' || at < done)
                continue;
            string whole = text[at..(end + 1)];
            string? read = whole[1] == '#' ? Unescape(whole) : Named(whole[1..]);
            if (read is null || read.Contains(';', StringComparison.Ordinal))
                continue;
            result.Append(text, done, at - done).Append(read);
            done = end + 1;
        }
        return result.Append(text, done, text.Length - done).ToString();
    }

    private static string? Named(string name)
    {
        if (CharacterData.Shared.Entities.TryGetValue(name, out string? value))
            return value;
        bool shouted = !name.Any(char.IsAsciiLetterLower);
        return shouted && CharacterData.Shared.Entities.TryGetValue(name.ToLowerInvariant(), out value)
            ? value.ToUpperInvariant() : null;
    }

    /// <summary>Appends what the reference at <paramref name="at"/> means; returns its length, 0 when it is none.</summary>
    private static int Number(StringBuilder result, string text, int at)
    {
        int i = at + 2;
        bool hex = i < text.Length && text[i] is 'x' or 'X';
        if (hex)
            i++;
        int from = i;
        long code = 0;
        for (; i < text.Length && (hex ? char.IsAsciiHexDigit(text[i]) : char.IsAsciiDigit(text[i])); i++)
        {
            int digit = int.Parse(text.AsSpan(i, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            code = Math.Min((code * (hex ? 16 : 10)) + digit, 0x110000);
        }
        if (i == from)
            return 0;
        if (i < text.Length && text[i] == ';')
            i++;
        switch (code)
        {
            case 0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF:
                result.Append('\uFFFD');
                break;
            case >= 0x80 and <= 0x9F:
                result.Append(CharacterData.Shared.CodePages["windows-1252"][code - 0x80]);
                break;
            case (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF):
            case var c when (c & 0xFFFE) == 0xFFFE:
                break;                                       // means nothing
            default:
                result.Append(char.ConvertFromUtf32((int)code));
                break;
        }
        return i - at;
    }

    private static int Name(StringBuilder result, string text, int at)
    {
        int end = at + 1;
        while (end < text.Length && end - at - 1 < LongestName && !"\t\n\f <&#;".Contains(text[end], StringComparison.Ordinal))
            end++;
        if (end == at + 1)
            return 0;
        if (end < text.Length && text[end] == ';')
            end++;
        var names = CharacterData.Shared.Entities.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int stop = end; stop > at + 2; stop--)
        {
            if (!names.TryGetValue(text.AsSpan(at + 1, stop - at - 1), out string? value))
                continue;
            result.Append(value);
            return stop - at;
        }
        return 0;
    }
}
