using System.Buffers.Binary;
using Cirrus.Imaging;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Tests.Fuzz;

namespace Cirrus.Tests.Imaging;

/// <summary>Decoding of pictures made here, and of what only pretends to be one.</summary>
public sealed class ImageFileTests
{
    [Fact]
    public void A_png_comes_back_as_it_was()
    {
        Picture drawn = Drawn(7, 7);
        Picture read = ImageFile.Decode(Png.Encode(drawn.Pixels, 7), "a.png");
        Assert.Equal((7, 7, PictureMode.Rgb), (read.Width, read.Height, read.Mode));
        Assert.Equal(drawn.Pixels, read.Pixels);
    }

    [Fact]
    public void A_jpeg_preview_has_size_and_colours()
    {
        byte[] red = [.. Enumerable.Range(0, 40 * 30).SelectMany(_ => new byte[] { 200, 30, 40 })];
        Picture read = ImageFile.Decode(ImageFile.EncodeJpeg(new(40, 30, PictureMode.Rgb, red), quality: 95), "a.jpg");
        Assert.Equal((40, 30), (read.Width, read.Height));
        Assert.All(read.Pixels.Zip(red, (a, b) => Math.Abs(a - b)), d => Assert.InRange(d, 0, 3));
    }

    // The eight orientations of EXIF, by where the corners of a 3x2 picture end up.
    [Theory]
    [InlineData(1, 3, 2, "abc/def")]
    [InlineData(2, 3, 2, "cba/fed")]
    [InlineData(3, 3, 2, "fed/cba")]
    [InlineData(4, 3, 2, "def/abc")]
    [InlineData(5, 2, 3, "ad/be/cf")]
    [InlineData(6, 2, 3, "da/eb/fc")]
    [InlineData(7, 2, 3, "fc/eb/da")]
    [InlineData(8, 2, 3, "cf/be/ad")]
    [InlineData(0, 3, 2, "abc/def")]
    public void Orientations(int exif, int width, int height, string rows)
    {
        Picture turned = new Picture(3, 2, PictureMode.L, [.. "abcdef"u8]).Turned(exif);
        Assert.Equal((width, height), (turned.Width, turned.Height));
        Assert.Equal(rows, string.Join('/', turned.Pixels.Chunk(width).Select(r => System.Text.Encoding.ASCII.GetString(r))));
    }

    [Fact]
    public void Exif_is_followed_only_when_asked()
    {
        byte[] file = WithOrientation(ImageFile.EncodeJpeg(Drawn(48, 32)), 6);
        Assert.Equal((48, 32), Size(ImageFile.Decode(file, "a.jpg")));
        Assert.Equal((32, 48), Size(ImageFile.Decode(file, "a.jpg", Orientation.Exif)));
    }

    [Theory]
    [InlineData(new byte[0], "empty")]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, "known format")]
    [InlineData(new byte[] { (byte)'<', (byte)'s', (byte)'v', (byte)'g', (byte)'/', (byte)'>' }, "is not safe")]
    public void What_is_no_picture_is_refused(byte[] file, string reason)
    {
        CirrusException e = Assert.Throws<CirrusException>(() => ImageFile.Decode(file, "holiday.jpg"));
        Assert.Contains("'holiday.jpg' is not a picture that can be read", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_files_are_refused_at_every_length()
    {
        byte[] jpeg = ImageFile.EncodeJpeg(Drawn(64, 64)), png = Png.Encode(Drawn(64, 64).Pixels, 64);
        foreach (byte[] whole in new[] { jpeg, png })
            for (int length = 0; length < whole.Length * 9 / 10; length += 37)
                Assert.Throws<CirrusException>(() => ImageFile.Decode(whole[..length], "cut"));
    }

    [Fact]
    public void A_bomb_is_refused_by_its_header()
    {
        byte[] png = Png.Encode(Drawn(8, 8).Pixels, 8);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 30_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 30_000);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), PictureDamage.Crc(png.AsSpan(12, 17)));
        CirrusException e = Assert.Throws<CirrusException>(() => ImageFile.Decode(png, "bomb.png"));
        Assert.Contains("30000x30000 pixels, 900 million; at most 100 are decoded", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_are_each_pictures_own()
    {
        byte[] png = Png.Encode(Drawn(64, 64).Pixels, 64)[..600], text = [.. "nothing that is known"u8];
        string cut = Message(png), unknown = Message(text);
        Assert.NotEqual(cut, unknown);
        Parallel.For(0, 64, i => Assert.Equal(i % 2 == 0 ? cut : unknown, Message(i % 2 == 0 ? png : text)));

        static string Message(byte[] file) => Assert.Throws<CirrusException>(() => ImageFile.Decode(file, "x")).Message;
    }

    private static (int, int) Size(Picture p) => (p.Width, p.Height);

    private static Picture Drawn(int width, int height) =>
        new(width, height, PictureMode.Rgb, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)((i * 37) ^ (i >> 3)))]);

    /// <summary>A JPEG with an EXIF block that holds an orientation and nothing else.</summary>
    internal static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        .. jpeg[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*\0\0\0\b"u8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0,
    orientation, 0, 0, 0, 0, 0, 0, .. jpeg[2..],
    ];
}
