using System.Buffers.Binary;

namespace Cirrus.Tests.Fuzz;

/// <summary>Damage that knows nothing of a format: bits, cuts, splices, and numbers at their ends.</summary>
internal static class ByteDamage
{
    private static readonly long[] Extremes =
    [
        0, 1, -1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, 65536, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    public static byte[] Do(byte[] whole, Draws draws)
    {
        if (whole.Length < 2)
            return Noise(draws, 1 + draws.Below(64));
        byte[] bytes = [.. whole];
        int at = draws.Below(bytes.Length);
        switch (draws.Below(9))
        {
            case 0:
                for (int n = draws.Below(8); n >= 0; n--)
                    bytes[draws.Below(bytes.Length)] ^= (byte)(1 << draws.Below(8));
                return bytes;
            case 1:
                for (int n = draws.Below(16); n >= 0; n--)
                    bytes[draws.Below(bytes.Length)] = (byte)draws.Below(256);
                return bytes;
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes, .. Noise(draws, 1 + draws.Below(300))];
            case 4:
                int count = draws.Below(Math.Min(256, bytes.Length - at)) + 1;
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 5:
                int from = draws.Below(bytes.Length), length = draws.Below(Math.Min(256, bytes.Length - from)) + 1;
                return [.. bytes[..at], .. bytes.AsSpan(from, length), .. bytes[at..]];
            case 6:
                bytes.AsSpan(at, Math.Min(draws.Below(64) + 1, bytes.Length - at)).Fill(draws.Of<byte>(0, 255));
                return bytes;
            default:
                Extreme(bytes, draws);
                return bytes;
        }
    }

    public static byte[] Noise(Draws draws, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)draws.Below(256);
        return bytes;
    }

    /// <summary>Writes a number at its end over 2, 4 or 8 bytes, half the time near the beginning, where headers are.</summary>
    private static void Extreme(byte[] bytes, Draws draws)
    {
        int at = draws.Below(draws.Chance(50) ? Math.Min(bytes.Length, 64) : bytes.Length);
        Span<byte> all = stackalloc byte[8];
        long value = draws.Of(Extremes);
        bool big = draws.Chance(50);
        int width = Math.Min(draws.Of(2, 4, 8), bytes.Length - at);
        if (big)
            BinaryPrimitives.WriteInt64BigEndian(all, value);
        else
            BinaryPrimitives.WriteInt64LittleEndian(all, value);
        (big ? all[^width..] : all[..width]).CopyTo(bytes.AsSpan(at));
    }
}
