using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>A part of a picture as it is seen, in fractions of its width and height: (0, 0, 1, 1) is all of it.</summary>
/// <param name="X">left edge.</param>
/// <param name="Y">upper edge.</param>
public sealed record PictureCrop(float X, float Y, float Width, float Height)
{
    /// <summary>Reads <c>X,Y,WIDTH,HEIGHT</c>.</summary>
    /// <exception cref="CirrusException">These are not four fractions that lie in the picture.</exception>
    public static PictureCrop Parse(string text)
    {
        float[] numbers = [.. text.Split(',').Select(n =>
            float.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) ? value : float.NaN)];
        return (numbers is [float x, float y, float w, float h] ? new PictureCrop(x, y, w, h) : new(float.NaN, 0, 0, 0)).Check(text);
    }

    /// <summary>Itself, where it lies in the picture.</summary>
    /// <exception cref="CirrusException">It does not.</exception>
    public PictureCrop Check() => Check(ToString());

    /// <summary>left, upper edge, width and height: "0.25,0,0.5,1".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X},{Y},{Width},{Height}");

    /// <summary>The part, of whole pixels and at least one.</summary>
    internal Picture Of(Picture picture)
    {
        int left = Math.Min((int)MathF.Round(X * picture.Width), picture.Width - 1),
            top = Math.Min((int)MathF.Round(Y * picture.Height), picture.Height - 1);
        int right = (int)MathF.Round((X + Width) * picture.Width), bottom = (int)MathF.Round((Y + Height) * picture.Height);
        return Preprocessing.Cut(picture, left, top, Math.Clamp(right - left, 1, picture.Width - left),
            Math.Clamp(bottom - top, 1, picture.Height - top));
    }

    private PictureCrop Check(string said)
    {
        const float Rounding = 1e-4f;                                // thirds and the like do not add up to one
        return X >= 0 && Y >= 0 && Width > 0 && Height > 0 && X + Width <= 1 + Rounding && Y + Height <= 1 + Rounding ? this
            : throw new CirrusException($"A crop of '{said}' is no part of a picture.",
                hint: "give left, top, width and height as fractions of its size: 0.25,0,0.5,1 is the middle half");
    }
}
