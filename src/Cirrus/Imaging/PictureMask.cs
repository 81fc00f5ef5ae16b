using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>A part of a picture: white in another picture, or a rectangle.</summary>
/// <param name="File">a picture that is laid over the other, whatever its size.</param>
/// <param name="Rectangle">left, top, width and height in the picture's pixels.</param>
public sealed record PictureMask(string? File, (int X, int Y, int Width, int Height) Rectangle = default)
{
    /// <summary>A picture file's content, in place of a file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Reads <c>X,Y,WIDTH,HEIGHT</c>, or the name of a file.</summary>
    /// <exception cref="CirrusException">It is neither.</exception>
    public static PictureMask Parse(string text)
    {
        int?[] numbers = [.. text.Split(',').Select(n =>
            int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : (int?)null)];
        if (numbers is [int x, int y, int width, int height])
            return new(null, (x, y, width, height));
        return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? new(text)
            : throw new CirrusException("The mask is neither a rectangle nor a file.",
                hint: "give left, top, width and height in the picture's pixels, as 10,20,300,200, or a black and white picture");
    }

    /// <summary>The mask as a picture of this size, white on black.</summary>
    /// <exception cref="CirrusException">The rectangle has no part of the picture.</exception>
    internal Picture Over(int width, int height, Func<byte[], string, Picture> decode)
    {
        if (Laid(decode) is Picture laid)
            return Resample.Nearest(laid.ToRgb(), width, height);
        (int x, int y, int w, int h) = Rectangle;
        if (w < 1 || h < 1 || x >= width || y >= height)
            throw new CirrusException($"The mask {x},{y},{w},{h} covers nothing of a picture of {width} x {height}.",
                hint: "give left, top, width and height in its pixels");
        byte[] pixels = new byte[3 * width * height];
        for (int row = y; row < Math.Min((long)y + h, height); row++)
            pixels.AsSpan(3 * ((row * width) + x), 3 * (int)Math.Min(w, (long)width - x)).Fill(255);
        return new(width, height, PictureMode.Rgb, pixels);
    }

    /// <summary>The mask's own picture; null for a rectangle.</summary>
    internal Picture? Laid(Func<byte[], string, Picture> decode) => File is not null ? decode(PictureInput.ReadBytes(new(File)), File)
        : Bytes.IsEmpty ? null : decode(Bytes.ToArray(), "the mask");
}
