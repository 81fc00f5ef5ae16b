using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class BenchmarkPicturesTests : IDisposable
{
    private const int Side = 8;
    private static readonly Preprocessing Four = new(Size: 4);
    private readonly TempFolder _folder = new();

    public BenchmarkPicturesTests() => File.WriteAllBytes(_folder.At("p.jpg"), Png.Encode(Whole.Pixels, Side));

    private static Picture Whole { get; } = new(Side, Side, PictureMode.Rgb,
        [.. Enumerable.Range(0, Side * Side * 3).Select(i => (byte)((i * 37) % 251))]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_box_is_shown_as_its_lopsided_crop()
    {
        float[] expected = Pixels(LopsidedCrop.Take(Whole, 3, 2, 4, 3));
        Assert.Equal(expected, Read(new BoxView(3, 2, 4, 3)));
        Assert.NotEqual(Pixels(Whole), expected);
    }

    [Fact]
    public void An_object_is_shown_on_white_cut_by_its_box_and_squashed()
    {
        bool[] inside = MaskRaster.Polygons([[2, 2, 7, 2, 7, 5, 2, 5]], Side, Side);
        Picture cut = Preprocessing.Cut(MaskRaster.WhiteOutside(Whole, inside), 1, 2, 6, 2);
        float[] expected = Pixels(Resample.Bicubic(cut, 4, 4));
        Assert.Equal(expected, Read(new ObjectView(1.9, 2.2, 7.9, 4.99, new(1, Side, Side, [[2, 2, 7, 2, 7, 5, 2, 5]], null))));
        int[] runs = [18, 3, 5, 3, 5, 3, 5, 3, 5, 3, 11];
        Assert.Equal(expected, Read(new ObjectView(1.9, 2.2, 7.9, 4.99, new(1, Side, Side, [], runs))));
        Assert.Equal(Pixels(Resample.Bicubic(Preprocessing.Cut(Whole, 1, 2, 6, 2), 4, 4)), Read(new ObjectView(1.9, 2.2, 7.9, 4.99, null)));
    }

    [Fact]
    public void A_box_thinner_than_a_pixel_keeps_one() =>
        Assert.Equal(Pixels(Resample.Bicubic(Preprocessing.Cut(Whole, 3, 3, 1, 1), 4, 4)), Read(new ObjectView(3.1, 3.2, 3.9, 3.8, null)));

    [Fact]
    public void Errors_name_the_picture_of_the_benchmark()
    {
        Fails(new BoxView(20, 0, 3, 3), "leaves no pixel of a picture of 8 × 8");
        Fails(new ObjectView(0, 0, 9, 4, null), "reaches out of a picture of 8 × 8");
        Fails(new ObjectView(0, 0, 4, 4, new(1, 9, 8, [[0, 0, 4, 0, 4, 4]], null)), "its annotation 9 × 8");

        void Fails(PictureView view, string message)
        {
            CirrusException error = Assert.Throws<CirrusException>(() => Read(view));
            Assert.StartsWith("vg/7 a box: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    private float[] Read(PictureView? view) => BenchmarkPictures.Read(new("vg/7 a box", [_folder.At("p.jpg")], view), Four);

    private static float[] Pixels(Picture seen)
    {
        float[] pixels = new float[3 * 4 * 4];
        Four.Apply(seen, pixels);
        return pixels;
    }
}
