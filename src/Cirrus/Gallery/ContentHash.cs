using System.Buffers;
using System.Globalization;

namespace Cirrus.Gallery;

/// <summary>A content's hash as an item keeps it: 16 bytes for 32 hex digits in lower case, the text itself for anything else.</summary>
internal readonly record struct ContentHash
{
    public const int Digits = 32;

    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdef"u8);

    private readonly ulong _high, _low;
    private readonly string? _text;

    private ContentHash(ulong high, ulong low) => (_high, _low) = (high, low);

    public ContentHash(string text) => _text = text.Length == Digits && IsHex(text)
        && ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _high)
        && ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _low) ? null : text;

    /// <summary>The same from the bytes of a text, without making one; null when they are not 32 digits.</summary>
    public static ContentHash? Of(ReadOnlySpan<byte> digits) => digits.Length == Digits && !digits.ContainsAnyExcept(Hex)
        && ulong.TryParse(digits[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong high)
        && ulong.TryParse(digits[16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong low) ? new(high, low) : null;

    public override string ToString() => _text ?? string.Create(CultureInfo.InvariantCulture, $"{_high:x16}{_low:x16}");

    private static bool IsHex(string text)
    {
        foreach (char c in text)
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        return true;
    }
}
