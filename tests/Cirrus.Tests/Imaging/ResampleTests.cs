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
    [InlineData(640, 480, 298, 224, 37, 0)]                           // methods: 1.6
    [InlineData(333, 500, 224, 336, 0, 56)]
    [InlineData(10, 13, 224, 291, 0, 34)]                             // (291 - 224) / 2 = 33.5 rounds to even
    [InlineData(224, 227, 224, 227, 0, 2)]
    public void The_crop_is_the_middle_of_the_shorter_side_at_224(int width, int height, int toWidth, int toHeight, int left, int top)
    {
        Picture p = new(width, height, PictureMode.Rgb, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 31 / 7))]);
        Picture resized = Resample.Bicubic(p, toWidth, toHeight), crop = new Preprocessing().Crop(p);
        Assert.Equal((224, 224), (crop.Width, crop.Height));
        for (int y = 0; y < 224; y += 17)
            Assert.True(crop.Pixels.AsSpan(y * 224 * 3, 224 * 3).SequenceEqual(resized.Pixels.AsSpan((((y + top) * toWidth) + left) * 3, 224 * 3)));
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
