using System.IO.Compression;
using System.Text;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class DiffusionFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_form_of_a_line_is_read()
    {
        (IReadOnlyList<NamedExample> examples, IReadOnlyList<DiffusionFileReport> reports) = DiffusionFiles.Read([Write("a.jsonl", """
            {"picture": "a.jpg", "caption": "a red star"}
            {"picture": 7, "captions": ["one", "two"]}

            {"picture": "a.jpg", "caption": "a star", "mask": "a-mask.png"}
            {"picture": "a.jpg", "caption": "a star", "mask": [1, 2, 30, 40], "size": [50, 60], "hidden": "a-rest.jpg"}
            {"reference": "a.jpg", "caption": "make it blue", "target": "b.jpg", "back": "make it red"}
            {"candidate": "B1", "captions": ["Is shiny.", "Has dots"], "target_hard": "B2", "back": null}
            """)]);
        Assert.Equal(
        [
            new("a red star", "a.jpg"),
            new("one", "7"),
            new("two", "7"),
            new("a star", "a.jpg", Mask: new("a-mask.png")),
            new("a star", "a.jpg", Mask: new(null, (1, 2, 30, 40), (50, 60)), Hidden: "a-rest.jpg"),
            new("make it blue", "b.jpg", "a.jpg"),
            new("make it red", "a.jpg", "b.jpg"),
            new("Is shiny and Has dots", "B2", "B1"),
        ], examples);
        Assert.Equal("a.jsonl: 3 captions, 2 hidden parts, 3 triplets", reports[0].ToString());
    }

    [Fact]
    public void A_packed_file_and_an_array_are_read()
    {
        string path = _folder.At("a.jsonl.gz");
        using (GZipStream gz = new(File.Create(path), CompressionLevel.Fastest))
            gz.Write(Encoding.UTF8.GetBytes("""{"picture": "a", "caption": "b"}"""));
        string array = Write("b.json", """[{"picture": "a", "caption": "b"}, {"reference": "a", "target": "b", "caption": "c"}]""");
        Assert.Equal(3, DiffusionFiles.Read([path, array]).Examples.Count);
    }

    [Fact]
    public void What_is_no_example_is_counted_by_reason()
    {
        (IReadOnlyList<NamedExample> examples, IReadOnlyList<DiffusionFileReport> reports) = DiffusionFiles.Read([Write("a.jsonl", """
            nonsense
            "text"
            {"picture": "a"}
            {"picture": "a", "caption": " "}
            {"caption": "a"}
            {"reference": "a", "caption": "b"}
            {"picture": "a", "target": "b", "caption": "c"}
            {"reference": "a", "target": "b", "caption": "c", "mask": "m"}
            {"reference": "a", "target": "b", "caption": "c", "back": 3}
            """)]);
        Assert.Empty(examples);
        Assert.Equal(
            "a.jsonl: 0 captions, 0 hidden parts, 0 triplets; 9 entries left out: 1 not JSON (line 1), 1 no object (line 2), 2 without caption (lines 3, 4), "
            + "3 without either picture or reference and target (lines 5, 6, 7), 1 with a mask in a triplet (line 8), 1 with a "
            + "back that is no text (line 9)",
        reports[0].ToString());
    }

    [Theory]
    [InlineData("true")]
    [InlineData("\" \"")]
    [InlineData("[1, 2, 3]")]
    [InlineData("[1, 2, 3, -4]")]
    [InlineData("[1, 2, 3, 0.5]")]
    [InlineData("[1, 2, 3, 99999999999]")]
    [InlineData("[1, 2, 0, 4]")]
    [InlineData("[1, 2, 3, 4], \"size\": [1, 9]")]
    [InlineData("[1, 2, 3, 4], \"size\": [65536, 9]")]
    [InlineData("[1, 2, 3, 4], \"size\": [60000, 60000]")]
    [InlineData("[1, 0, 3, 4], \"size\": [60000, 1]")]
    [InlineData("[1, 2, 3, 4], \"size\": 9")]
    public void A_mask_that_no_picture_has_is_told(string mask)
    {
        (IReadOnlyList<NamedExample> examples, IReadOnlyList<DiffusionFileReport> reports) = DiffusionFiles
            .Read([Write("a.jsonl", $$"""{"picture": "a", "caption": "b", "mask": {{mask}}}""")]);
        Assert.Empty(examples);
        Assert.StartsWith("with a mask that is neither", Assert.Single(reports[0].Bad).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_damaged_files_are_told()
    {
        Assert.Contains("picture", Assert.Throws<CirrusException>(() => DiffusionFiles.Read([_folder.At("none.jsonl")])).Hint,
            StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => DiffusionFiles.Read([Write("a.jsonl.gz", "plain")]))
            .Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.At(name), text);
        return _folder.At(name);
    }
}
