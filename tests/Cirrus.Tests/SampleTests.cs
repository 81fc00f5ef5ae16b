using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Playground;

namespace Cirrus.Tests;

/// <summary>The program in README is the one in samples, and it runs.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void README_shows_the_sample_as_it_is_compiled()
    {
        string readme = File.ReadAllText(Path.Combine(Shared.Repository, "README.md"));
        string program = File.ReadAllText(Path.Combine(Shared.Repository, "samples", "Search", "Program.cs"));
        Assert.Contains($"```csharp\n{program}```\n", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sample_searches_a_drawn_gallery()
    {
        DemoGallery drawn = DemoGallery.Make(70);
        for (int i = 0; i < 20; i++)
            File.WriteAllBytes(_folder.At(drawn.Names[i]), Png.Encode(drawn.Picture(i, 64), 64));
        using (Cirrus.Tensors.Device device = Cirrus.Tensors.Device.Open("cpu"))
        using (Cirrus.Clip.ClipModel clip = PlaygroundClip.Load(device))
        using (GalleryWriter gallery = GalleryWriter.Create(_folder.At(GalleryFolder.Name), _folder.At(""),
            new(clip.Config.Name, clip.Fingerprint, null, clip.Config.P, clip.Preprocessing.ToString(), nameof(Orientation.Exif).ToLowerInvariant())))
            new Indexer(gallery, clip, new([])).Run(null, TestContext.Current.CancellationToken);
        string output = await ProgramRun.OutputOf("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cirrus.Samples.Search.dll"),
            _folder.At(""), _folder.At(drawn.Names[3]), "is red"]);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.StartsWith("slerp: is red", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("1. ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("5 more of 19 pictures", lines[6], StringComparison.Ordinal);
    }
}
