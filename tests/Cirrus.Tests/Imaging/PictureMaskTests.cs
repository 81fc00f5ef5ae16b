using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

public sealed class PictureMaskTests
{
    [Fact]
    public void Four_numbers_are_a_rectangle_and_all_else_is_a_file()
    {
        Assert.Equal(new PictureMask(null, (1, 2, 30, 40)), PictureMask.Parse("1,2,30,40"));
        foreach (string file in new[] { "mask.png", "1,2,3", "1,2,3,-4", "1,2,3,4,5" })
            Assert.Equal(new PictureMask(file), PictureMask.Parse(file));
    }

    [Fact]
    public void A_rectangle_ends_with_the_picture_and_must_cover_some_of_it()
    {
        Picture over = new PictureMask(null, (2, 1, int.MaxValue, 1)).Over(4, 3, (_, _) => throw new InvalidOperationException());
        Assert.Equal([.. Enumerable.Range(0, 36).Select(i => i is >= 18 and < 24 ? (byte)255 : (byte)0)], over.Pixels);
        Assert.Throws<CirrusException>(() => PictureMask.Parse("4,0,1,1").Over(4, 3, (_, _) => throw new InvalidOperationException()));
        Assert.Throws<CirrusException>(() => PictureMask.Parse("0,0,0,1").Over(4, 3, (_, _) => throw new InvalidOperationException()));
    }

    [Fact]
    public void A_picture_loses_its_masked_part_as_it_is_cropped()
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder.At("p.jpg"), ImageFile.EncodeJpeg(new(40, 20, PictureMode.Rgb, [.. Enumerable.Repeat((byte)200, 2400)])));
        byte[] white = new byte[10 * 5 * 3];                     // another size; its right half is white
        for (int i = 0; i < white.Length; i++)
            white[i] = i / 3 % 10 >= 5 ? (byte)255 : (byte)0;
        File.WriteAllBytes(folder.At("m.jpg"), ImageFile.EncodeJpeg(new(10, 5, PictureMode.Rgb, white), 100));
        PictureInput input = new(new(Size: 10), Orientation.Stored);
        foreach (string mask in new[] { folder.At("m.jpg"), "20,0,20,20" })
        {
            (float[] pixels, float[] over) = input.ReadMasked(folder.At("p.jpg"), PictureMask.Parse(mask));
            Assert.Equal([.. Enumerable.Range(0, 100).Select(i => i % 10 >= 5 ? 1f : 0)], over);
            float[] whole = input.Read(folder.At("p.jpg"));
            Assert.Equal([.. whole.Select((v, i) => i % 10 >= 5 ? 0 : v)], pixels);
        }
    }
}
