using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Imaging;

/// <summary>The pictures that image libraries keep because they once broke something.</summary>
public sealed class AwkwardPictureTests
{
    // Read by Pillow and not by libvips: formats whose loaders it calls untrusted, and two PNGs that are broken in their data.
    private static readonly string[] Formats = ["BMP", "ICO", "JPEG2000", "PPM"];
    private static readonly string[] Broken = ["pillow/broken_data_stream.png", "pngsuite/xcsn0g01.png"];

    [Fact]
    public void Whatever_Pillow_opens_is_read_alike_or_refused_with_a_reason()
    {
        string folder = Shared.Need("data/awkward-images");
        int read = 0;
        foreach (string[] line in File.ReadLines(Path.Combine(folder, "manifest.tsv")).Skip(1).Select(l => l.Split('\t')))
        {
            (string file, string format, bool pillowReads) = (line[0], line[1], line[8] == "decodes");
            byte[] bytes = PictureInput.ReadBytes(new(Path.Combine(folder, file)));
            try
            {
                Picture p = ImageFile.Decode(bytes, file, Orientation.Stored, maxMegapixels: 20);
                Assert.Equal(p.Width * p.Height * Picture.Channels(p.Mode), p.Pixels.Length);
                Assert.True(!pillowReads || format is not ("PNG" or "JPEG") || Same(line, p),
                    $"{file}: {p.Width}x{p.Height} {p.Mode}, Pillow has {line[3]}x{line[4]} {line[2]}");
                read++;
            }
            catch (CirrusException e)
            {
                Assert.True(!pillowReads || Formats.Contains(format) || Broken.Contains(file), e.Message);
                Assert.StartsWith($"'{file}'", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }
        Assert.InRange(read, 250, 301);
    }

    private static bool Same(string[] line, Picture p) => $"{p.Width} {p.Height}" == $"{line[3]} {line[4]}" && p.Mode == line[2] switch
    {
        "1" => PictureMode.Bilevel,
        "L" => PictureMode.L,
        "LA" => PictureMode.LA,
        "P" => PictureMode.Palette,
        "RGB" => PictureMode.Rgb,
        "RGBA" => PictureMode.Rgba,
        "CMYK" => PictureMode.Cmyk,
        _ => PictureMode.Grey16,
    };
}
