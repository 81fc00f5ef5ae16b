using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>GeneCIS' view of a box (benchmarks: 4.4): grown by 0.7 of its size, then padded to a square with black.</summary>
/// <remarks>
/// The growth is lopsided, and published figures stand on it: the right and lower ends are counted from the grown left and upper ones, so a
/// box inside the picture grows to the left and upwards alone.
/// </remarks>
public static class LopsidedCrop
{
    private const double Dilation = 0.7;

    /// <summary>The square, in the picture's own mode. The box is in pixels and may begin outside the picture.</summary>
    /// <exception cref="CirrusException">The box leaves no pixel of this picture.</exception>
    public static Picture Take(Picture picture, double x, double y, double width, double height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        (int left, int right) = Span(x, width, picture.Width);
        (int top, int bottom) = Span(y, height, picture.Height);
        if (right <= left || bottom <= top)
            throw new CirrusException(FormattableString.Invariant(
                $"The box {x} {y} {width} {height} (left, top, width, height) leaves no pixel of a picture of {picture.Width} × {picture.Height}."),
                hint: "this is not the picture that the box was drawn on: download it again");
        int side = Math.Max(right - left, bottom - top);
        return Centre(Preprocessing.Cut(picture, left, top, right - left, bottom - top), side);
    }

    /// <summary>Ends of one side, whole pixels; halves go to the even one.</summary>
    private static (int From, int To) Span(double at, double length, int size)
    {
        double from = Math.Max(0, at - (Dilation * length)), to = Math.Min(size, from + ((1 + Dilation) * length));
        return ((int)Math.Round(Math.Min(from, size)), (int)Math.Round(to));
    }

    private static Picture Centre(Picture p, int side)
    {
        if (p.Width == p.Height)
            return p;
        int c = Picture.Channels(p.Mode), left = (side - p.Width) / 2, top = (side - p.Height) / 2;
        byte[] pixels = new byte[side * side * c];
        for (int i = 3; c == 4 && i < pixels.Length; i += 4)
            pixels[i] = byte.MaxValue;                                       // black ink, or not transparent
        for (int y = 0; y < p.Height; y++)
            p.Pixels.AsSpan(y * p.Width * c, p.Width * c).CopyTo(pixels.AsSpan((((top + y) * side) + left) * c));
        return p with { Width = side, Height = side, Pixels = pixels };
    }
}
