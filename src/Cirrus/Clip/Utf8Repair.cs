namespace Cirrus.Clip;

/// <summary>Bytes that would be UTF-8 if a program had not made A0 a space, or lost a byte (1A), on their way.</summary>
internal static class Utf8Repair
{
    /// <summary>Puts A0 back where a space breaks a likely sequence; "Ã " before a word is the word "à" and stays.</summary>
    public static byte[] RestoreSpaces(byte[] bytes)
    {
        List<byte> result = new(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(i);
            result.Add(bytes[i]);
            if (rest is [0xC3, (byte)' ', ..] && !StartsAny(rest[2..], " "u8, "quele"u8, "quela"u8, "quilo"u8, "s "u8))
            {
                result.Add(0xA0);
                continue;                                    // the space itself follows
            }
            int length = Broken(rest);
            for (int k = 1; k < length; k++)
                result.Add(bytes[i + k] == ' ' ? (byte)0xA0 : bytes[i + k]);
            i += Math.Max(length, 1) - 1;
        }
        return [.. result];
    }

    /// <summary>Sequences with a lost byte become U+FFFD as a whole; a lost byte alone does too.</summary>
    public static byte[] ReplaceLost(byte[] bytes)
    {
        if (!bytes.AsSpan().ContainsAny((byte)0x1A, (byte)'?'))
            return bytes;
        List<byte> result = new(bytes.Length);
        for (int i = 0; i < bytes.Length;)
        {
            int length = LostLength(bytes.AsSpan(i));
            if (length == 0)
                result.Add(bytes[i++]);
            else
                result.AddRange([0xEF, 0xBF, 0xBD]);
            i += length;
        }
        return [.. result];
    }

    private static int Broken(ReadOnlySpan<byte> b) => b switch
    {
        [0xC2 or 0xC3 or 0xC5 or 0xCE or 0xD0 or 0xD9, 0x20, ..] => 2,
        [0xE2 or 0xE3, 0x20, var c, ..] when More(c) && c is not (0x85 or 0xA0) => 3,
        [>= 0xE0 and <= 0xE3, var c, 0x20, ..] when More(c) && c is not (0x85 or 0xA0) => 3,
        [0xF0, 0x20, var c, var d, ..] when More(c) && More(d) => 4,
        [0xF0, var c, 0x20, var d, ..] when More(c) && More(d) => 4,
        [0xF0, var c, var d, 0x20, ..] when More(c) && More(d) => 4,
        _ => 0,
    };

    private static int LostLength(ReadOnlySpan<byte> b) => b switch
    {
        [>= 0xC2 and <= 0xDF, 0x1A, ..] or [0xC2 or 0xC3, (byte)'?', ..] => 2,
        [>= 0xE0 and <= 0xEF, 0x1A or (byte)'?', var c, ..] when MoreOrLost(c) => 3,
        [>= 0xE0 and <= 0xEF, var c, 0x1A or (byte)'?', ..] when MoreOrLost(c) => 3,
        [>= 0xF0 and <= 0xF4, 0x1A or (byte)'?', var c, var d, ..] when MoreOrLost(c) && MoreOrLost(d) => 4,
        [>= 0xF0 and <= 0xF4, var c, 0x1A or (byte)'?', var d, ..] when MoreOrLost(c) && MoreOrLost(d) => 4,
        [>= 0xF0 and <= 0xF4, var c, var d, 0x1A or (byte)'?', ..] when MoreOrLost(c) && MoreOrLost(d) => 4,
        [0x1A, ..] => 1,
        _ => 0,
    };

    private static bool More(byte b) => (b & 0xC0) == 0x80;

    private static bool MoreOrLost(byte b) => More(b) || b == 0x1A;

    private static bool StartsAny(ReadOnlySpan<byte> text, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c,
        ReadOnlySpan<byte> d, ReadOnlySpan<byte> e) =>
        text.StartsWith(a) || text.StartsWith(b) || text.StartsWith(c) || text.StartsWith(d) || text.StartsWith(e);
}
