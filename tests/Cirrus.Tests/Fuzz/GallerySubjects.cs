using Cirrus.Clip;
using Cirrus.Gallery;

namespace Cirrus.Tests.Fuzz;

/// <summary>Galleries and caches of features.</summary>
internal static class GallerySubjects
{
    private static readonly EmbeddingSpace Space = new("m", "f", null, 4, "openai 8", "exif");
    private static readonly Dictionary<string, string> Made = new() { ["model"] = "m" };

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("gallery", Before, ReadGallery) { Share = 8 },
        new("gallery to be written", Before, Write) { Share = 2 },
        new("gallery to be verified", Gallery, f => GalleryCheck.Run(Path.Combine(f, GalleryFolder.Name))) { Share = 2 },
        new("galleries to be merged", Galleries, Merge) { Share = 2, Files = [.. new[] { "one", "two" }.SelectMany(g => new[] { "manifest.json", "s00000002.jsonl", "s00000002.safetensors", "moved-00000003.jsonl", "gone-00000003.jsonl", "problems-00000003.jsonl" }.Select(f => Path.Combine(g, f)))] },
        new("gallery to be repaired", Gallery, Repair) { Share = 1 },
        new("feature cache", f => new FeatureCache(f, Made).Write(["a", "b"], new float[] { 1, 2, 3, 4, 5, 6 }), ReadCache, Refusable: false) { Share = 2 },
    ];

    private static void Gallery(string folder)
    {
        using GalleryWriter gallery = GalleryWriter.Create(Path.Combine(folder, GalleryFolder.Name), folder, Space);
        gallery.Commit(new() { Added = [Row("a.jpg", 1, 0, 0, 0), Row("b/c.jpg", 0, 1, 0, 0)] });
        gallery.Commit(new() { Added = [Row("d.jpg", 0, 0, 1, 0), Row("e.jpg", 0, 0, 0, 1)] });
        gallery.Commit(new() { Updated = [gallery.Find(1)! with { Path = "f.jpg" }], Gone = [4], Problems = [new("x.jpg", 1, 2, "no picture")] });
    }

    /// <summary>One of before there were checksums, so that damage is seen by what it says alone.</summary>
    private static void Before(string folder)
    {
        Gallery(folder);
        TakeChecks(Path.Combine(folder, GalleryFolder.Name));
    }

    private static void TakeChecks(string gallery)
    {
        string manifest = Path.Combine(gallery, "manifest.json");
        File.WriteAllText(manifest, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(manifest), "\"checks\":{[^}]*},?|,\"check\":\"[^\"]*\"", ""));
    }

    /// <summary>One with checksums; one of before, in which damage is seen by what it says alone.</summary>
    private static void Galleries(string folder)
    {
        foreach (string name in new[] { "one", "two" })
            using (GalleryWriter gallery = GalleryWriter.Create(Path.Combine(folder, name), Path.Combine(folder, "photos", name), Space))
            {
                gallery.Commit(new() { Added = [Row("a.jpg", 1, 0, 0, 0), Row("b/c.jpg", 0, 1, 0, 0), Row("d.jpg", 0, 0, 1, 0)] });
                gallery.Commit(new() { Updated = [gallery.Find(1)! with { Path = "f.jpg" }], Gone = [3], Problems = [new("x.jpg", 1, 2, "no picture")] });
            }
        TakeChecks(Path.Combine(folder, "two"));
    }

    private static void Merge(string folder)
    {
        string merged = Path.Combine(folder, "merged");
        if (Directory.Exists(merged))
            Directory.Delete(merged, recursive: true);
        MergeSummary summary = GalleryMerge.Run([Path.Combine(folder, "one"), Path.Combine(folder, "two")], merged, null, CancellationToken.None);
        using GalleryFolder gallery = GalleryFolder.Open(merged);
        Assert.Equal(summary.Pictures, gallery.Items.Select(i => i.Path).Distinct(StringComparer.Ordinal).Count());
        gallery.Search(new float[] { 1, 0, 0, 0 }, 3);
    }

    /// <summary>What is left after a repair is whole, unless the manifest itself is not, which is refused.</summary>
    private static void Repair(string folder)
    {
        GalleryCheck.Repair(Path.Combine(folder, GalleryFolder.Name));
        Assert.Empty(GalleryCheck.Run(Path.Combine(folder, GalleryFolder.Name)).Damage);
        GalleryFolder.Open(Path.Combine(folder, GalleryFolder.Name)).Dispose();
    }

    private static StoredRow Row(string path, params float[] unit) => new(new(0, path, 1, 2, path, 640, 480), unit, 1);

    private static void ReadGallery(string folder)
    {
        using GalleryFolder gallery = GalleryFolder.Open(Path.Combine(folder, GalleryFolder.Name));
        Indexer.InputOf(gallery.Space, maxMegapixels: 1);
        foreach (GalleryItem item in gallery.Items)
        {
            gallery.Row(item.Id);
            Assert.StartsWith(gallery.Root, Path.GetFullPath(Path.Combine(gallery.Root, item.Path)), StringComparison.Ordinal);
        }
        if (gallery.Space.P == Space.P)
            gallery.Search(new float[] { 1, 0, 0, 0 }, 3);
    }

    private static void Write(string folder)
    {
        using GalleryWriter gallery = GalleryWriter.Open(Path.Combine(folder, GalleryFolder.Name));
        foreach (GalleryItem item in gallery.Items)
            gallery.Row(item.Id);
    }

    private static void ReadCache(string folder) =>
        new FeatureCache(folder, Made).Read(new Dictionary<string, int> { ["a"] = 0, ["b"] = 1 }, 3, new float[6], new bool[2]);
}
