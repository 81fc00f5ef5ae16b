using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryWriterTests : IDisposable
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif"), Other = Space with { Model = "other", Fingerprint = "fedcba9876543210" };

    private readonly TempFolder _folder = new();

    private string Place => _folder.At(".cirrus");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_change_is_seen_whole_after_opening()
    {
        using (GalleryWriter gallery = Make())
        {
            Assert.Equal([1L, 2, 3], gallery.Commit(new() { Added = [Row("a.jpg", 3), Row("b.jpg", 0, 2), Row("c.jpg", 0, 0, 1)] }));
            gallery.Commit(new()
            {
                Added = [Row("d.jpg", 1)],
                Updated = [gallery.Find(1)! with { Path = "x/a.jpg" }],
                Gone = [2],
                Problems = [new("broken.jpg", 7, 8, "truncated")],
            });
        }
        using GalleryFolder again = GalleryFolder.Open(Place);
        Assert.Equal([(1, "x/a.jpg"), (3, "c.jpg"), (4, "d.jpg")], again.Items.Select(i => (i.Id, i.Path)));
        Assert.Equal("truncated", again.Problems.Single().Reason);
        Assert.Equal([3f, 0f, 0f, 0f], again.RawFeature(1)!);
        Assert.Equal(_folder.Path, again.Root);
        using GalleryWriter writer = GalleryWriter.Open(Place);
        Assert.Equal((3, 1, "x/a.jpg"), (writer.Count, writer.Dead, writer.Find(1)!.Path));
        Assert.Equal([1f, 0f, 0f, 0f], writer.Row(1).Unit.ToArray());
        Assert.Equal(3f, writer.Row(1).Norm);
    }

    [Fact]
    public void A_second_writer_is_refused()
    {
        using GalleryWriter gallery = Make();
        Assert.Contains("another cirrus", Assert.Throws<CirrusException>(() => GalleryWriter.Open(Place)).Message, StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => GalleryWriter.Create(Place, _folder.Path, Space));
        Assert.Throws<CirrusException>(() => GalleryWriter.Open(_folder.At("nowhere")));
        Assert.False(Directory.Exists(_folder.At("nowhere")));
    }

    // What a process that was killed leaves: files that no manifest names. They do not count, and the next writer removes them.
    [Fact]
    public void What_a_killed_writer_left_does_not_count_and_goes()
    {
        using (GalleryWriter gallery = Make())
        {
            gallery.Commit(new() { Added = [Row("a.jpg", 1)] });
            byte[] before = File.ReadAllBytes(Path.Combine(Place, "manifest.json"));
            gallery.Commit(new() { Added = [Row("b.jpg", 0, 1)], Gone = [1] });
            File.WriteAllBytes(Path.Combine(Place, "manifest.json"), before);
        }
        foreach (string torn in new[] { "s00000009.safetensors.tmp", "manifest.json.tmp", "gone-00000009.jsonl", "s00000009-1.codes" })
            File.WriteAllText(Path.Combine(Place, torn), "{\"id\":");
        File.WriteAllText(Path.Combine(Place, "of-somebody-else.txt"), "stays");
        using (GalleryFolder reader = GalleryFolder.Open(Place))
            Assert.Equal("a.jpg", Assert.Single(reader.Items).Path);
        using GalleryWriter again = GalleryWriter.Open(Place);
        Assert.Equal(["lock", "manifest.json", "of-somebody-else.txt", "s00000001.jsonl", "s00000001.safetensors"], Files());
        again.Commit(new() { Added = [Row("b.jpg", 0, 1)] });
        Assert.Equal(["a.jpg", "b.jpg"], again.Items.Select(i => i.Path));
    }

    [Fact]
    public void Compaction_keeps_ids_records_and_rows_to_the_bit()
    {
        using GalleryWriter gallery = Make();
        Philox random = new(3, 3);
        for (int part = 0; part < 6; part++)
            gallery.Commit(new() { Added = [.. Enumerable.Range(0, 5).Select(i => Row($"{part}-{i}.jpg", [.. Enumerable.Range(0, 4).Select(d => random.Normal((ulong)((part * 20) + (i * 4) + d)))]))] });
        gallery.Commit(new() { Updated = [gallery.Find(7)! with { Path = "moved.jpg" }], Gone = [1, 2, 13, 30] });
        var before = gallery.Items.Select(i => (Item: i, Row: Bits(gallery.Row(i.Id)))).ToArray();
        gallery.Compact(from: 2);
        Same();
        Assert.Equal(2, gallery.Dead);
        gallery.Compact();
        Same();
        Assert.Equal((0, 1), (gallery.Dead, gallery.Segments));
        Assert.Equal(4, Files().Length);
        Assert.Equal([31L], gallery.Commit(new() { Added = [Row("next.jpg", 1)] }));

        void Same()
        {
            Assert.Equal(before, gallery.Items.Select(i => (i, Bits(gallery.Row(i.Id)))));
            using GalleryFolder reader = GalleryFolder.Open(Place);
            Assert.Equal(before.Select(b => b.Item), reader.Items);
            Assert.All(before, b => Assert.True(reader.Row(b.Item.Id)!.Value.Span.SequenceEqual(gallery.Row(b.Item.Id).Unit.Span)));
        }
    }

    [Fact]
    public void Many_small_segments_become_few()
    {
        using GalleryWriter gallery = Make();
        for (int i = 0; i < 200; i++)
        {
            gallery.Commit(new() { Added = [Row($"{i:D3}.jpg", i + 1)] });
            gallery.Tidy();
        }
        Assert.InRange(gallery.Segments, 1, 16);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (i + 1L, (float)(i + 1))), gallery.Items.Select(i => (i.Id, gallery.Row(i.Id).Norm)));
    }

    [Fact]
    public void The_old_gallery_counts_until_the_rebuilt_one_is_complete()
    {
        using (GalleryWriter gallery = Make())
            gallery.Commit(new() { Added = [Row("a.jpg", 1), Row("b.jpg", 0, 1)] });
        Directory.CreateDirectory(Path.Combine(Place, "methods"));
        using (GalleryWriter rebuild = GalleryWriter.Rebuild(Place, Other))
            rebuild.Commit(new() { Added = [Row("a.jpg", 0, 0, 1)] });
        using (GalleryWriter gallery = GalleryWriter.Open(Place))    // an ordinary run in between takes no name of the rebuild's
        {
            Assert.Equal(Other, gallery.Rebuilding);
            gallery.Commit(new() { Added = [Row("c.jpg", 0, 1)] });
        }
        using (GalleryFolder reader = GalleryFolder.Open(Place))
            Assert.Equal(("toy", 3), (reader.Space.Model, reader.Count));
        using (GalleryWriter rebuild = GalleryWriter.Rebuild(Place, Other))
        {
            Assert.Equal("a.jpg", Assert.Single(rebuild.Items).Path);
            rebuild.Commit(new() { Added = [Row("b.jpg", 0, 0, 0, 1)] });
            rebuild.Finish();
        }
        using (GalleryFolder reader = GalleryFolder.Open(Place))
        {
            Assert.Equal(("other", "a.jpg,b.jpg"), (reader.Space.Model, string.Join(',', reader.Items.Select(i => i.Path))));
            Assert.All(reader.Items, i => Assert.True(i.Id > 2));    // an id that a person has kept never means another picture
        }
        Assert.True(Directory.Exists(Path.Combine(Place, "methods-0123456789abcdef")));
        Assert.DoesNotContain("rebuild.json", Files());
        Assert.Equal(2 + 4, Files().Length);
        using (GalleryWriter back = GalleryWriter.Rebuild(Place, Space))
            back.Finish();
        using (GalleryWriter.Open(Place))
            Assert.True(Directory.Exists(Path.Combine(Place, "methods")));    // the weights of the model that is back
    }

    [Fact]
    public void Callers_mistakes_change_nothing()
    {
        using GalleryWriter gallery = Make();
        gallery.Commit(new() { Added = [Row("a.jpg", 1) with { Item = new(7, "a.jpg", 1, 2, "a", 3, 4) }] });
        Assert.Equal(7, gallery.Items.Single().Id);
        Assert.Throws<ArgumentException>(() => gallery.Commit(new() { Added = [StoredRow.Of(new(0, "b", 1, 2, "b", 3, 4), [1f, 2f])] }));
        Assert.Throws<ArgumentException>(() => gallery.Commit(new() { Added = [Row("b.jpg", 1) with { Item = new(7, "b.jpg", 1, 2, "b", 3, 4) }] }));
        Assert.Throws<ArgumentException>(() => gallery.Commit(new() { Updated = [new(9, "b.jpg", 1, 2, "b", 3, 4)] }));
        Assert.Throws<ArgumentException>(() => gallery.Row(9));
        Assert.Equal(1, gallery.Count);
        Assert.Empty(gallery.Commit(new()));
    }

    private string[] Files() => [.. Directory.GetFiles(Place).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Bits(StoredRow row) => string.Join(',', row.Unit.ToArray().Append(row.Norm).Select(BitConverter.SingleToInt32Bits));

    private GalleryWriter Make() => GalleryWriter.Create(Place, _folder.Path, Space);

    private static StoredRow Row(string path, params float[] feature) =>
        StoredRow.Of(new(0, path, 1, 2, path, 640, 480), [.. feature, .. new float[Math.Max(4 - feature.Length, 0)]]);
}
