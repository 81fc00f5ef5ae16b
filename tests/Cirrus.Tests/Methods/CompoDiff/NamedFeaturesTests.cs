using System.IO.Compression;
using System.Text;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class NamedFeaturesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pictures_are_found_by_path_end_of_path_and_name_and_others_are_not_kept()
    {
        string[] names = ["a", "train/b.jpg", "./photos/c.jpg", "/d/e.jpg", "c.jpg", "gone"];
        NamedFeatures found = NamedFeatures.Read([Write("f.jsonl", """
            {"image": "photos/a.jpg", "vector": [3, 4]}
            {"image": "photos\\train\\b.jpg", "vector": [1, 2.5]}
            {"image": "photos/other.jpg", "vector": [9, 9]}
            {"image": "photos/c.jpg", "vector": [5, 6]}
            {"image": "/d/e.jpg", "vector": [7, 8]}
            """)], names, 2);
        Assert.Equal([[3, 4], [1, 2.5f], [5, 6], [7, 8]], found.Rows);
        Assert.Equal([0, 1, 2, 3, 2], names.Where(found.Places.ContainsKey).Select(n => found.Places[n]));
        Assert.Equal("f.jsonl: 4 features", Assert.Single(found.Notes));
        Assert.Throws<CirrusException>(() => found.Pictures.Read(0));
    }

    [Fact]
    public void Lines_that_give_no_feature_are_told()
    {
        NamedFeatures found = NamedFeatures.Read([Write("f.jsonl", """
            {"image": "a.jpg", "vector": [3, 4]}
            {"image": "a.jpg", "vector": [3, 5]}
            {"image": "b.jpg", "vector": [3, 1e999]}
            {"image": "c.jpg", "vector": [3, "4"]}
            {"text": "a", "vector": [3, 4]}
            {"image": "d.jpg"}
            nonsense
            """)], ["a", "b", "c", "d"], 2);
        Assert.Equal(["a"], found.Places.Keys);
        Assert.Equal(
            "f.jsonl: 1 features; 6 lines left out: 1 of a picture told before (line 2), 2 with something else than finite numbers (lines 3, 4), "
            + "2 without image or vector (lines 5, 6), 1 not JSON (line 7)", Assert.Single(found.Notes));
    }

    [Fact]
    public void Other_models_scaled_features_and_names_of_two_are_refused()
    {
        CirrusException other = Assert.Throws<CirrusException>(() =>
            NamedFeatures.Read([Write("f.jsonl", """{"image": "a", "vector": [1, 2, 3]}""")], ["b"], 2));
        Assert.Contains("3 numbers (line 1); the model's pictures have 2", other.Message, StringComparison.Ordinal);
        CirrusException scaled = Assert.Throws<CirrusException>(() =>
            NamedFeatures.Read([Write("f.jsonl", """{"image": "a", "vector": [0.6, 0.8]}""")], ["a"], 2));
        Assert.Contains("--raw", scaled.Hint, StringComparison.Ordinal);
        string two = Write("f.jsonl", """
            {"image": "x/a.jpg", "vector": [1, 2]}
            {"image": "y/a.jpg", "vector": [1, 3]}
            """);
        Assert.Contains("could be 'x/a.jpg' or 'y/a.jpg'",
            Assert.Throws<CirrusException>(() => NamedFeatures.Read([two], ["a"], 2)).Message, StringComparison.Ordinal);
        Assert.Equal(2, NamedFeatures.Read([two], ["y/a", "x/a.jpg"], 2).Rows.Count);
        Assert.Throws<CirrusException>(() => NamedFeatures.Read([_folder.At("none")], ["a"], 2));
    }

    [Fact]
    public void The_fingerprint_is_that_of_names_and_numbers()
    {
        string path = Write("f.jsonl", """{"image": "a", "vector": [1, 2]}"""), packed = _folder.At("g.jsonl.gz");
        using (GZipStream gz = new(File.Create(packed), CompressionLevel.Fastest))
            gz.Write(Encoding.UTF8.GetBytes("""{"image": "a", "vector": [1.0, 2e0]}"""));
        string before = Of(path);
        Assert.Equal(before, Of(packed));
        Assert.NotEqual(before, Of(Write("f.jsonl", """{"image": "a", "vector": [1, 3]}""")));

        static string Of(string file) => NamedFeatures.Read([file], ["a"], 2).Pictures.Fingerprint;
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.At(name), text);
        return _folder.At(name);
    }
}
