using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

public sealed class LopsidedCropTests
{
    // left = 40 - 14 = 26, right = 26 + 34 = 60 = the box's own; top = 50 - 7 = 43, bottom = 43 + 17 = 60. Padded from 17 to 34 with 8 above.
    [Fact]
    public void A_box_inside_grows_to_the_left_and_upwards_alone() =>
        Shows(Numbered(100, 80), LopsidedCrop.Take(Numbered(100, 80), 40, 50, 20, 10), 26, 43, 60, 60, 0, 8);

    // left = max(0, 5 - 14) = 0, right = 34: now it reaches beyond the box's end at 25.
    [Fact]
    public void A_box_at_the_edge_grows_to_the_right() =>
        Shows(Numbered(100, 80), LopsidedCrop.Take(Numbered(100, 80), 5, 50, 20, 40), 0, 22, 34, 80, 12, 0);

    // left = max(0, -0.83 - 0.7) = 0, right = 1.7 → 2; top = 0.5 → 0 and bottom = 2.5 → 2: halves go to the even number.
    [Theory]
    [InlineData(-0.83, 0, 1, 1, 2, 2)]
    [InlineData(0, 0, 2.5 / 1.7, 3.5 / 1.7, 2, 4)]
    public void Ends_are_rounded_half_to_even(double x, double y, double w, double h, int right, int bottom) =>
        Shows(Numbered(9, 9), LopsidedCrop.Take(Numbered(9, 9), x, y, w, h), 0, 0, right, bottom,
            (Math.Max(right, bottom) - right) / 2, (Math.Max(right, bottom) - bottom) / 2);

    [Fact]
    public void Padding_is_black_in_every_mode()
    {
        Picture grey = LopsidedCrop.Take(new(3, 1, PictureMode.L, [7, 8, 9]), 0, 0, 9, 9);
        Assert.Equal(PictureMode.L, grey.Mode);
        Assert.Equal([0, 0, 0, 7, 8, 9, 0, 0, 0], grey.Pixels);
        Picture inks = LopsidedCrop.Take(new(1, 2, PictureMode.Cmyk, [1, 2, 3, 4, 5, 6, 7, 8]), 0, 0, 9, 9);
        Assert.Equal([1, 2, 3, 4, 0, 0, 0, 255, 5, 6, 7, 8, 0, 0, 0, 255], inks.Pixels);
    }

    [Theory]
    [InlineData(10, 0, 4, 4)]
    [InlineData(0, 10, 4, 4)]
    [InlineData(1e300, 0, 1e300, 4)]
    public void A_box_beside_the_picture_is_an_error(double x, double y, double w, double h)
    {
        CirrusException error = Assert.Throws<CirrusException>(() => LopsidedCrop.Take(Numbered(5, 5), x, y, w, h));
        Assert.Contains("leaves no pixel of a picture of 5 × 5", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The square shows this part of the picture at an offset, and black around it.</summary>
    private static void Shows(Picture whole, Picture square, int left, int top, int right, int bottom, int x0, int y0)
    {
        Assert.Equal(Math.Max(right - left, bottom - top), square.Width);
        Assert.Equal(square.Width, square.Height);
        for (int y = 0; y < square.Height; y++)
            for (int x = 0; x < square.Width; x++)
            {
                (int fromX, int fromY) = (x - x0 + left, y - y0 + top);
                bool inside = fromX >= left && fromX < right && fromY >= top && fromY < bottom;
                Assert.Equal(inside ? whole.Pixels[((fromY * whole.Width) + fromX) * 3] : 0, square.Pixels[((y * square.Width) + x) * 3]);
            }
    }

    /// <summary>Neighbours differ and nothing is black.</summary>
    private static Picture Numbered(int width, int height) =>
        new(width, height, PictureMode.Rgb, [.. Enumerable.Range(0, width * height).SelectMany(i => { byte b = (byte)(1 + (i % 255)); return new[] { b, b, b }; })]);
}
