using System.Buffers.Binary;
using System.IO.Compression;

namespace Cirrus.Tests.Fuzz;

/// <summary>Damage of PNG behind its checksums: a chunk is changed, doubled or lost, and the sums are right again.</summary>
internal static class PictureDamage
{
    private const int Signature = 8, Frame = 12;

    public static byte[] Png(byte[] whole, Draws draws)
    {
        List<byte[]> chunks = [];
        for (int at = Signature; at + Frame <= whole.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(whole.AsSpan(at));
            if (length < 0 || length > whole.Length - at - Frame)
                return ByteDamage.Do(whole, draws);
            chunks.Add(whole[(at + 4)..(at + 8 + length)]);
            at += Frame + length;
        }
        if (chunks.Count == 0)
            return ByteDamage.Do(whole, draws);
        int chosen = draws.Below(chunks.Count);
        switch (draws.Below(6))
        {
            case 0:
                chunks.RemoveAt(chosen);
                break;
            case 1:
                chunks.Insert(draws.Below(chunks.Count), chunks[chosen]);
                break;
            case 2:
                chunks.Insert(1, [.. draws.Of("PLTE"u8.ToArray(), "tRNS"u8.ToArray(), "iCCP"u8.ToArray(), "zTXt"u8.ToArray(),
                    "eXIf"u8.ToArray(), "acTL"u8.ToArray()), .. ByteDamage.Noise(draws, draws.Below(900))]);
                break;
            case 3:
                Size(chunks[0], draws);
                break;
            case 4 when chunks.FindIndex(c => c.AsSpan().StartsWith("IDAT"u8)) is int data and >= 0:
                chunks[data] = [.. "IDAT"u8, .. Deflated(new byte[draws.Of(0, 1, 1000, 4 << 20)])];
                break;
            default:
                byte[] content = ByteDamage.Do(chunks[chosen][4..], draws);
                chunks[chosen] = [.. chunks[chosen].AsSpan(0, 4), .. content];
                break;
        }
        return [.. whole.AsSpan(0, Signature), .. chunks.SelectMany(Framed)];
    }

    /// <summary>PNG's checksum (ISO 3309).</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }

    private static void Size(byte[] header, Draws draws)
    {
        if (header.Length < 17)
            return;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * draws.Below(2))),
            draws.Of(0, 1, 7, 999, 2000, 30_000, 65_535, 1 << 20, int.MaxValue, -1));
        header[12] = draws.Of<byte>(1, 2, 4, 8, 16, 3);
        header[13] = draws.Of<byte>(0, 2, 3, 4, 6, 1);
        header[16] = draws.Of<byte>(0, 1, 2);
    }

    private static byte[] Deflated(byte[] content)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest))
            zlib.Write(content);
        return packed.ToArray();
    }

    private static byte[] Framed(byte[] chunk)
    {
        byte[] framed = new byte[chunk.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(framed, chunk.Length - 4);
        chunk.CopyTo(framed, 4);
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(chunk.Length + 4), Crc(chunk));
        return framed;
    }
}
