using System.Text.RegularExpressions;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryCheckTests : IDisposable
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif");

    private readonly TempFolder _folder = new();

    public GalleryCheckTests()
    {
        using GalleryWriter gallery = GalleryWriter.Create(_folder.Path, _folder.Path, Space);
        for (int i = 0; i < 3; i++)
            gallery.Commit(new() { Added = [Row($"{i}a.jpg"), Row($"{i}b.jpg")] });
        gallery.Commit(new() { Updated = [gallery.Find(2)! with { Path = "moved.jpg" }], Gone = [1], Problems = [new("bad.jpg", 1, 2, "torn")] });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whole_gallery_is_whole()
    {
        GalleryCheck found = GalleryCheck.Run(_folder.Path);
        Assert.Equal((5, 3, 0, 0), (found.Pictures, found.Segments, found.Unchecked, found.Damage.Count));
    }

    // One bit in the middle, the second half gone, zeros as of a lost write, and no file: each file of the gallery, each way.
    [Theory, InlineData("bit"), InlineData("half"), InlineData("zeros"), InlineData("gone")]
    public void Damage_of_any_file_is_named_and_the_rest_can_be_kept(string way)
    {
        foreach (string path in Directory.GetFiles(_folder.Path).Where(f => Path.GetFileName(f) is not ("lock" or "manifest.json")))
        {
            using TempFolder copy = new();
            foreach (string file in Directory.GetFiles(_folder.Path))
                File.Copy(file, copy.At(Path.GetFileName(file)));
            string damaged = copy.At(Path.GetFileName(path));
            byte[] bytes = File.ReadAllBytes(damaged);
            if (way == "gone")
                File.Delete(damaged);
            else
                File.WriteAllBytes(damaged, way == "half"
                    ? bytes[..(bytes.Length / 2)]
                    : way == "zeros"
                    ? new byte[bytes.Length] : [.. bytes.Select((b, i) => i == bytes.Length / 2 ? (byte)(b ^ 1) : b)]);
            Assert.Contains(Path.GetFileName(path), GalleryCheck.Run(copy.Path).Damage.Select(d => d.File));
            GalleryCheck.Repair(copy.Path);
            Assert.Empty(GalleryCheck.Run(copy.Path).Damage);
            using GalleryFolder rest = GalleryFolder.Open(copy.Path);
            Assert.InRange(rest.Count, 3, 6);
        }
    }

    [Fact]
    public void A_damaged_manifest_is_an_error()
    {
        foreach (string content in new[] { "", "{", "null", "{\"format\":1}", "{\"format\":0}", "\0\0\0\0", """{"format":1,"space":{"p":4},"root":".","segments":[{"name":"../x","rows":1}],"nextId":1}""" })
        {
            File.WriteAllText(_folder.At("manifest.json"), content);
            Assert.Contains("damaged", Assert.Throws<CirrusException>(() => GalleryCheck.Run(_folder.Path)).Message, StringComparison.Ordinal);
            Assert.Throws<CirrusException>(() => GalleryWriter.Open(_folder.Path));
        }
        Assert.Equal(11, Directory.GetFiles(_folder.Path).Length);    // nothing is swept up that a manifest may yet name
    }

    // A version that was lower would give a new file the name of one that counts; a list that is not named would bring pictures back.
    [Fact]
    public void A_manifest_with_a_flipped_bit_is_refused_or_says_the_same()
    {
        byte[] whole = File.ReadAllBytes(_folder.At("manifest.json"));
        string[] before = Open();
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 7));
            File.WriteAllBytes(_folder.At("manifest.json"), damaged);
            try
            {
                Assert.Equal(before, Open());
            }
            catch (CirrusException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, whole.Length - 10, whole.Length);    // but in the name of the checksum's own field

        string[] Open()
        {
            using GalleryFolder gallery = GalleryFolder.Open(_folder.Path);
            return [$"{gallery.Version} {gallery.Root} {gallery.Space} {gallery.Problems.Count}", .. gallery.Items.Select(i => i.ToString())];
        }
    }

    [Fact]
    public void A_next_id_that_was_given_is_not_given_again()
    {
        string manifest = _folder.At("manifest.json"), text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, Regex.Replace(text, ",\"check\":\"[^\"]*\"", "").Replace("\"nextId\":7", "\"nextId\":6", StringComparison.Ordinal));
        Assert.Contains("next id", Assert.Throws<CirrusException>(() => GalleryWriter.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"nextId\":7", "\"nextId\":9223372036854775807", "out of range")]
    [InlineData("\"nextId\":7", "\"nextId\":0", "out of range")]
    [InlineData("\"version\":", "\"version\":-", "out of range")]
    [InlineData("\"nextId\":7", "\"nextId\":7,\"choice\":{\"exclude\":null}", "left out")]
    [InlineData("\"nextId\":7", "\"nextId\":7,\"choice\":{\"exclude\":[\"a\",null]}", "left out")]
    public void A_manifest_that_cannot_be_is_refused(string was, string given, string said)
    {
        string manifest = _folder.At("manifest.json"), text = File.ReadAllText(manifest);
        Assert.Contains(was, text, StringComparison.Ordinal);
        File.WriteAllText(manifest, Regex.Replace(text, ",\"check\":\"[^\"]*\"", "").Replace(was, given, StringComparison.Ordinal));
        Assert.Contains(said, Assert.Throws<CirrusException>(() => GalleryWriter.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static StoredRow Row(string path) => StoredRow.Of(new(0, path, 1, 2, path, 640, 480), [1, 2, 3, path[0]]);
}
