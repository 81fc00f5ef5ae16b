using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server;
using Cirrus.Server.Galleries;
using Cirrus.Tests.Imaging;

namespace Cirrus.Tests.Server;

public sealed class ThumbnailsTests
{
    // Two galleries of the same pictures, of which one reads them as the camera says and one as the file has them.
    [Fact]
    public async Task A_picture_that_two_galleries_turn_differently_has_two_thumbnails()
    {
        using TempFolder folder = new();
        byte[] wide = ImageFile.EncodeJpeg(new(48, 32, PictureMode.Rgb, new byte[48 * 32 * 3]));
        await File.WriteAllBytesAsync(folder.At("a.jpg"), ImageFileTests.WithOrientation(wide, 6), TestContext.Current.CancellationToken);
        FileInfo file = new(folder.At("a.jpg"));
        GalleryItem item = new(1, "a.jpg", file.Length, file.LastWriteTimeUtc.Ticks, "0123456789abcdef0123456789abcdef", 48, 32);
        using Thumbnails thumbnails = new(new ServerOptions());
        foreach ((Orientation turned, int width, int height) in new[] { (Orientation.Exif, 32, 48), (Orientation.Stored, 48, 32), (Orientation.Exif, 32, 48) })
        {
            byte[] small = await thumbnails.Get(item, file, 80, turned, TestContext.Current.CancellationToken);
            Picture seen = ImageFile.Decode(small, "thumbnail", Orientation.Stored);
            Assert.Equal((width, height), (seen.Width, seen.Height));
        }
        Assert.NotEqual(Thumbnails.Tag(item, file, 80, Orientation.Exif), Thumbnails.Tag(item, file, 80, Orientation.Stored));
    }
}
