namespace Cirrus.Language;

/// <summary>What the tagger sees of a word and its neighbours: 32-bit keys, made by hashing, of the templates below.</summary>
internal static class TaggerFeatures
{
    /// <summary>Changes whenever the templates do: a model only fits the templates it was trained with.</summary>
    public const byte Version = 1;

    /// <summary>Keys of a word that do not depend on tags, and those that need the tags of the two words before it.</summary>
    public const int Fixed = 24, Tagged = 8, Count = Fixed + Tagged;

    private const int Outside = 17;

    /// <summary>Hashes of a word, of its beginnings and its ends, and its looks.</summary>
    public readonly record struct Word(uint Whole, uint End1, uint End2, uint End3, uint End4, uint End5, uint Begin2, uint Begin3, uint Looks);

    public static readonly Word Nothing = Read("");

    public static Word Read(ReadOnlySpan<char> word)
    {
        Span<uint> ends = stackalloc uint[6];
        uint hash = 0;
        for (int n = 1; n <= 5; n++)
        {
            hash = n <= word.Length ? Mix(hash, word[^n]) : Mix(hash, 3u);
            ends[n] = hash;
        }
        hash = 0;
        uint begin2 = 0, begin3 = 0;
        for (int n = 0; n < word.Length; n++)
        {
            hash = Mix(hash, word[n]);
            begin2 = n == 1 ? hash : begin2;
            begin3 = n == 2 ? hash : begin3;
        }
        return new(hash, ends[1], ends[2], ends[3], ends[4], ends[5], begin2, begin3, Looks(word));
    }

    /// <param name="keys">The first <see cref="Fixed"/> keys.</param>
    public static void Fill(Span<uint> keys, ReadOnlySpan<Word> words, int at)
    {
        Word word = words[at];
        Word before = at > 0 ? words[at - 1] : Nothing, before2 = at > 1 ? words[at - 2] : Nothing;
        Word after = at + 1 < words.Length ? words[at + 1] : Nothing, after2 = at + 2 < words.Length ? words[at + 2] : Nothing;
        keys[0] = Key(0, 0);
        keys[1] = Key(1, word.Whole);
        keys[2] = Key(2, word.End1);
        keys[3] = Key(3, word.End2);
        keys[4] = Key(4, word.End3);
        keys[5] = Key(5, word.End4);
        keys[6] = Key(6, word.End5);
        keys[7] = Key(7, word.Begin2);
        keys[8] = Key(8, word.Begin3);
        keys[9] = Key(9, word.Looks);
        keys[10] = Key(10, before.Whole);
        keys[11] = Key(11, before2.Whole);
        keys[12] = Key(12, after.Whole);
        keys[13] = Key(13, after2.Whole);
        keys[14] = Key(14, before.Whole, word.Whole);
        keys[15] = Key(15, word.Whole, after.Whole);
        keys[16] = Key(16, before.Whole, after.Whole);
        keys[17] = Key(17, before.End3);
        keys[18] = Key(18, after.End3);
        keys[19] = Key(19, word.End2, after.End2);
        keys[20] = Key(20, after.Looks, word.End3);
        keys[21] = Key(21, before.Whole, word.End3);
        keys[22] = Key(22, after.Whole, after2.Whole);
        keys[23] = Key(23, word.End3, after.Whole);
    }

    /// <param name="keys">The last <see cref="Tagged"/> keys.</param>
    /// <param name="before">Number of the tag of the word before, -1 at the beginning; likewise <paramref name="before2"/>.</param>
    public static void FillTagged(Span<uint> keys, ReadOnlySpan<Word> words, int at, int before, int before2)
    {
        Word word = words[at], after = at + 1 < words.Length ? words[at + 1] : Nothing;
        uint tag = (uint)(before < 0 ? Outside : before), tags = (tag * 32) + (uint)(before2 < 0 ? Outside : before2);
        keys[0] = Key(24, tag);
        keys[1] = Key(25, tags);
        keys[2] = Key(26, tag, word.Whole);
        keys[3] = Key(27, tags, word.Whole);
        keys[4] = Key(28, tag, word.End3);
        keys[5] = Key(29, tag, after.Whole);
        keys[6] = Key(30, tag, after.End3);
        keys[7] = Key(31, tags, after.Whole);
    }

    private static uint Looks(ReadOnlySpan<char> word)
    {
        uint looks = 0;
        foreach (char c in word)
            looks |= char.IsLetter(c) ? c < 128 ? 1u : 2u : char.IsDigit(c) ? 4u : c == '-' ? 8u : c is '.' or ',' ? 16u : c == '\'' ? 32u : 64u;
        return looks | (uint)(word.Length switch { 0 => 128, 1 => 256, <= 3 => 512, _ => 0 });
    }

    private static uint Key(uint template, uint a, uint b = 0) => Mix(Mix(Mix(template + 1, a), a >> 16), b);

    private static uint Mix(uint hash, uint value)
    {
        uint x = (hash ^ value) * 0x9E3779B1u;
        x = (x ^ (x >> 15)) * 0x85EBCA77u;
        return x ^ (x >> 13) ^ (hash << 7);
    }
}
