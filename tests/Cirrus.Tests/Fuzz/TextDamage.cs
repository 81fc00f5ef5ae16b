using System.Text;

namespace Cirrus.Tests.Fuzz;

/// <summary>Damage of text: numbers at their ends, lines lost or doubled, characters that programs stumble on.</summary>
internal static class TextDamage
{
    private static readonly string[] Odd =
    [
        "\0", "\r", "\n", "\t", "\uFEFF", "\u202E", "\u0301\u0301\u0301", "\uFFFF", "é", "😀", "\"", "'", ",", ";", ":", "$",
        "$$", "|", "/", "../", "\\", "*", "**", "[", "{", "%", "~", "<|endoftext|>", " ",
        "-1", "0", "1e999", "NaN", "inf", "2147483648", "9223372036854775808", "99999999999999999999", "0x10", "1_000", "+5", "٣", "1,5",
    ];

    public static byte[] Do(byte[] whole, Draws draws)
    {
        string text = Encoding.UTF8.GetString(whole);
        string[] lines = text.Split('\n');
        int line = draws.Below(lines.Length);
        switch (draws.Below(6))
        {
            case 0:
                return Encoding.UTF8.GetBytes(string.Join('\n', lines.Where((_, i) => i != line)));
            case 1:
                return Encoding.UTF8.GetBytes(string.Join('\n', lines.Append(lines[line]).Append(lines[draws.Below(lines.Length)])));
            case 2:
                lines[line] = Number(lines[line], draws);
                break;
            case 3 when draws.Chance(10):
                lines[line] = string.Concat(Enumerable.Repeat(lines[line] + "x", 1 + (200_000 / (lines[line].Length + 1))));
                break;
            default:
                int at = draws.Below(lines[line].Length + 1), to = Math.Min(lines[line].Length, at + draws.Of(0, 0, 1, 3));
                lines[line] = lines[line][..at] + draws.Of<string>(Odd) + lines[line][to..];
                break;
        }
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    /// <summary>Replaces a run of digits.</summary>
    private static string Number(string line, Draws draws)
    {
        int from = line.AsSpan().IndexOfAnyInRange('0', '9');
        if (from < 0)
            return line + draws.Of<string>(Odd);
        int start = draws.Below(line.Length - from) + from, at = line.AsSpan(start).IndexOfAnyInRange('0', '9');
        at = at < 0 ? from : start + at;
        int end = at;
        while (end < line.Length && char.IsAsciiDigit(line[end]))
            end++;
        return line[..at] + draws.Of<string>(Odd) + line[end..];
    }
}
