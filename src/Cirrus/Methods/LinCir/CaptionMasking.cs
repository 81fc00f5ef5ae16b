using Cirrus.Clip;

namespace Cirrus.Methods.LinCir;

/// <summary>Token ids of a caption and of its masked form, in which every <c>$</c> is the pseudo-word's place.</summary>
/// <param name="Original">the cleaned caption, start and end token included, at most the context.</param>
/// <param name="Masked">the caption with its keywords replaced; the added token already mapped to the placeholder.</param>
/// <param name="Fallback">true when no keyword could be used and a random word was masked: drawn again every epoch.</param>
/// <param name="Indicator">false in the rare case that truncation removed every place: <c>a photo of $</c> stands instead.</param>
public sealed record MaskedCaption(int[] Original, int[] Masked, bool Fallback, bool Indicator);

/// <summary>Draws one of n words: an index in [0, n).</summary>
public delegate int WordChoice(int n);

/// <summary>LinCIR's self-masking: a caption, and the same caption with its keywords replaced by one pseudo-word.</summary>
/// <remarks>
/// Follows the released code in every odd case (methods: 2.4, steps A to D): keywords replace plain substrings, also inside
/// words; containment is tested against the unmasked caption; the first keyword that is not found ends the loop with a
/// random word. Thread-safe.
/// Source: Gu et al., "Language-only Training of Zero-shot Composed Image Retrieval", CVPR 2024, section 3.2.
/// </remarks>
public sealed class CaptionMasking(BpeTokenizer tokenizer, Func<string, IReadOnlyList<string>> keywords)
{
    /// <summary>Step A: people's names restored to a word, lower-case, no dollar signs, cut to what fits the context.</summary>
    public string Clean(string? caption)
    {
        string lower = Lowering.Lower((caption ?? "").Replace("<PERSON>", "person", StringComparison.Ordinal));
        string text = Strip(lower.Replace("$", "", StringComparison.Ordinal));
        int[] ids = tokenizer.EncodePlain(text, TokenizerKind.Sdxl);
        int room = tokenizer.Context - 2;
        return ids.Length > room ? tokenizer.Decode(ids.AsSpan(0, room)) : text;
    }

    /// <summary>Step C: replaces keywords in a cleaned caption.</summary>
    /// <param name="words">keywords in order, duplicates kept; none is the same as one empty keyword.</param>
    /// <param name="choice">chooses among the caption's words when a keyword is not found.</param>
    /// <param name="fallback">true when <paramref name="choice"/> was asked.</param>
    public static string Mask(string caption, IReadOnlyList<string> words, WordChoice choice, out bool fallback)
    {
        string masked = caption;
        fallback = words.Count == 0;
        foreach (string word in words)
        {
            fallback = word.Length == 0 || !caption.Contains(word, StringComparison.Ordinal);
            if (fallback)
                break;
            masked = masked.Replace(word, BpeTokenizer.Mask, StringComparison.Ordinal);
        }
        if (!fallback)
            return masked;
        string[] all = caption.Split(' ');
        return ReplaceAll(masked, all[choice(all.Length)]);
    }

    /// <summary>Steps A to D.</summary>
    public MaskedCaption Of(string? caption, WordChoice choice)
    {
        string cleaned = Clean(caption);
        string masked = Mask(cleaned, keywords(cleaned), choice, out bool fallback);
        int[] ids = Places(masked);
        bool indicator = Array.IndexOf(ids, tokenizer.Placeholder) >= 0;
        int[] places = indicator ? ids : Places($"a photo of {BpeTokenizer.Mask}");
        return new(tokenizer.Encode(cleaned, TokenizerKind.Sdxl), places, fallback, indicator);
    }

    /// <summary>Ids with the added token mapped to the placeholder: before pooling, since its id is above the end token's.</summary>
    private int[] Places(string masked)
    {
        int[] ids = tokenizer.Encode(masked, TokenizerKind.Sdxl);
        ids.AsSpan().Replace(tokenizer.Count, tokenizer.Placeholder);
        return ids;
    }

    /// <summary>Python's strip: white space, and the four information separators.</summary>
    private static string Strip(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return text[start..end];

        static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';
    }

    /// <summary>Python's replace: an empty pattern stands before every character and at the end.</summary>
    private static string ReplaceAll(string text, string word) => word.Length > 0
        ? text.Replace(word, BpeTokenizer.Mask, StringComparison.Ordinal)
        : BpeTokenizer.Mask + string.Concat(text.EnumerateRunes().Select(rune => rune + BpeTokenizer.Mask));
}
