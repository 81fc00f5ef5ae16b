using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

public sealed class RandomCropTests
{
    private static readonly Philox Source = new(11, 0);

    [Theory]
    [InlineData(640, 480)]
    [InlineData(480, 640)]
    [InlineData(224, 224)]
    [InlineData(64, 64)]
    public void A_window_has_nine_tenths_of_the_picture_or_more_and_is_inside(int width, int height)
    {
        List<(int Left, int Top, int Width, int Height)> windows = [.. Enumerable.Range(0, 500).Select(i =>
            RandomCrop.Window(width, height, Source.Fork((ulong)i)))];
        Assert.All(windows, w =>
        {
            Assert.InRange(w.Left, 0, width - w.Width);
            Assert.InRange(w.Top, 0, height - w.Height);
            double rounding = (w.Width + w.Height) / 2.0;    // half a pixel a side
            Assert.InRange((double)w.Width * w.Height, (0.9 * width * height) - rounding, width * height);
            Assert.InRange(w.Width / (double)w.Height, 0.75 * (1 - (1.0 / w.Width) - (1.0 / w.Height)),
                4 / 3.0 * (1 + (1.0 / w.Width) + (1.0 / w.Height)));
        });
        Assert.True(windows.Distinct().Count() > 20);
        Assert.Contains(windows, w => w.Left > 0 && w.Top > 0);
        Assert.Equal(windows[3], RandomCrop.Window(width, height, Source.Fork(3)));
    }

    [Theory]
    [InlineData(1000, 100, 433, 0, 133, 100)]
    [InlineData(100, 1000, 0, 433, 100, 133)]
    [InlineData(1, 1, 0, 0, 1, 1)]
    [InlineData(500, 1, 249, 0, 1, 1)]
    public void Where_no_window_fits_the_middle_is_taken(int width, int height, int left, int top, int w, int h) =>
        Assert.Equal((left, top, w, h), RandomCrop.Window(width, height, Source));

    [Fact]
    public void The_window_is_resized_to_a_square()
    {
        Picture picture = new(40, 30, PictureMode.Rgb, [.. Enumerable.Range(0, 40 * 30).SelectMany(i => new[] { (byte)(6 * (i % 40)), (byte)(8 * (i / 40)), (byte)9 })]);
        (int left, int top, int w, int h) = RandomCrop.Window(40, 30, Source);
        Picture crop = RandomCrop.Take(picture, 16, Source);
        Assert.Equal((16, 16), (crop.Width, crop.Height));
        byte[] corner = crop.Pixels[..3], last = crop.Pixels[^3..];
        Assert.Equal(6 * (left + (w / 32.0)), corner[0], 10.0);    // the middle of the first cell, give or take the filter at a border
        Assert.Equal(8 * (top + (h / 32.0)), corner[1], 10.0);
        Assert.Equal(6 * (left + w - 1 - (w / 32.0)), last[0], 10.0);
        Assert.Equal(9, last[2]);
    }

    [Fact]
    public void Preprocessing_takes_a_window_only_when_asked()
    {
        Picture picture = new(40, 30, PictureMode.Rgb, [.. Enumerable.Range(0, 40 * 30 * 3).Select(i => (byte)(i * 7 % 251))]);
        Preprocessing preprocessing = new(Size: 16);
        float[] plain = new float[3 * 256], window = new float[3 * 256], again = new float[3 * 256];
        preprocessing.Apply(picture, plain);
        preprocessing.Apply(picture, window, Source);
        preprocessing.Apply(picture, again, Source);
        Assert.Equal(window, again);
        Assert.NotEqual(plain, window);
        byte red = RandomCrop.Take(picture, 16, Source).Pixels[0];
        Assert.Equal(((red / 255f) - Preprocessing.Mean[0]) / Preprocessing.Deviation[0], window[0]);
    }
}
