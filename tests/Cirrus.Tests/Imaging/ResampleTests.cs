using System.Text.Json;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

/// <summary>Every mode against Pillow 9.4 (golden/make_resample.py). No tolerance: the arithmetic is the same.</summary>
public sealed class ResampleTests
{
    public static TheoryData<string> Modes => ["L", "LA", "RGB", "RGBA", "CMYK", "P", "1", "I"];

    [Theory, MemberData(nameof(Modes))]
    public void Resized_as_by_Pillow(string mode)
    {
        JsonElement item = Case(mode);
        foreach (JsonElement resized in item.GetProperty("resized").EnumerateArray())
        {
            (int width, int height) = (resized.GetProperty("width").GetInt32(), resized.GetProperty("height").GetInt32());
            Assert.Equal(Hex(resized), Convert.ToHexStringLower(Resample.Bicubic(Read(item), width, height).Pixels));
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void Converted_as_by_Pillow(string mode) => Assert.Equal(Case(mode).GetProperty("rgb").GetString(), Convert.ToHexStringLower(Read(Case(mode)).ToRgb().Pixels));

    [Theory]
    [InlineData(640, 480, 298, 224, 37, 0, 0)]                        // methods: 1.6
    [InlineData(333, 500, 224, 336, 0, 56, 56)]
    [InlineData(10, 13, 224, 291, 0, 34, 33)]                         // (291 - 224) / 2 = 33.5: torchvision rounds to even, Hugging Face cuts off
    [InlineData(224, 227, 224, 227, 0, 2, 1)]
    public void The_crop_is_the_middle_of_the_shorter_side_at_224(int width, int height, int toWidth, int toHeight, int left, int top, int huggingFaceTop)
    {
        Picture p = new(width, height, PictureMode.Rgb, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 31 / 7))]), resized = Resample.Bicubic(p, toWidth, toHeight);
        Shows(new Preprocessing().Crop(p), top);
        Shows(new Preprocessing(PreprocessingFamily.HuggingFace).Crop(p), huggingFaceTop);

        void Shows(Picture crop, int from)
        {
            Assert.Equal((224, 224), (crop.Width, crop.Height));
            for (int y = 0; y < 224; y += 17)
                Assert.True(crop.Pixels.AsSpan(y * 224 * 3, 224 * 3).SequenceEqual(resized.Pixels.AsSpan((((y + from) * toWidth) + left) * 3, 224 * 3)));
        }
    }

    // Sizes at which nothing is resized, so that bars of zeros are seen as they are: methods 1.6.
    [Theory]
    [InlineData("target", 640, 480, 512, 0, 16)]
    [InlineData("target", 640, 427, 511, 0, 42)]
    [InlineData("target", 300, 600, 480, 90, 0)]
    [InlineData("target", 500, 400, 400, 0, 0)]                       // 1.25 is padded by nothing
    [InlineData("target", 499, 400, 400, 0, 0)]
    [InlineData("square", 60, 20, 60, 0, 20)]
    [InlineData("square", 21, 60, 59, 19, 0)]                         // (60 - 21) / 2 = 19.5 is cut off, as are 43.5 and 42.5
    [InlineData("target", 425, 640, 511, 43, 0)]
    public void Bars_of_zeros_are_as_wide_as_published(string padding, int width, int height, int size, int sides, int ends)
    {
        Picture white = new(width, height, PictureMode.Rgb, [.. Enumerable.Repeat((byte)255, width * height * 3)]);
        Picture crop = Preprocessing.Parse($"openai {size} {padding}").Crop(white);
        Assert.All(crop.Pixels, p => Assert.True(p is 0 or 255, "it was resized"));
        int middle = size / 2;
        Assert.Equal((sides, sides), (Enumerable.Range(0, size).TakeWhile(x => At(x, middle) == 0).Count(), Enumerable.Range(0, size).TakeWhile(x => At(size - 1 - x, middle) == 0).Count()));
        Assert.Equal((ends, ends), (Enumerable.Range(0, size).TakeWhile(y => At(middle, y) == 0).Count(), Enumerable.Range(0, size).TakeWhile(y => At(middle, size - 1 - y) == 0).Count()));

        byte At(int x, int y) => crop.Pixels[((y * size) + x) * 3];
    }

    // OpenAI's transform pads and resizes in the picture's own mode, Hugging Face's converts to RGB first.
    [Fact]
    public void The_order_of_conversion_is_the_familys()
    {
        Picture palette = Read(Case("P")), see = Read(Case("RGBA"));                                  // 9 x 11, so 18 x 22
        Assert.Equal(Middle(Resample.Nearest(palette, 18, 22)), Preprocessing.Parse("openai 18").Crop(palette).Pixels);
        Assert.Equal(Middle(Resample.Bicubic(palette.ToRgb(), 18, 22)), Preprocessing.Parse("huggingface 18").Crop(palette).Pixels);
        Assert.Equal(Middle(Resample.Bicubic(see, 18, 22).ToRgb()), Preprocessing.Parse("openai 18").Crop(see).Pixels);
        Assert.Equal(Middle(Resample.Bicubic(see.ToRgb(), 18, 22)), Preprocessing.Parse("huggingface 18").Crop(see).Pixels);
        Assert.NotEqual(Preprocessing.Parse("openai 18").Crop(see).Pixels, Preprocessing.Parse("huggingface 18").Crop(see).Pixels);
        Picture tall = new(2, 8, PictureMode.Palette, [.. Enumerable.Repeat((byte)200, 2 * 8 * 3)]) { Zero = (7, 8, 9) };
        Assert.Equal([7, 8, 9], Preprocessing.Parse("openai 8 square").Crop(tall).Pixels[..3]);       // zero is the palette's first colour
        Assert.Equal([0, 0, 0], Preprocessing.Parse("huggingface 8 square").Crop(tall).Pixels[..3]);

        static byte[] Middle(Picture resized) => Preprocessing.Cut(resized, 0, 2, 18, 18).Pixels;
    }

    [Theory]
    [InlineData("openai 224")]
    [InlineData("huggingface 336 target")]
    [InlineData("openai 64 square")]
    public void A_preprocessing_is_read_as_it_is_written(string text) => Assert.Equal(text, Preprocessing.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("openai")]
    [InlineData("openai 0")]
    [InlineData("siglip 224")]
    public void Another_preprocessing_is_an_error(string text) => Assert.Throws<CirrusException>(() => Preprocessing.Parse(text));

    private static Picture Read(JsonElement item) => new(item.GetProperty("width").GetInt32(), item.GetProperty("height").GetInt32(), item.GetProperty("mode").GetString() switch
    {
        "L" => PictureMode.L,
        "LA" => PictureMode.LA,
        "RGB" => PictureMode.Rgb,
        "RGBA" => PictureMode.Rgba,
        "CMYK" => PictureMode.Cmyk,
        "P" => PictureMode.Palette,
        "1" => PictureMode.Bilevel,
        _ => PictureMode.Grey16,
    }, Convert.FromHexString(Hex(item)));

    private static string Hex(JsonElement item) => item.GetProperty("pixels").GetString()!;

    private static JsonElement Case(string mode)
    {
        string file = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Imaging", "golden", "resample.json");
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(file));
        return cases.RootElement.EnumerateArray().First(c => c.GetProperty("mode").GetString() == mode).Clone();
    }
}
