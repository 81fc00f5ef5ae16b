using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cirrus.Clip;

/// <summary>A one-byte encoding that text may have been read in by mistake, and the way back to its bytes.</summary>
/// <remarks>
/// Windows pages are "sloppy": undefined bytes stand for themselves, and U+FFFD for a byte that was lost, written as 1A.
/// Source: ftfy (Speer), the encodings it tries and their order.
/// </remarks>
internal sealed class CodePage
{
    private const byte Lost = 0x1A;
    private readonly Dictionary<char, byte> _bytes = [];

    public static CodePage[] All { get; } =
    [
        new("latin-1"), new("windows-1252"), new("windows-1251"), new("windows-1250"), new("windows-1253"), new("windows-1254"),
        new("windows-1257"), new("iso-8859-2"), new("macintosh"), new("ibm437"),
    ];

    public static CodePage Windows1252 => All[1];

    private CodePage(string name)
    {
        Name = name;
        High = name == "latin-1" ? [.. Enumerable.Range(128, 128).Select(i => (char)i)] : CharacterData.Shared.CodePages[name];
        for (int i = 0; i < 128; i++)
            _bytes.TryAdd(High[i], (byte)(128 + i));
        for (int i = 0; i < 128; i++)
            if (i != Lost || !Sloppy)
                _bytes.TryAdd((char)i, (byte)i);
        if (Sloppy)
            _bytes.TryAdd('\uFFFD', Lost);
    }

    public string Name { get; }

    /// <summary>What bytes 80 to FF stand for.</summary>
    public char[] High { get; }

    public bool Sloppy => Name.StartsWith("windows", StringComparison.Ordinal);

    /// <summary>The bytes this text would have come from, if every character of it is on this page.</summary>
    public bool TryEncode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
            if (!_bytes.TryGetValue(text[i], out bytes[i]))
            {
                bytes = null;
                return false;
            }
        return true;
    }

    /// <summary>Strict UTF-8, and besides it the zero of two bytes and surrogate pairs of three bytes each (CESU-8).</summary>
    public static bool TryDecodeUtf8(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        StringBuilder result = new(bytes.Length);
        text = null;
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == System.Buffers.OperationStatus.Done)
            {
                result.Append(rune.ToString());
            }
            else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xC0, 0x80]))
            {
                result.Append('\0');
                used = 2;
            }
            else if (StartsWithSurrogates(bytes))
            {
                result.Append((char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F)));
                result.Append((char)(0xD000 | ((bytes[4] & 0x3F) << 6) | (bytes[5] & 0x3F)));
                used = 6;
            }
            else
            {
                return false;
            }
            bytes = bytes[used..];
        }
        text = result.ToString();
        return true;
    }

    /// <summary>Two surrogates of three bytes each.</summary>
    private static bool StartsWithSurrogates(ReadOnlySpan<byte> bytes) =>
        bytes is [0xED, >= 0xA0 and <= 0xAF, byte high, 0xED, >= 0xB0 and <= 0xBF, byte low, ..]
        && (high & 0xC0) == 0x80 && (low & 0xC0) == 0x80;
}
