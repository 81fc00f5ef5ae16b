using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Cirrus.Clip;

/// <summary>The tables behind text cleaning, read once from the two text files embedded in this library.</summary>
/// <remarks>Unicode 14 and the HTML entity list, as the published tokenizers see them, on every machine.</remarks>
internal sealed class CharacterData
{
    public static CharacterData Shared { get; } = new();

    /// <summary>What bytes 80 to FF stand for; one without a meaning stands for the control character of its number.</summary>
    public Dictionary<string, char[]> CodePages { get; } = [];

    /// <summary>Ordinary forms of half-width and full-width characters beyond U+FF5E.</summary>
    public Dictionary<char, string> Widths { get; } = [];

    public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

    public Dictionary<(int First, int Second), int> Compositions { get; } = [];

    /// <summary>Canonical combining classes other than 0.</summary>
    public Dictionary<int, byte> Classes { get; } = [];

    /// <summary>HTML 5 entities by name, with the semicolon where the list has one.</summary>
    public FrozenDictionary<string, string> Entities { get; }

    private CharacterData()
    {
        foreach (string[] f in Rows("characters.txt"))
            Add(f[0], f[1], f[2]);
        Entities = Rows("entities.txt").ToFrozenDictionary(f => f[0], f => Text(f[1]), StringComparer.Ordinal);
    }

    private void Add(string kind, string key, string value)
    {
        switch (kind)
        {
            case "page":
                CodePages.Add(key, Text(value).ToCharArray());
                break;
            case "width":
                Widths.Add((char)Hex(key), Text(value));
                break;
            case "class":
                string[] range = value.Split(' ');
                for (int c = Hex(range[0]); c <= Hex(range[1]); c++)
                    Classes.Add(c, byte.Parse(key, CultureInfo.InvariantCulture));
                break;
            default:
                string[] parts = value.Split(' ');
                (int, int) pair = (Hex(parts[0]), parts.Length > 1 ? Hex(parts[1]) : 0);
                Decompositions.Add(Hex(key), pair);
                if (kind == "pair")
                    Compositions.Add(pair, Hex(key));
                break;
        }
    }

    private static IEnumerable<string[]> Rows(string resource)
    {
        using Stream stream = typeof(CharacterData).Assembly.GetManifestResourceStream(resource)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            if (!line.StartsWith('#'))
                yield return line.Split('\t');
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Text(string codes) => string.Concat(codes.Split(' ').Select(c => char.ConvertFromUtf32(Hex(c))));
}
