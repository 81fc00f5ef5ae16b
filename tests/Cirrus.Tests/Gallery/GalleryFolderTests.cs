using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryFolderTests
{
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
                StoredRow[] some = [.. Enumerable.Range(0, 50).Select(i => StoredRow.Of(new(0, $"{part}-{i}", 1, 2, $"{part}-{i}", 640, 480), [.. Enumerable.Range(0, 4)
                    .Select(d => (float)(random.Integer((ulong)((((part * 50) + i) * 4) + d), 3) - 1) + (d == 3 ? 0.5f : 0))]))];
                rows.AddRange(some);
                writer.Commit(new() { Added = some });
            }
        using GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.All(gallery.Items.Zip(rows), r => Assert.True(gallery.Row(r.First.Id)!.Value.Span.SequenceEqual(r.Second.Unit.Span)));
        float[] query = [0.5f, 0.5f, 0.5f, 0.5f];
        long[] expected = [.. gallery.Items.OrderByDescending(i => System.Numerics.Tensors.TensorPrimitives.Dot<float>(gallery.Row(i.Id)!.Value.Span, query))
            .ThenBy(i => i.Id).Take(20).Select(i => i.Id)];
        Assert.Equal(expected, gallery.Search(query, 20).Select(h => h.Item.Id));
        Assert.All(gallery.Search(query, 20, i => i.Path.StartsWith("1-", StringComparison.Ordinal)), h => Assert.StartsWith("1-", h.Item.Path, StringComparison.Ordinal));
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
        Assert.Contains("format 99", Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"))).Message, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At("nowhere")));
    }
}
