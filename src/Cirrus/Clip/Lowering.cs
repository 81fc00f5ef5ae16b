using System.Globalization;
using System.Text;

namespace Cirrus.Clip;

/// <summary>Unicode's full lower-casing, as Python's str.lower: İ becomes two characters, Σ ends a word as ς.</summary>
internal static class Lowering
{
    public static string Lower(string text)
    {
        string lower = text.ToLowerInvariant();              // simple mappings, one character for one
        if (!text.AsSpan().ContainsAny('İ', 'Σ'))
            return lower;
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == 'İ')
                result.Append("i\u0307");
            else
                result.Append(text[i] == 'Σ' && EndsWord(text, i) ? 'ς' : lower[i]);
        }
        return result.ToString();
    }

    /// <summary>A letter with case stands before it and none behind it, marks and the like passed over.</summary>
    private static bool EndsWord(string text, int at)
    {
        int before = at - 1, after = at + 1;
        while (before >= 0 && PassedOver(text, Start(text, before)))
            before = Start(text, before) - 1;
        while (after < text.Length && PassedOver(text, after))
            after += char.IsSurrogatePair(text, after) ? 2 : 1;
        return before >= 0 && HasCase(text, Start(text, before)) && !(after < text.Length && HasCase(text, after));
    }

    private static int Start(string text, int i) => i > 0 && char.IsSurrogatePair(text, i - 1) ? i - 1 : i;

    private static bool HasCase(string text, int i) =>
        CharUnicodeInfo.GetUnicodeCategory(text, i) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter;

    private static bool PassedOver(string text, int i) =>
        text[i] is '\'' or '.' or ':' or '·' or '’' or '‘' or '․' or '‧'
        || CharUnicodeInfo.GetUnicodeCategory(text, i) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
