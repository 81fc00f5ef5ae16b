using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryFolderTests
{
    // Kept as 16 bytes where it is one, to the letter in any case.
    [Theory, InlineData("00000000000000000000000000000000"), InlineData("0123456789abcdef0fedcba987654321"),
        InlineData("0123456789ABCDEF0fedcba987654321"), InlineData(""), InlineData("a"),
        InlineData("0123456789abcdef0fedcba98765432 "), InlineData("0123456789abcdef0fedcba987654321a")]
    public void A_hash_stays_what_it_is(string hash)
    {
        GalleryItem item = new(1, "a.jpg", 2, 3, hash, 4, 5);
        Assert.Equal((hash, hash), (item.Hash, (item with { Id = 2 }).Hash));
        Assert.Equal(item, new(1, "a.jpg", 2, 3, hash, 4, 5));
        Assert.NotEqual(item, item with { Hash = hash + "x" });
        byte[] line = System.Text.Encoding.UTF8.GetBytes(
            $$"""{"height":5,"other":[{"id":7}],"hash":"{{hash}}","id":1,"size":2,"path":"\u0061.jpg","modified":3,"width":4}""");
        Assert.Equal(item, ItemLine.Read(line));
        foreach (string wrong in new[] { "", "[]", "null", "{", "{}", """{"path":"a"}""", """{"path":"a","hash":"b"} x""", """{"path":"a","hash":"b","id":1.5}""", """{"path":"\ud800","hash":"b"}""", """{"path":1,"hash":"b"}""" })
            Assert.ThrowsAny<System.Text.Json.JsonException>(() => ItemLine.Read(System.Text.Encoding.UTF8.GetBytes(wrong)));
    }

    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif");

    [Fact]
    public void Search_equals_sorting_all_scores_with_ties_by_id()
    {
        using TempFolder folder = new();
        Philox random = new(5, 5);
        List<StoredRow> rows = [];
        using (GalleryWriter writer = GalleryWriter.Create(folder.At(".cirrus"), folder.Path, Space))
            for (int part = 0; part < 3; part++)
            {
                StoredRow[] some = [.. Enumerable.Range(0, 50).Select(i =>
                    StoredRow.Of(new(0, $"{part}-{i}", 1, 2, $"{part}-{i}", 640, 480), [.. Enumerable.Range(0, 4)
                    .Select(d => (float)(random.Integer((ulong)((((part * 50) + i) * 4) + d), 3) - 1) + (d == 3 ? 0.5f : 0))]))];
                rows.AddRange(some);
                writer.Commit(new() { Added = some });
            }
        using GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.All(gallery.Items.Zip(rows), r => Assert.True(gallery.Row(r.First.Id)!.Value.Span.SequenceEqual(r.Second.Unit.Span)));
        float[] query = [0.5f, 0.5f, 0.5f, 0.5f];
        long[] expected = [.. gallery.Items.OrderByDescending(i =>
            System.Numerics.Tensors.TensorPrimitives.Dot<float>(gallery.Row(i.Id)!.Value.Span, query))
            .ThenBy(i => i.Id).Take(20).Select(i => i.Id)];
        Assert.Equal(expected, gallery.Search(query, 20).Select(h => h.Item.Id));
        Assert.All(gallery.Search(query, 20, i => i.Path.StartsWith("1-", StringComparison.Ordinal)), h =>
            Assert.StartsWith("1-", h.Item.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Damage_is_told()
    {
        using TempFolder folder = new();
        using (GalleryWriter writer = GalleryWriter.Create(folder.At(".cirrus"), folder.Path, Space))
            writer.Commit(new() { Added = [StoredRow.Of(new(0, "a.jpg", 1, 2, "a", 640, 480), [3, 0, 0, 0])] });
        using (GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus")))
            Assert.Equal([3f, 0f, 0f, 0f], gallery.RawFeature(1)!);
        File.WriteAllText(Directory.GetFiles(folder.At(".cirrus"), "*.jsonl")[0], "{");
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"))).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.At(".cirrus"), "manifest.json"), "{\"format\":99,\"space\":null,\"segments\":[]}");
        Assert.Contains("format 99", Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At("nowhere")));
    }
}
