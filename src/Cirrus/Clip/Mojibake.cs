using System.Text;

namespace Cirrus.Clip;

/// <summary>Gives text back that was UTF-8 but read as something else ("cafÃ©"), once, twice or in part.</summary>
/// <remarks>Source: ftfy 6 (Speer): its order of attempts; the rules are written anew from their description.</remarks>
internal static class Mojibake
{
    private const int MostRounds = 16;
    private static readonly Lazy<Clues> Utf8 = new();

    public static string Repair(string text)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            if (Ascii.IsValid(text) || !MojibakeSigns.In(text))
                return text;
            string better = Step(text);
            if (better == text)
                return text;
            text = better;
        }
        return text;
    }

    private static string Step(string text)
    {
        foreach (CodePage page in CodePage.All)
        {
            if (!page.TryEncode(text, out byte[]? bytes))
                continue;
            if (page.Name != "macintosh")
                bytes = Utf8Repair.RestoreSpaces(bytes);
            if (page.Sloppy)
                bytes = Utf8Repair.ReplaceLost(bytes);
            if (CodePage.TryDecodeUtf8(bytes, out string? read))
                return read;
        }
        string parts = RepairParts(text);
        if (parts != text)
            return parts;
        return FixControls(text);
    }

    /// <summary>C1 control characters mean what Windows-1252 has at their place, as browsers read them.</summary>
    public static string FixControls(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0080', '\u009F'))
            return text;
        StringBuilder result = new(text);
        for (int i = 0; i < result.Length; i++)
            if (result[i] is >= '\u0080' and <= '\u009F')
                result[i] = CodePage.Windows1252.High[result[i] - 0x80];
        return result.ToString();
    }

    /// <summary>Repairs stretches that look like UTF-8 on their own inside a text that as a whole does not.</summary>
    private static string RepairParts(string text)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int end = i > 0 && Utf8.Value.Following(text[i - 1]) ? i : Utf8.Value.EndOfRun(text, i);
            string part = text[i..Math.Max(end, i + 1)];
            bool repair = end > i && part.Length < text.Length && MojibakeSigns.In(part);
            result.Append(repair ? Repair(part) : part);
            i += part.Length;
        }
        return result.ToString();
    }

    /// <summary>Which characters may stand for first and further bytes of UTF-8 in one of the pages akin to Latin-1.</summary>
    private sealed class Clues
    {
        private readonly Dictionary<char, int> _lead = [];   // length of the sequence it opens
        private readonly HashSet<char> _more = [' '], _strict = [];

        public Clues()
        {
            foreach (CodePage page in CodePage.All.Where(p => p.Sloppy || p.Name is "latin-1" or "iso-8859-2"))
            {
                for (int b = 0x80; b < 0xC0; b++)
                {
                    _more.Add(page.High[b - 0x80]);
                    if (!"‘’‚“”„•…–—―".Contains(page.High[b - 0x80]))
                        _strict.Add(page.High[b - 0x80]);
                }
                for (int b = 0xC2; b < 0xF4; b++)
                    if (b is < 0xF0 or 0xF0 or 0xF3)
                        _lead.TryAdd(page.High[b - 0x80], b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4);
            }
        }

        public bool Following(char c) => _strict.Contains(c);

        public int EndOfRun(string text, int at)
        {
            while (at < text.Length && _lead.TryGetValue(text[at], out int length) && at + length <= text.Length)
            {
                for (int i = 1; i < length; i++)
                    if (!_more.Contains(text[at + i]))
                        return at;
                at += length;
            }
            return at;
        }
    }
}
