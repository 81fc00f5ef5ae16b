using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Cli;

public sealed class DuplicatesCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public DuplicatesCommandTests()
    {
        using GalleryWriter writer = GalleryWriter.Create(_folder.At(".cirrus"), _folder.Path,
            new("toy", "0123456789abcdef", null, 3, "openai 224", "exif"));
        writer.Commit(new() { Added = [Row("a.jpg", 1, 0, 0), Row("b.jpg", 0, 1, 0), Row("new/a.png", 1, 0.05f, 0), Row("c.jpg", 0, 0, 1)] });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Groups_are_printed_in_every_format()
    {
        Assert.Equal($"1\t1\t{_folder.At("a.jpg")}\n1\t3\t{_folder.At("new/a.png")}\n", await Run(ExitCode.Done, "--format", "tsv"));
        Assert.Equal($"{_folder.At("new/a.png")}\n", await Run(ExitCode.Done, "--format", "paths"));
        Assert.Equal("   640 x 480              9  a.jpg\n   640 x 480              9  new/a.png\n", await Run(ExitCode.Done));
        using JsonDocument json = JsonDocument.Parse(await Run(ExitCode.Done, "--format", "json"));
        Assert.Equal([1, 3], json.RootElement.GetProperty("groups")[0].EnumerateArray().Select(i => i.GetProperty("id").GetInt32()));
    }

    [Fact]
    public async Task Nothing_found_is_exit_code_3_and_mistakes_are_told()
    {
        Assert.Equal("", await Run(ExitCode.NothingFound, "--threshold", "0.9999"));
        Assert.Equal("", await Run(ExitCode.NothingFound, "--filter", "path:*.jpg"));
        await Run(ExitCode.Usage, "--threshold", "2");
        await Assert.ThrowsAsync<CirrusException>(() => Run(ExitCode.UserError, "--filter", "colour:red"));
    }

    private async Task<string> Run(int code, params string[] more)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(code, await Verbs.Invoke(["duplicates", _folder.Path, .. more], output, error));
        return output.ToString();
    }

    private static StoredRow Row(string path, params float[] feature) => StoredRow.Of(new(0, path, 9, 2, path, 640, 480), feature);
}
