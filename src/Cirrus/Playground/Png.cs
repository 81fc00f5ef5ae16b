using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cirrus.Playground;

/// <summary>Writes RGB bytes as PNG (ISO/IEC 15948), so that drawn pictures need no library.</summary>
public static class Png
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A whole PNG file, 8 bits a channel.</summary>
    /// <param name="rgb">[side, side, 3], row by row.</param>
    /// <exception cref="ArgumentException">There are not side · side · 3 bytes.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int side)
    {
        if (rgb.Length != 3 * side * side)
            throw new ArgumentException($"A picture of {side} x {side} has {3 * side * side} bytes, found {rgb.Length}.");
        using MemoryStream file = new();
        file.Write(Signature);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        (header[8], header[9]) = (8, 2);                                  // 8 bits, red green blue
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compressed(rgb, 3 * side));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>The picture as a data URI, to stand in a page.</summary>
    public static string DataUri(ReadOnlySpan<byte> rgb, int side) => "data:image/png;base64," + Convert.ToBase64String(Encode(rgb, side));

    private static byte[] Compressed(ReadOnlySpan<byte> rgb, int stride)
    {
        using MemoryStream data = new();
        byte[] best = new byte[stride + 1], tried = new byte[stride + 1], above = new byte[stride];
        using (ZLibStream zlib = new(data, CompressionLevel.SmallestSize))
            for (int at = 0; at < rgb.Length; at += stride)
            {
                ReadOnlySpan<byte> row = rgb.Slice(at, stride);
                long least = long.MaxValue;
                for (byte filter = 0; filter <= 4; filter++)
                    if (Filter(tried, filter, row, above) is long cost && cost < least)
                        (least, best, tried) = (cost, tried, best);
                zlib.Write(best);
                row.CopyTo(above);
            }
        return data.ToArray();
    }

    /// <summary>Filters a row; the sum of its differences tells how well it will compress.</summary>
    private static long Filter(byte[] to, byte filter, ReadOnlySpan<byte> row, byte[] above)
    {
        to[0] = filter;
        long cost = 0;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= 3 ? row[i - 3] : 0, up = above[i], corner = i >= 3 ? above[i - 3] : 0;
            int guess = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
            to[i + 1] = (byte)(row[i] - guess);
            cost += Math.Abs((int)(sbyte)to[i + 1]);
        }
        return cost;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int guess = left + up - corner, l = Math.Abs(guess - left), u = Math.Abs(guess - up), c = Math.Abs(guess - corner);
        return l <= u && l <= c ? left : u <= c ? up : corner;
    }

    private static void Chunk(MemoryStream file, string type, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data], number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] body)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in body)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
