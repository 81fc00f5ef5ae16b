using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cirrus.Imaging;

/// <summary>Which of Pillow's modes a decoded file would have: resizing differs among them (methods: 1.6).</summary>
internal static class PictureModes
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="file">the undecoded bytes: PNG's header tells palettes and one-bit pictures, which decoding has made RGB and grey.</param>
    public static PictureMode Of(ReadOnlySpan<byte> file, int bands, bool wide, bool inks)
    {
        if (inks && bands >= 4)
            return PictureMode.Cmyk;
        if (file.StartsWith(PngSignature) && file.Length > 25)
            return (file[24], file[25]) switch
            {
                (1, 0) => PictureMode.Bilevel,
                (16, 0) => PictureMode.Grey16,
                (_, 0) => PictureMode.L,
                (_, 2) => PictureMode.Rgb,
                (_, 3) => PictureMode.Palette,
                (8, 4) => PictureMode.LA,
                _ => PictureMode.Rgba,
            };
        if (file.StartsWith("GIF8"u8) && bands >= 3)
            return PictureMode.Palette;
        return bands switch
        {
            1 => wide ? PictureMode.Grey16 : PictureMode.L,
            2 => PictureMode.LA,
            3 => PictureMode.Rgb,
            _ => PictureMode.Rgba,
        };
    }

    /// <summary>The first colour of a PNG's or GIF's palette; black when there is none.</summary>
    public static (byte R, byte G, byte B) FirstColour(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("GIF8"u8))
            return file.Length >= 16 && (file[10] & 0x80) != 0 ? (file[13], file[14], file[15]) : default;
        for (int at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (file.Slice(at + 4, 4).SequenceEqual("PLTE"u8) && length >= 3 && at + 11 <= file.Length)
                return (file[at + 8], file[at + 9], file[at + 10]);
            if (length > file.Length - at - 12)
                break;
            at += 12 + (int)length;
        }
        return default;
    }

    /// <summary>Decoded samples as a picture of a mode: bands that the mode has not are dropped, of 16 bits the high byte is kept.</summary>
    /// <param name="samples">[height, width, bands] bytes, or words of the machine's order.</param>
    /// <param name="asPeopleSee">grey of 16 bits becomes 8, where Pillow's conversion would make nearly all of it white.</param>
    public static Picture Arrange(byte[] samples, int width, int height, int bands, bool wide, PictureMode mode, bool asPeopleSee)
    {
        int n = width * height;
        ReadOnlySpan<ushort> words = wide ? MemoryMarshal.Cast<byte, ushort>(samples) : [];
        if (mode == PictureMode.Grey16 && wide && !asPeopleSee)
        {
            byte[] grey = new byte[n * 2];
            for (int i = 0; i < n; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(grey.AsSpan(i * 2), words[i * bands]);
            return new(width, height, mode, grey);
        }
        if (mode == PictureMode.Grey16)
            mode = PictureMode.L;
        int channels = Picture.Channels(mode);
        if (!wide && channels == bands)
            return new(width, height, mode, samples);
        byte[] pixels = new byte[n * channels];
        for (int i = 0; i < n; i++)
            for (int c = 0; c < channels; c++)
            {
                int at = (i * bands) + Source(c, channels, bands);
                pixels[(i * channels) + c] = wide ? (byte)(words[at] >> 8) : samples[at];
            }
        return new(width, height, mode, pixels);
    }

    /// <summary>Alpha is the last band; grey decoded where colour is wanted is repeated.</summary>
    private static int Source(int channel, int channels, int bands) =>
        channels is 2 or 4 && channel == channels - 1 ? Math.Min(bands, 4) - 1 : bands >= 3 ? channel : 0;
}
