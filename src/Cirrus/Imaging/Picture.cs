namespace Cirrus.Imaging;

/// <summary>What the numbers of a picture mean. The names are Pillow's, because published features depend on its modes.</summary>
public enum PictureMode
{
    /// <summary>Grey, 1 byte.</summary>
    L,

    /// <summary>Grey and alpha.</summary>
    LA,

    Rgb,

    Rgba,

    /// <summary>Four inks, 0 is none (Pillow's sense after undoing Adobe's inversion).</summary>
    Cmyk,

    /// <summary>Colours of a palette, already looked up (RGB bytes); Pillow resizes such pictures by nearest neighbour.</summary>
    Palette,

    /// <summary>Black and white, already 0 or 255; resized by nearest neighbour like a palette.</summary>
    Bilevel,

    /// <summary>Grey of 16 bits, two little-endian bytes a pixel; Pillow's mode I.</summary>
    Grey16,
}

/// <summary>A decoded picture: rows from the top, pixels interleaved.</summary>
public sealed record Picture(int Width, int Height, PictureMode Mode, byte[] Pixels)
{
    /// <summary>What a zero is in a palette picture, RGB: the colour that padding gets.</summary>
    public (byte R, byte G, byte B) Zero { get; init; }

    /// <summary>Bytes a pixel.</summary>
    public static int Channels(PictureMode mode) => mode switch
    {
        PictureMode.L or PictureMode.Bilevel => 1,
        PictureMode.LA or PictureMode.Grey16 => 2,
        PictureMode.Rgb or PictureMode.Palette => 3,
        _ => 4,
    };

    /// <summary>The picture as RGB, as Pillow converts: alpha is dropped, grey repeated, 16-bit grey cut at 255.</summary>
    public Picture ToRgb()
    {
        if (Mode == PictureMode.Rgb)
            return this;
        int n = Width * Height, c = Channels(Mode);
        byte[] rgb = new byte[n * 3];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<byte> from = Pixels.AsSpan(i * c, c);
            Span<byte> to = rgb.AsSpan(i * 3, 3);
            switch (Mode)
            {
                case PictureMode.Grey16:
                    to.Fill(from[1] > 0 ? (byte)255 : from[0]);
                    break;
                case PictureMode.Cmyk:
                    for (int k = 0; k < 3; k++)
                        to[k] = (byte)Math.Clamp(255 - from[3] - MulDiv255(from[k], 255 - from[3]), 0, 255);
                    break;
                case PictureMode.Rgba or PictureMode.Palette:
                    from[..3].CopyTo(to);
                    break;
                default:
                    to.Fill(from[0]);
                    break;
            }
        }
        return new(Width, Height, PictureMode.Rgb, rgb);
    }

    /// <summary>The picture after EXIF's orientation 1 to 8: 2 mirrored, 3 half a turn, 6 and 8 quarter turns, and so on; others are 1.</summary>
    public Picture Turned(int orientation)
    {
        if (orientation is < 2 or > 8)
            return this;
        bool sideways = orientation >= 5, right = orientation is 2 or 3 or 7 or 8, bottom = orientation is 3 or 4 or 6 or 7;
        int c = Channels(Mode), w = sideways ? Height : Width, h = sideways ? Width : Height;
        byte[] turned = new byte[Pixels.Length];
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
            {
                (int sx, int sy) = sideways ? (y, x) : (x, y);
                sx = right ? Width - 1 - sx : sx;
                sy = bottom ? Height - 1 - sy : sy;
                Pixels.AsSpan(((sy * Width) + sx) * c, c).CopyTo(turned.AsSpan(((y * w) + x) * c));
            }
        return this with { Width = w, Height = h, Pixels = turned };
    }

    /// <summary>a·b/255, rounded as Pillow's MULDIV255.</summary>
    internal static int MulDiv255(int a, int b)
    {
        int t = (a * b) + 128;
        return ((t >> 8) + t) >> 8;
    }
}
