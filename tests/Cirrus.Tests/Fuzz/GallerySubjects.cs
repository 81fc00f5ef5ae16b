using Cirrus.Clip;
using Cirrus.Gallery;

namespace Cirrus.Tests.Fuzz;

/// <summary>Galleries and caches of features.</summary>
internal static class GallerySubjects
{
    private static readonly EmbeddingSpace Space = new("m", "f", null, 4, "clip 8", "exif");
    private static readonly Dictionary<string, string> Made = new() { ["model"] = "m" };

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("gallery", Gallery, ReadGallery) { Share = 8 },
        new("feature cache", f => new FeatureCache(f, Made).Write(["a", "b"], new float[] { 1, 2, 3, 4, 5, 6 }), ReadCache, Refusable: false) { Share = 2 },
    ];

    private static void Gallery(string folder)
    {
        string inside = Path.Combine(folder, GalleryFolder.Name);
        using GalleryFolder gallery = GalleryFolder.Create(inside, folder, Space);
        gallery.Append([Item("a.jpg", 1, 0, 0, 0), Item("b/c.jpg", 0, 1, 0, 0)]);
        gallery.Append([Item("d.jpg", 0, 0, 2, 0), Item("e.jpg", 0, 0, 0, 1)]);
        gallery.Update([gallery.Items.First() with { Path = "f.jpg" }], [gallery.Items.Last().Id]);
        gallery.SetProblems([new("x.jpg", 1, 2, "no picture")]);
    }

    private static NewItem Item(string path, params float[] feature) => new(path, 1, 2, path, 640, 480, feature);

    private static void ReadGallery(string folder)
    {
        using GalleryFolder gallery = GalleryFolder.Open(Path.Combine(folder, GalleryFolder.Name));
        _ = gallery.Root;
        foreach (GalleryItem item in gallery.Items)
            gallery.Row(item.Id);
        if (gallery.Space.P == Space.P)
            gallery.Search(new float[] { 1, 0, 0, 0 }, 3);
    }

    private static void ReadCache(string folder) =>
        new FeatureCache(folder, Made).Read(new Dictionary<string, int> { ["a"] = 0, ["b"] = 1 }, 3, new float[6], new bool[2]);
}
