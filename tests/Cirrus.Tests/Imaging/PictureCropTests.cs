using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

public sealed class PictureCropTests
{
    [Theory]
    [InlineData("0,0,1,1", 0, 0, 10, 4)]
    [InlineData("0.25,0.5,0.5,0.5", 2, 2, 6, 2)]
    [InlineData("0.99,0.99,0.01,0.01", 9, 3, 1, 1)]
    public void A_crop_is_whole_pixels_and_at_least_one(string text, int left, int top, int width, int height)
    {
        Picture picture = new(10, 4, PictureMode.L, [.. Enumerable.Range(0, 40).Select(i => (byte)i)]);
        Picture part = PictureCrop.Parse(text).Of(picture);
        Assert.Equal((width, height), (part.Width, part.Height));
        Assert.Equal(Enumerable.Range(0, height).SelectMany(y =>
            Enumerable.Range(0, width).Select(x => (byte)(((top + y) * 10) + left + x))), part.Pixels);
    }

    [Theory]
    [InlineData("0,0,1")]
    [InlineData("0,0,0,1")]
    [InlineData("0.5,0,0.6,1")]
    [InlineData("-0.1,0,0.6,1")]
    [InlineData("0,0,NaN,1")]
    [InlineData("a,b,c,d")]
    public void What_is_no_part_of_a_picture_is_refused(string text) =>
        Assert.Contains(text, Assert.Throws<CirrusException>(() => PictureCrop.Parse(text)).Message, StringComparison.Ordinal);
}
