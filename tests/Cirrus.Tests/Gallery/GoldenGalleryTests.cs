using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

/// <summary>Galleries as they were written once (golden/make_format_1.py, not Cirrus): every later Cirrus opens them and answers the same.</summary>
public sealed class GoldenGalleryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("format-1", 3, 0, "0/2"), InlineData("format-1-rows", 3, 0, "0/2"), InlineData("format-1-first", 0, 7, null)]
    public void It_opens_and_answers_as_it_always_did(string name, int version, int withoutChecksum, string? shard)
    {
        string place = Copy(name);
        Look(place, version);
        GalleryCheck check = GalleryCheck.Run(place);
        Assert.Equal((4, 2, withoutChecksum, 0), (check.Pictures, check.Segments, check.Unchecked, check.Damage.Count));
        using (GalleryWriter writer = GalleryWriter.Open(place))
        {
            Assert.Equal((shard, 6L), (writer.Shard, writer.Commit(new() { Added = [StoredRow.Of(new(0, "new.jpg", 1, 2, "x", 3, 4), [-1, 0, 0, 0])] })[0]));
            writer.Compact();
        }
        Look(place, version + 2, added: 1);
        Assert.Equal((0, 0), (GalleryCheck.Run(place).Unchecked, GalleryCheck.Run(place).Damage.Count));
    }

    [Fact]
    public void A_newer_format_is_a_clear_error_and_nothing_is_touched()
    {
        string place = Copy("format-1"), manifest = Path.Combine(place, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal));
        foreach (Action open in new Action[] { () => GalleryFolder.Open(place), () => GalleryWriter.Open(place), () => GalleryCheck.Repair(place) })
        {
            CirrusException e = Assert.Throws<CirrusException>(open);
            Assert.Contains("has format 2; this cirrus knows up to 1", e.Message, StringComparison.Ordinal);
            Assert.Equal("use a newer cirrus", e.Hint);
        }
        Assert.Equal(8, Directory.GetFiles(place).Count(f => Path.GetFileName(f) != "lock"));
    }

    private void Look(string place, long version, int added = 0)
    {
        using GalleryFolder gallery = GalleryFolder.Open(place);
        Assert.Equal((version, _folder.Path, "toy", 4 + added), (gallery.Version, gallery.Root, gallery.Space.Model, gallery.Count));
        Assert.Equal([(1, "a.jpg"), (2, "inner/b.jpg"), (4, "holiday/d ü.jpg"), (5, "holiday/e.jpg")],
            gallery.Items.Take(4).Select(i => (i.Id, i.Path)));
        Assert.Equal((1001L, 638000000000000001L, 32, 640, 480),
            (gallery.Items.First().Size, gallery.Items.First().Modified, gallery.Items.First().Hash.Length,
                gallery.Items.First().Width, gallery.Items.First().Height));
        Assert.StartsWith("'broken.jpg'", Assert.Single(gallery.Problems).Reason, StringComparison.Ordinal);
        Assert.Equal([1.75f, 1.75f, 1.75f, 1.75f], gallery.RawFeature(2)!);
        Assert.Equal([(1, 1f), (2, 0.5f), (4, 0f), (5, 0f)], gallery.Search(new float[] { 1, 0, 0, 0 }, 4).Select(h => (h.Item.Id, h.Score)));
        Assert.Equal([(2, 0.5f), (1, 0f)], gallery.Search(new float[] { 0, 1, 0, 0 }, 2).Select(h => (h.Item.Id, h.Score)));
    }

    private string Copy(string name)
    {
        string from = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Gallery", "golden", name), to = _folder.At(name);
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }
}
