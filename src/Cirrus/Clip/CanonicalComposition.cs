using System.Text;

namespace Cirrus.Clip;

/// <summary>Unicode's canonical composition (NFC; UAX 15), of our own because the runtime has none in invariant mode.</summary>
internal static class CanonicalComposition
{
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;

    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;                                     // nothing below U+0300 combines or has another form
        List<int> codes = [];
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(codes, rune.Value);
        Order(codes);
        Combine(codes);
        StringBuilder result = new(text.Length);
        foreach (int code in codes)
            result.Append(new Rune(code).ToString());
        return result.ToString();
    }

    private static void Decompose(List<int> codes, int code)
    {
        int syllable = code - SyllableBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            codes.Add(LeadBase + (syllable / (Vowels * Tails)));
            codes.Add(VowelBase + (syllable / Tails % Vowels));
            if (syllable % Tails != 0)
                codes.Add(TailBase + (syllable % Tails));
        }
        else if (CharacterData.Shared.Decompositions.TryGetValue(code, out (int First, int Second) parts))
        {
            Decompose(codes, parts.First);
            if (parts.Second != 0)
                Decompose(codes, parts.Second);
        }
        else
        {
            codes.Add(code);
        }
    }

    private static int ClassOf(int code) => code < 0x300 ? 0 : CharacterData.Shared.Classes.GetValueOrDefault(code);

    /// <summary>Marks in a row are put in the order of their classes; marks of one class keep theirs.</summary>
    private static void Order(List<int> codes)
    {
        for (int start = 0; start < codes.Count;)
        {
            int end = start;
            while (end < codes.Count && ClassOf(codes[end]) != 0)
                end++;
            if (end - start > 1)
            {
                int[] sorted = [.. codes.GetRange(start, end - start).OrderBy(ClassOf)];
                for (int i = 0; i < sorted.Length; i++)
                    codes[start + i] = sorted[i];
            }
            start = end + 1;
        }
    }

    private static void Combine(List<int> codes)
    {
        int starter = -1, last = -1, kept = 0;               // last: class of the last code kept behind the starter
        for (int i = 0; i < codes.Count; i++)
        {
            int code = codes[i], rank = ClassOf(code);
            if (starter >= 0 && last < rank && TryPair(codes[starter], code) is int whole)
            {
                codes[starter] = whole;
                continue;
            }
            if (rank == 0)
            {
                starter = kept;
                last = -1;
            }
            else
            {
                last = rank;
            }
            codes[kept++] = code;
        }
        codes.RemoveRange(kept, codes.Count - kept);
    }

    private static int? TryPair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads and int lead && second - VowelBase is >= 0 and < Vowels and int vowel)
            return SyllableBase + (((lead * Vowels) + vowel) * Tails);
        if (first - SyllableBase is >= 0 and < Leads * Vowels * Tails and int syllable && syllable % Tails == 0
            && second - TailBase is > 0 and < Tails and int tail)
            return first + tail;
        return CharacterData.Shared.Compositions.TryGetValue((first, second), out int whole) ? whole : null;
    }
}
