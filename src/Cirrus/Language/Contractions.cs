using System.Collections.Frozen;

namespace Cirrus.Language;

/// <summary>Chunks with a division of their own: contractions (do n't), and things that stay whole although marks are in them.</summary>
internal static class Contractions
{
    private static readonly string[] Pronouns = ["i", "you", "he", "she", "it", "we", "they"];
    private static readonly string[] Askers = ["who", "what", "when", "where", "why", "how", "there", "that", "this"];
    private static readonly string[] Verbs =
    [
        "ai", "are", "ca", "could", "did", "does", "do", "had", "has", "have", "is", "may", "might", "must", "need", "ought", "sha", "should", "was",
        "were", "wo", "would",
    ];

    /// <summary>Whole although marks are in them.</summary>
    private static readonly string[] Whole =
    [
        "a.m.", "p.m.", "co.", "e.g.", "i.e.", "vs.", "v.s.", "o'clock", "ma'am", "'d", "'m", "'s", "'re", "'ve", "'ll",
        "n't", "'em", "'cause", "'til",
        "o.o", "c++", "''", ":)", ":(", ";)", ":-)", ":-(", ";-)", ":d", ":p", ":o", ":/", "=)", "(:", "<3", "^_^", ":'(", "xd", "lol",
    ];

    /// <summary>Words that look like a contraction without its apostrophe.</summary>
    private static readonly string[] Plain = ["ill", "its", "hell", "shell", "shed", "were", "well", "whore"];

    private static readonly FrozenDictionary<string, int> Table = Make();
    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Table.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The length of the first part, the whole length when it stays whole, 0 when there is no rule for the chunk.</summary>
    public static int Split(ReadOnlySpan<char> chunk)
    {
        if (Lookup.TryGetValue(chunk, out int first))
            return first;
        if (chunk.Length == 2 && chunk[1] == '.' && char.IsAsciiLetterLower(chunk[0]))
            return 2;                                        // an initial
        return Hour(chunk);
    }

    /// <summary>"10am", "8p.m.": the number of 1 to 12 and the half of the day are two words.</summary>
    private static int Hour(ReadOnlySpan<char> chunk)
    {
        int digits = 0;
        while (digits < chunk.Length && char.IsAsciiDigit(chunk[digits]))
            digits++;
        bool hour = digits is 1 or 2 && chunk[0] != '0' && (digits == 1 || (chunk[0] == '1' && chunk[1] <= '2'));
        return hour && chunk[digits..] is "am" or "pm" or "a.m." or "p.m." ? digits : 0;
    }

    private static FrozenDictionary<string, int> Make()
    {
        Dictionary<string, int> table = new(StringComparer.Ordinal);
        void Add(string first, params ReadOnlySpan<string> seconds)
        {
            foreach (string second in seconds)
            {
                table.TryAdd(first + second, first.Length);
                table.TryAdd(first + second.Replace('\'', '’'), first.Length);
            }
        }
        foreach (string pronoun in Pronouns)
            Add(pronoun, "'ll", "ll", "'d", "d");
        foreach (string pronoun in new[] { "i", "you", "we", "they" })
            Add(pronoun, "'ve", "ve");
        foreach (string pronoun in new[] { "you", "we", "they" })
            Add(pronoun, "'re", "re");
        foreach (string pronoun in new[] { "he", "she", "it" })
            Add(pronoun, "'s", "s");
        Add("i", "'m", "m");
        foreach (string asker in Askers)
            Add(asker, "'s", "s", "'ll", "ll", "'d", "d", "'re", "re", "'ve", "ve");
        foreach (string verb in Verbs)
            Add(verb, "n't", "nt");
        foreach (string verb in new[] { "could", "might", "must", "should", "would" })
            Add(verb, "'ve", "ve");
        Add("let", "'s", "s");
        Add("can", "not");
        Add("gon", "na");
        Add("got", "ta");
        Add("y'", "all");
        foreach (string whole in Whole)
            table[whole] = whole.Length;
        foreach (string plain in Plain)
            table.Remove(plain);
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
