using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class TripletFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_and_the_arrays_of_FashionIQ_and_CIRR_are_read()
    {
        string lines = Write("a.jsonl", """
            {"reference": "a.jpg", "target": "b/c.png", "caption": "is red"}

            {"reference": 12, "target": 13, "captions": ["is red", "has dots"]}
            """);
        string fashion = Write("cap.dress.train.json", """[{"target": "B008", "candidate": "B003", "captions": ["is shiny", "fades"]}]""");
        string cirr = Write("cap.rc2.train.json",
            """[{"pairid": 12, "reference": "train-1-0-img1", "target_hard": "train-2-1-img0", "target_soft": {"x": 1.0}, "caption": "two dogs", "img_set": {"id": 4}}]""");
        (IReadOnlyList<NamedTriplet> triplets, IReadOnlyList<TripletFileReport> reports) = TripletFiles.Read([lines, fashion, cirr]);
        Assert.Equal(["a.jpg|is red|b/c.png", "12|is red+has dots|13", "B003|is shiny+fades|B008", "train-1-0-img1|two dogs|train-2-1-img0"],
            triplets.Select(t => $"{t.Reference}|{string.Join('+', t.Captions)}|{t.Target}"));
        Assert.Equal([2, 1, 1], reports.Select(r => r.Triplets));
        Assert.Equal("a.jsonl: 2 triplets", reports[0].ToString());
    }

    [Fact]
    public void A_packed_array_is_read()
    {
        string path = _folder.At("a.json.gz");
        using (GZipStream gz = new(File.Create(path), CompressionLevel.Fastest))
            gz.Write(Encoding.UTF8.GetBytes("""  [{"reference": "a", "target": "b", "caption": "c"}]"""));
        Assert.Single(TripletFiles.Read([path]).Triplets);
    }

    [Fact]
    public void What_is_no_triplet_is_counted_by_reason()
    {
        string path = Write("a.jsonl", """
            {"reference": "a", "target": "b", "caption": "c"}
            nonsense
            {"reference": "a", "target": "b"}
            {"reference": "a", "target": "b", "caption": " "}
            {"reference": "a", "target": "b", "caption": "\uD800"}
            ["a"]
            """);
        (IReadOnlyList<NamedTriplet> triplets, IReadOnlyList<TripletFileReport> reports) = TripletFiles.Read([path]);
        Assert.Single(triplets);
        Assert.Equal(
            "a.jsonl: 1 triplets; 5 entries left out: 1 not JSON (line 2), 4 without reference, target or caption (lines 3, 4, 5, ...)",
                reports[0].ToString());
    }

    [Fact]
    public void Missing_and_damaged_files_are_told()
    {
        Assert.Throws<CirrusException>(() => TripletFiles.Read([_folder.At("none.json")]));
        Assert.Contains("damaged", Assert.Throws<CirrusException>(
            () => TripletFiles.Read([Write("half.json", """[{"reference": "a", """)])).Message, StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => TripletFiles.Read([Write("no.json.gz", "plain")]))
            .Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.At(name), text);
        return _folder.At(name);
    }
}
