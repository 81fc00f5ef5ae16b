using System.Buffers;
using System.Globalization;

namespace Cirrus.Language;

/// <summary>Splits a caption into words and marks in the manner of spaCy's English tokenizer, which LinCIR's keywords come from.</summary>
/// <remarks>
/// White space divides; then marks are taken off the front and the back of a chunk, contractions are divided (do n't, dog 's), and
/// what is left is divided at hyphens, commas, slashes and the like between letters. White space beyond the one space between two
/// words is a piece of its own, as there. Rules for lower-case English text; addresses of web pages stay whole.
/// </remarks>
public static class WordSplitter
{
    private static readonly SearchValues<char> Marks = SearchValues.Create("…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪");
    private static readonly SearchValues<char> Quotes = SearchValues.Create("'\"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉");
    private static readonly SearchValues<char> Units = SearchValues.Create("%TGMK");

    private static readonly string[] LongUnits =
    [
        "km²", "km³", "km/h", "km", "dm²", "dm³", "dm", "cm²", "cm³", "cm", "mm²", "mm³", "mm", "m²", "m³", "m/s", "ha", "µm", "nm", "yd", "in", "ft",
        "µg", "kg", "mg", "lb", "oz", "kmh", "mph", "hPa", "Pa", "mbar", "mb", "MB", "kb", "KB", "gb", "GB", "tb", "TB", "m", "g", "t",
    ];

    /// <summary>Start and length of every piece, in order; together they are the text but for single spaces.</summary>
    public static List<(int Start, int Length)> Split(string text)
    {
        List<(int, int)> pieces = [];
        int at = 0;
        while (at < text.Length)
        {
            int end = at;
            bool white = char.IsWhiteSpace(text[at]);
            while (end < text.Length && char.IsWhiteSpace(text[end]) == white)
                end++;
            if (!white)
                SplitChunk(pieces, text, at, end);
            else if (at == 0 || text[at] != ' ')
                pieces.Add((at, end - at));
            else if (end - at > 1)
                pieces.Add((at + 1, end - at - 1));          // the first space only divides
            at = end;
        }
        return pieces;
    }

    private static void SplitChunk(List<(int, int)> pieces, string text, int start, int end)
    {
        List<(int, int)> tail = [];                          // pieces taken off the back, last first
        while (start < end && Contractions.Split(text.AsSpan(start, end - start)) == 0 && !IsAddress(text.AsSpan(start, end - start)))
        {
            int front = FrontLength(text.AsSpan(start, end - start));
            if (front > 0)
            {
                pieces.Add((start, front));
                start += front;
                continue;
            }
            int back = BackLength(text.AsSpan(start, end - start));
            if (back == 0)
                break;
            tail.Add((end - back, back));
            end -= back;
        }
        if (start < end)
            SplitMiddle(pieces, text, start, end);
        for (int i = tail.Count - 1; i >= 0; i--)
            pieces.Add(tail[i]);
    }

    private static void SplitMiddle(List<(int, int)> pieces, string text, int start, int end)
    {
        ReadOnlySpan<char> chunk = text.AsSpan(start, end - start);
        if (Contractions.Split(chunk) is > 0 and int first)
        {
            pieces.Add((start, first));
            if (first < chunk.Length)
                pieces.Add((start + first, chunk.Length - first));
            return;
        }
        if (IsAddress(chunk))
        {
            pieces.Add((start, chunk.Length));
            return;
        }
        int done = 0;
        for (int i = 1; i < chunk.Length - 1; i++)
        {
            int length = InnerLength(chunk, i);
            if (length == 0)
                continue;
            if (i > done)
                pieces.Add((start + done, i - done));
            pieces.Add((start + i, length));
            done = i + length;
            i = done - 1;
        }
        if (done < chunk.Length)
            pieces.Add((start + done, chunk.Length - done));
    }

    private static int FrontLength(ReadOnlySpan<char> s)
    {
        if (s[0] == '.')
            return DotsAtFront(s) is > 1 and int dots ? dots : 0;
        if (s[0] == '+')
            return s.Length > 1 && char.IsAsciiDigit(s[1]) ? 0 : 1;
        return Marks.Contains(s[0]) || Quotes.Contains(s[0]) || s[0] is '§' or '%' or '=' or '—' or '–' ? 1 : SymbolAt(s);
    }

    private static int BackLength(ReadOnlySpan<char> s)
    {
        char last = s[^1], before = s.Length > 1 ? s[^2] : '\0';
        if (last is 's' or 'S' && before is '\'' or '’')
            return 2;
        if (last == '.')
        {
            int dots = s.Length - s.TrimEnd('.').Length;
            return dots > 1 ? dots : before != '\0' && (char.IsLower(before) || char.IsAsciiDigit(before) || before is '%' or '²' or '-' or '+'
                || Marks.Contains(before) || Quotes.Contains(before) || (char.IsUpper(before) && s.Length > 2 && char.IsUpper(s[^3]))) ? 1 : 0;
        }
        if (Marks.Contains(last) || Quotes.Contains(last) || last is '—' or '–')
            return 1;
        if (last == '+')
            return char.IsAsciiDigit(before) ? 1 : 0;
        if (char.IsAsciiDigit(before) && (Units.Contains(last) || CharUnicodeInfo.GetUnicodeCategory(last) == UnicodeCategory.CurrencySymbol))
            return 1;
        foreach (string unit in LongUnits)
            if (s.Length > unit.Length && s.EndsWith(unit) && char.IsAsciiDigit(s[^(unit.Length + 1)]))
                return unit.Length;
        int symbol = s.Length > 1 && char.IsLowSurrogate(last) ? 2 : 1;
        return IsPicture(s[^symbol..]) ? symbol : 0;
    }

    private static int InnerLength(ReadOnlySpan<char> s, int i)
    {
        char before = s[i - 1], c = s[i];
        if (c == '.' && DotsAtFront(s[i..]) is > 1 and int dots)
            return dots;
        if (c == '…')
            return 1;
        if (char.IsHighSurrogate(c) && IsPicture(s.Slice(i, 2)))
            return 2;
        if (IsPicture(s.Slice(i, 1)))
            return 1;
        int hyphen = HyphenLength(s[i..]);
        char after = i + Math.Max(hyphen, 1) < s.Length ? s[i + Math.Max(hyphen, 1)] : '\0';
        if (hyphen > 0 && char.IsLetterOrDigit(before) && char.IsLetter(after))
            return hyphen;
        return c switch
        {
            '+' or '-' or '*' or '^' => char.IsAsciiDigit(before) && (char.IsAsciiDigit(after) || after == '-') ? 1 : 0,
            '.' => (char.IsLower(before) || Quotes.Contains(before)) && (char.IsUpper(after) || Quotes.Contains(after)) ? 1 : 0,
            ',' => char.IsLetter(before) && char.IsLetter(after) ? 1 : 0,
            ':' or '<' or '>' or '=' or '/' => char.IsLetterOrDigit(before) && char.IsLetter(after) ? 1 : 0,
            _ => 0,
        };
    }

    private static int HyphenLength(ReadOnlySpan<char> s) => s[0] switch
    {
        '-' => s.StartsWith("---") ? 3 : s.StartsWith("--") ? 2 : 1,
        '—' => s.StartsWith("——") ? 2 : 1,
        '–' or '~' => 1,
        _ => 0,
    };

    private static int DotsAtFront(ReadOnlySpan<char> s) => s.Length - s.TrimStart('.').Length;

    private static int SymbolAt(ReadOnlySpan<char> s)
    {
        if (CharUnicodeInfo.GetUnicodeCategory(s[0]) == UnicodeCategory.CurrencySymbol)
            return 1;
        int length = char.IsHighSurrogate(s[0]) && s.Length > 1 ? 2 : 1;
        return IsPicture(s[..length]) ? length : 0;
    }

    private static bool IsPicture(ReadOnlySpan<char> s) => s[0] >= 0x80
        && (s.Length == 2 && char.IsSurrogatePair(s[0], s[1]) ? CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(s[0], s[1]))
            : CharUnicodeInfo.GetUnicodeCategory(s[0])) == UnicodeCategory.OtherSymbol;

    /// <summary>A web page's address: a scheme or www, or names with dots that end in letters.</summary>
    private static bool IsAddress(ReadOnlySpan<char> s)
    {
        if (!s.Contains('.'))
            return false;
        if (s.StartsWith("http://") || s.StartsWith("https://") || s.StartsWith("www."))
            return char.IsLetterOrDigit(s[^1]) || s[^1] == '/';
        int slash = s.IndexOf('/');
        ReadOnlySpan<char> host = slash < 0 ? s : s[..slash];
        int dot = host.LastIndexOf('.');
        if (dot <= 0 || host.Length - dot < 3 || (slash >= 0 && !char.IsLetterOrDigit(s[^1]) && s[^1] != '/'))
            return false;
        foreach (char c in host[..dot])
            if (!char.IsLetterOrDigit(c) && c is not ('-' or '.'))
                return false;
        return !host.Contains("..", StringComparison.Ordinal) && !host[(dot + 1)..].ContainsAnyExceptInRange('a', 'z');
    }
}
