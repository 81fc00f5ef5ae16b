using System.Text;

namespace Cirrus.Clip;

/// <summary>What the published tokenizers do to a text before they split it: ftfy, HTML entities, spaces, lower case.</summary>
/// <remarks>Methods: 1.5. What ftfy does that this does not is told in docs/numerics.md.</remarks>
internal static class TextCleaning
{
    private const int MostRounds = 16;

    /// <summary>ftfy, html.unescape where the tokenizer has it (twice), one space for any white space, lower case.</summary>
    public static string Clean(string text, TokenizerKind kind)
    {
        if (IsPlain(text))
            return Fold(text).ToLowerInvariant();
        text = Fix(text);
        return kind == TokenizerKind.OpenAi ? CleanFixed(text) : Lowering.Lower(Fold(text));
    }

    /// <summary>What openai/CLIP does besides ftfy.</summary>
    public static string CleanFixed(string text) => Lowering.Lower(Fold(HtmlText.Unescape(HtmlText.Unescape(text))));

    /// <summary>ftfy.fix_text: line by line; entities are left alone from the first line on that holds a "&lt;".</summary>
    public static string Fix(string text)
    {
        StringBuilder result = new(text.Length);
        bool unescape = true;
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at) + 1;
            string line = text[at..(end == 0 ? text.Length : end)];
            unescape &= !line.Contains('<', StringComparison.Ordinal);
            result.Append(FixLine(line, unescape));
            at += line.Length;
        }
        return result.ToString();
    }

    private static string FixLine(string line, bool unescape)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            string before = line;
            if (unescape)
                line = HtmlText.UnescapeComplete(line);
            line = Mojibake.FixControls(Mojibake.Repair(line));
            line = FixCharacters(line);
            line = CanonicalComposition.Compose(line);
            if (line == before)
                break;
        }
        return line;
    }

    /// <summary>Ligatures, widths, quotes, line ends, lone surrogates, terminal colours, control characters, in order.</summary>
    private static string FixCharacters(string line)
    {
        StringBuilder result = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c < 0x7F && c >= ' ')
                result.Append(c);
            else if (char.IsHighSurrogate(c) && i + 1 < line.Length && char.IsLowSurrogate(line[i + 1]))
                result.Append(c).Append(line[++i]);
            else if (c == '\u001B' && Colour(line, i) is > 0 and int length)
                i += length - 1;
            else if (c == '\r' && i + 1 < line.Length && line[i + 1] == '\n')
                continue;
            else
                Append(result, c);
        }
        return result.ToString();
    }

    private static void Append(StringBuilder result, char c)
    {
        switch (c)
        {
            case '\t' or '\n' or '\f':
                result.Append(c);
                break;
            case '\r' or '\u2028' or '\u2029' or '\u0085':
                result.Append('\n');
                break;
            case < ' ' or '\u007F' or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC'):
                break;
            case '\u02BC' or (>= '\u2018' and <= '\u201B'):
                result.Append('\'');
                break;
            case >= '\u201C' and <= '\u201F':
                result.Append('"');
                break;
            case '\u3000':
                result.Append(' ');
                break;
            case >= '\uFF01' and <= '\uFF5E':
                result.Append((char)(c - 0xFEE0));
                break;
            default:
                string? parts = char.IsSurrogate(c) ? "\uFFFD"
                    : LigatureParts(c) ?? CharacterData.Shared.Widths.GetValueOrDefault(c);
                if (parts is null)
                    result.Append(c);
                else
                    result.Append(parts);
                break;
        }
    }

    private static string? LigatureParts(char c) => c switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ŉ' => "'n",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => null,
    };

    /// <summary>The length of a terminal's colours (escape, "[", digits and semicolons, a letter); 0 when it is none.</summary>
    private static int Colour(string line, int at)
    {
        int i = at + 1;
        if (i >= line.Length || line[i++] != '[')
            return 0;
        while (i < line.Length && (char.IsDigit(line[i]) || line[i] == ';'))
            i++;
        return i < line.Length && char.IsAsciiLetter(line[i]) ? i + 1 - at : 0;
    }

    /// <summary>Nothing in it that cleaning could change but case and white space.</summary>
    private static bool IsPlain(string text)
    {
        foreach (char c in text)
            if (c >= 0x7F || c == '&' || (c < ' ' && c is not ('\t' or '\n' or '\f' or '\r')))
                return false;
        return true;
    }

    private static string Fold(string text)
    {
        StringBuilder? result = null;
        bool space = true;                                   // so white space at the start is dropped
        for (int i = 0; i < text.Length; i++)
        {
            bool white = char.IsWhiteSpace(text[i]) || text[i] is >= '\u001C' and <= '\u001F';
            if (white && (space || text[i] != ' '))
                result ??= new StringBuilder(text, 0, i, text.Length);
            if (!white || !space)
                result?.Append(white ? ' ' : text[i]);
            space = white;
        }
        return (result?.ToString() ?? text).TrimEnd(' ');
    }
}
