using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryFolderTests
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif");

    [Fact]
    public void What_was_added_is_found_again_after_opening()
    {
        using TempFolder folder = new();
        using (GalleryFolder gallery = Make(folder))
            gallery.Append([Item("a.jpg", 3, 0, 0, 0), Item("b.jpg", 0, 2, 0, 0)]);
        using GalleryFolder again = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.Equal(["a.jpg", "b.jpg"], again.Items.Select(i => i.Path));
        Assert.Equal(folder.Path, again.Root);
        GalleryHit best = again.Search(new float[] { 0, 1, 0, 0 }, 1)[0];
        Assert.Equal(("b.jpg", 1f), (best.Item.Path, best.Score));
        Assert.Equal([3f, 0f, 0f, 0f], again.RawFeature(1)!);
    }

    [Fact]
    public void Search_equals_sorting_all_scores_with_ties_by_id()
    {
        using TempFolder folder = new();
        using GalleryFolder gallery = Make(folder);
        Philox random = new(5, 5);
        List<float[]> features = [];
        for (int part = 0; part < 3; part++)
        {
            NewItem[] items = [.. Enumerable.Range(0, 50).Select(i => Item($"{part}-{i}", [.. Enumerable.Range(0, 4)
                .Select(d => (float)(random.Integer((ulong)((((part * 50) + i) * 4) + d), 3) - 1) + (d == 3 ? 0.5f : 0))]))];
            features.AddRange(items.Select(i => i.Feature.ToArray()));
            gallery.Append(items);
        }
        float[] query = [0.5f, 0.5f, 0.5f, 0.5f];
        long[] expected = [.. gallery.Items.OrderByDescending(i => System.Numerics.Tensors.TensorPrimitives.Dot<float>(gallery.Row(i.Id)!.Value.Span, query))
            .ThenBy(i => i.Id).Take(20).Select(i => i.Id)];
        Assert.Equal(expected, gallery.Search(query, 20).Select(h => h.Item.Id));
        Assert.All(gallery.Search(query, 20, i => i.Path.StartsWith("1-", StringComparison.Ordinal)), h => Assert.StartsWith("1-", h.Item.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Moved_and_gone_pictures_survive_reopening()
    {
        using TempFolder folder = new();
        using (GalleryFolder gallery = Make(folder))
        {
            gallery.Append([Item("a.jpg", 1, 0, 0, 0), Item("b.jpg", 0, 1, 0, 0), Item("c.jpg", 0, 0, 1, 0)]);
            gallery.Update([gallery.Items.First() with { Path = "x/a.jpg" }], [2]);
            gallery.SetProblems([new("broken.jpg", 7, 8, "truncated")]);
        }
        using GalleryFolder again = GalleryFolder.Open(folder.At(".cirrus"));
        Assert.Equal(["x/a.jpg", "c.jpg"], again.Items.Select(i => i.Path));
        Assert.Equal("truncated", again.Problems.Single().Reason);
        Assert.DoesNotContain(again.Search(new float[] { 0, 1, 0, 0 }, 9), h => h.Item.Path == "b.jpg");
    }

    [Fact]
    public void A_second_writer_is_refused_and_damage_is_told()
    {
        using TempFolder folder = new();
        using (GalleryFolder gallery = Make(folder))
        {
            gallery.Append([Item("a.jpg", 1, 0, 0, 0)]);
            Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"), forWriting: true));
        }
        File.WriteAllText(Directory.GetFiles(folder.At(".cirrus"), "*.jsonl")[0], "{");
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"))).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.At(".cirrus"), "manifest.json"), "{\"format\":99,\"space\":null,\"segments\":[]}");
        Assert.Contains("format 99", Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At(".cirrus"))).Message, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => GalleryFolder.Open(folder.At("nowhere")));
    }

    [Fact]
    public void A_crash_between_segment_and_manifest_leaves_the_gallery_as_it_was()
    {
        using TempFolder folder = new();
        using (GalleryFolder gallery = Make(folder))
        {
            gallery.Append([Item("a.jpg", 1, 0, 0, 0)]);
            byte[] before = File.ReadAllBytes(Path.Combine(folder.At(".cirrus"), "manifest.json"));
            gallery.Append([Item("b.jpg", 0, 1, 0, 0)]);
            File.WriteAllBytes(Path.Combine(folder.At(".cirrus"), "manifest.json"), before);
        }
        using GalleryFolder again = GalleryFolder.Open(folder.At(".cirrus"), forWriting: true);
        Assert.Single(again.Items);
        again.Append([Item("b.jpg", 0, 1, 0, 0)]);
        Assert.Equal(2, again.Count);
    }

    private static GalleryFolder Make(TempFolder folder) => GalleryFolder.Create(folder.At(".cirrus"), folder.Path, Space);

    private static NewItem Item(string path, params float[] feature) => new(path, 1, 2, path, 640, 480, feature);
}
