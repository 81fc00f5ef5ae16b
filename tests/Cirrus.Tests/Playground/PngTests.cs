using System.Buffers.Binary;
using System.IO.Compression;
using Cirrus.Playground;

namespace Cirrus.Tests.Playground;

public sealed class PngTests
{
    [Fact]
    public void A_picture_comes_back_to_the_byte()
    {
        byte[] rgb = PlaygroundBenchmark.Make(Split.Test, 1, queries: 14).Picture(5, 48);
        rgb[0] = 128;                                                    // a difference of −128 for the first filter
        byte[] file = Png.Encode(rgb, 48);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        Assert.Equal(48, BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16)));
        Assert.Equal([0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82], file[^12..]);    // the checksum everyone knows
        Assert.Equal(rgb, Decode(file, 48));
        Assert.True(file.Length < rgb.Length);
        Assert.Throws<ArgumentException>(() => Png.Encode(rgb, 47));
    }

    /// <summary>The second chunk's rows with their filters undone.</summary>
    private static byte[] Decode(byte[] file, int side)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(33)), stride = 3 * side;
        using ZLibStream zlib = new(new MemoryStream(file, 41, length), CompressionMode.Decompress);
        byte[] data = new byte[(stride + 1) * side], rgb = new byte[stride * side];
        zlib.ReadExactly(data);
        for (int y = 0; y < side; y++)
            for (int i = 0; i < stride; i++)
            {
                int a = i < 3 ? 0 : rgb[(y * stride) + i - 3], b = y == 0 ? 0 : rgb[((y - 1) * stride) + i], c = i < 3 || y == 0
                    ? 0 : rgb[((y - 1) * stride) + i - 3];
                int[] near = [a, b, c];
                int guess = data[y * (stride + 1)] switch { 1 => a, 2 => b, 3 => (a + b) >> 1, 4 => near.MinBy(n => Math.Abs(a + b - c - n)), _ => 0 };
                rgb[(y * stride) + i] = (byte)(data[(y * (stride + 1)) + 1 + i] + guess);
            }
        return rgb;
    }
}
