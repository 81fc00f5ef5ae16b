using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Tests.Gallery;

public sealed class GalleryMergeTests : IDisposable
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", "/a/model", 4, "openai 224", "exif");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_stay_to_the_bit_and_ids_follow_the_paths()
    {
        string[] paths = [.. Enumerable.Range(0, 40).Select(i => $"{(i % 3 == 0 ? "a.b/" : i % 3 == 1 ? "a/" : "")}{i:D2}.jpg")];
        Make("one", [.. paths.Where((_, i) => i % 2 == 0)]);
        Make("two", [.. paths.Where((_, i) => i % 2 == 1)], Space with { ModelPath = "/b/model" });
        using (GalleryWriter one = GalleryWriter.Open(_folder.At("one")))
            one.Commit(new() { Gone = [1], Updated = [one.Find(2)! with { Path = "moved.jpg" }], Problems = [new("bad.jpg", 1, 2, "torn"), new(paths[1], 1, 2, "torn")] });
        string[] expected = [.. paths.Except([paths[0], paths[2]]).Append("moved.jpg").OrderBy(p => p.Replace('/', '\0'), StringComparer.Ordinal)];
        MergeSummary done = Merge([_folder.At("two"), _folder.At("one")], _folder.At("all"));
        Assert.Equal((39, 1, 0), (done.Pictures, done.Unreadable, done.Doubled.Count));
        using GalleryFolder all = GalleryFolder.Open(_folder.At("all"));
        Assert.Equal(expected, all.Items.Select(i => i.Path));
        Assert.Equal(Enumerable.Range(1, 39).Select(i => (long)i), all.Items.Select(i => i.Id));
        Assert.Equal("bad.jpg", Assert.Single(all.Problems).Path);
        Assert.Equal(_folder.At("photos"), all.Root);
        foreach (GalleryItem item in all.Items)
        {
            float[] feature = Feature(item.Path == "moved.jpg" ? paths[2] : item.Path);
            Assert.True(all.Row(item.Id)!.Value.Span.SequenceEqual(StoredRow.Of(item, feature).Unit.Span), item.Path);
        }
        Assert.Empty(GalleryCheck.Run(_folder.At("all")).Damage);
        Assert.Empty(Directory.GetDirectories(_folder.Path, "*.making"));
    }

    [Fact]
    public void Of_a_path_that_is_there_twice_the_file_modified_last_counts()
    {
        Make("one", ["a.jpg", "b.jpg", "c.jpg"]);
        Make("two", ["a.jpg", "b.jpg", "c.jpg"]);
        using (GalleryWriter two = GalleryWriter.Open(_folder.At("two")))
            two.Commit(new() { Updated = [two.Find(2)! with { Modified = 99, Hash = "newer" }, two.Find(3)! with { Modified = 1, Hash = "older" }] });
        MergeSummary done = Merge([_folder.At("one"), _folder.At("two")], _folder.At("all"));
        Assert.Equal(["a.jpg", "b.jpg", "c.jpg"], done.Doubled);
        using GalleryFolder all = GalleryFolder.Open(_folder.At("all"));
        Assert.Equal(["a.jpg", "newer", "c.jpg"], all.Items.Select(i => i.Hash));
    }

    [Fact]
    public void Galleries_of_several_folders_have_the_folder_above_as_root()
    {
        Make("one", ["a.jpg"], root: "photos/x");
        Make("two", ["a.jpg"], root: "photos/y/z");
        Merge([_folder.At("one"), _folder.At("two")], _folder.At("all"));
        using (GalleryFolder all = GalleryFolder.Open(_folder.At("all")))
            Assert.Equal([_folder.At("photos"), "x/a.jpg", "y/z/a.jpg"], all.Items.Select(i => i.Path).Prepend(all.Root));
        Assert.Single(Merge([_folder.At("one"), _folder.At("two")], _folder.At("same"), _folder.At("photos")).Doubled);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_nothing_is_left()
    {
        Make("one", ["a.jpg"]);
        Make("other", ["b.jpg"], Space with { Fingerprint = "fedcba9876543210" });
        Assert.Contains("fedcba9876543210", Assert.Throws<CirrusException>(
            () => Merge([_folder.At("one"), _folder.At("other")], _folder.At("all"))).Message, StringComparison.Ordinal);
        Assert.Contains("already", Assert.Throws<CirrusException>(() => Merge([_folder.At("one")], _folder.At("other"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<CirrusException>(() => Merge([_folder.At("one"), _folder.At("nowhere")], _folder.At("all")));
        Assert.Equal(["one", "other"], Directory.GetDirectories(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_merge_that_was_killed_is_done_over()
    {
        Make("one", ["a.jpg"]);
        Directory.CreateDirectory(_folder.At("all.making/methods"));
        File.WriteAllText(_folder.At("all.making/s00000001.safetensors.tmp"), "torn");
        File.WriteAllText(_folder.At("all.making/s00000007.jsonl"), "torn");
        Merge([_folder.At("one")], _folder.At("all"));
        Assert.Equal(["lock", "manifest.json", "s00000001.jsonl", "s00000001.safetensors"],
            new DirectoryInfo(_folder.At("all")).EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Damage_is_not_copied_under_a_new_checksum()
    {
        Make("one", ["a.jpg", "b.jpg"]);
        string rows = Assert.Single(Directory.GetFiles(_folder.At("one"), "*.safetensors"));
        byte[] bytes = File.ReadAllBytes(rows);
        bytes[^9] ^= 1;
        File.WriteAllBytes(rows, bytes);
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => Merge([_folder.At("one")], _folder.At("all"))).Message,
            StringComparison.Ordinal);
        using GalleryWriter writer = GalleryWriter.Open(_folder.At("one"));
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => writer.Compact()).Message, StringComparison.Ordinal);
        Assert.Contains("damaged", Assert.Throws<CirrusException>(() => writer.Row(1)).Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.At("all")) || Path.Exists(_folder.At("all.making")));
    }

    [Fact]
    public void A_gallery_is_built_whole_or_not_at_all()
    {
        StoredRow row = StoredRow.Of(new(0, "a.jpg", 1, 2, "a", 640, 480), Feature("a"));
        string place = _folder.At("photos/.cirrus");
        using (GalleryBuild broken = GalleryBuild.Begin(place, _folder.At("photos"), Space))
        {
            broken.Writer.Commit(new() { Added = [row] });
            Assert.False(Path.Exists(place));
            Assert.Contains("another cirrus", Assert.Throws<CirrusException>(
                () => GalleryBuild.Begin(place, _folder.At("photos"), Space)).Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.At("photos")));
        using (GalleryBuild build = GalleryBuild.Begin(place, _folder.At("photos"), Space))
        {
            build.Writer.Commit(new() { Added = [row] });
            build.Finish();
        }
        using (GalleryFolder gallery = GalleryFolder.Open(place))
            Assert.Equal((1, _folder.At("photos")), (gallery.Count, gallery.Root));
        GalleryWriter.Open(place).Dispose();    // nothing holds it
        Assert.Contains("already", Assert.Throws<CirrusException>(() => GalleryBuild.Begin(place, _folder.At("photos"), Space))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_others_beside_the_place_stay()
    {
        Make("one", ["a.jpg"]);
        Directory.CreateDirectory(_folder.At("all.making"));
        File.WriteAllText(_folder.At("all.making/diary.txt"), "mine");
        Assert.Contains("of others", Assert.Throws<CirrusException>(() => Merge([_folder.At("one")], _folder.At("all"))).Message,
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder.At("all.making/diary.txt")));
    }

    private static MergeSummary Merge(string[] folders, string output, string? root = null) =>
        GalleryMerge.Run(folders, output, root, TestContext.Current.CancellationToken);

    private void Make(string name, string[] paths, EmbeddingSpace? space = null, string root = "photos")
    {
        using GalleryWriter gallery = GalleryWriter.Create(_folder.At(name), _folder.At(root), space ?? Space);
        foreach (string[] some in paths.Chunk(7))
            gallery.Commit(new() { Added = [.. some.Select(p => StoredRow.Of(new(0, p, 1, 2, p, 640, 480), Feature(p)))] });
    }

    private static float[] Feature(string path)
    {
        Philox random = new((ulong)path.Sum(c => c), 1);
        return [.. Enumerable.Range(0, 4).Select(d => random.Normal((ulong)d))];
    }
}
