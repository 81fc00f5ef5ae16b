using System.Numerics;
using System.Runtime.InteropServices;

namespace Cirrus.Tensors;

/// <summary>
/// CRC-32C (Castagnoli, as in RFC 3720): processors compute it about as fast as they read memory, and no change of a
/// single bit escapes it.
/// </summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);
        foreach (byte last in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, last);
        return ~crc;
    }
}
