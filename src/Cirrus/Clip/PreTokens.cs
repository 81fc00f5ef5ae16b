using System.Globalization;

namespace Cirrus.Clip;

/// <summary>Splits cleaned text into the pieces that byte pairs are merged in.</summary>
/// <remarks>
/// The published expression, case ignored:
/// <code>&lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</code>
/// Written as a scanner because .NET's expressions see two surrogates where letters and numbers beyond U+FFFF stand.
/// </remarks>
internal ref struct PreTokens(ReadOnlySpan<char> text)
{
    public const string StartText = "<|startoftext|>", EndText = "<|endoftext|>";

    private enum Kind
    {
        White,
        Letter,
        Number,
        Other,
    }

    private ReadOnlySpan<char> _rest = text;

    public ReadOnlySpan<char> Current { get; private set; }

    public bool MoveNext()
    {
        int length = 0;
        while (_rest.Length > 0 && KindAt(_rest, out length) == Kind.White)
            _rest = _rest[length..];
        if (_rest.IsEmpty)
            return false;
        int end = NextLength(_rest);
        Current = _rest[..end];
        _rest = _rest[end..];
        return true;
    }

    private static int NextLength(ReadOnlySpan<char> text)
    {
        if (SpecialLength(text) is > 0 and int special)
            return special;
        if (SuffixLength(text) is > 0 and int suffix)
            return suffix;
        Kind kind = KindAt(text, out int end);
        if (kind == Kind.Number)
            return end;
        while (end < text.Length && KindAt(text[end..], out int length) == kind)
            end += length;
        return end;
    }

    private static int SpecialLength(ReadOnlySpan<char> text)
    {
        if (text[0] != '<')
            return 0;
        return text.StartsWith(StartText, StringComparison.OrdinalIgnoreCase) ? StartText.Length
            : text.StartsWith(EndText, StringComparison.OrdinalIgnoreCase) ? EndText.Length : 0;
    }

    private static int SuffixLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        char a = Plain(text[1]), b = text.Length > 2 ? Plain(text[2]) : '\0';
        return (a, b) switch
        {
            ('s' or 't', _) => 2,
            ('r' or 'v', 'e') => 3,
            ('m', _) => 2,
            ('l', 'l') => 3,
            ('d', _) => 2,
            _ => 0,
        };
    }

    /// <summary>ſ is an s when case is ignored.</summary>
    private static char Plain(char c) => c == 'ſ' ? 's' : char.ToLowerInvariant(c);

    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        char c = text[0];
        length = 1;
        if (char.IsAscii(c))
            return char.IsAsciiLetter(c) ? Kind.Letter
                : char.IsAsciiDigit(c) ? Kind.Number
                : char.IsWhiteSpace(c) ? Kind.White
                : Kind.Other;
        if (char.IsWhiteSpace(c))
            return Kind.White;
        int code = c;
        if (char.IsHighSurrogate(c) && text.Length > 1 && char.IsLowSurrogate(text[1]))
        {
            code = char.ConvertToUtf32(c, text[1]);
            length = 2;
        }
        return CharUnicodeInfo.GetUnicodeCategory(code) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
