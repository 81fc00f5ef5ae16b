using Cirrus.Imaging;
using Cirrus.Playground;

namespace Cirrus.Tests.Imaging;

public sealed class PicturePreviewTests
{
    [Fact]
    public void A_preview_keeps_the_colours_and_the_aspect()
    {
        byte[] pixels = new byte[64 * 64 * 3];
        for (int i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (220, 40, 90);
        Picture small = ImageFile.Decode(PicturePreview.Make(Png.Encode(pixels, 64), "pink.png", 32), "small.jpg");
        Assert.Equal((32, 32, PictureMode.Rgb), (small.Width, small.Height, small.Mode));
        // JPEG at quality 82 keeps an even colour within a few of 256 steps
        Assert.InRange(small.Pixels[0], 210, 230);
        Assert.InRange(small.Pixels[1], 30, 50);
        Assert.InRange(small.Pixels[2], 80, 100);
    }
}
