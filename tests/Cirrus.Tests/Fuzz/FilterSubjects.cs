using System.Text;
using System.Text.Json;
using Cirrus.Gallery;

namespace Cirrus.Tests.Fuzz;

/// <summary>Filters as text and as JSON, patterns, and what folders say is to be left out.</summary>
internal static class FilterSubjects
{
    private static readonly GalleryItem[] Items =
    [
        new(1, "holiday/a.jpg", 200_000, new DateTime(2024, 5, 17, 12, 30, 0, DateTimeKind.Utc).Ticks, "a", 1000, 500),
        new(2, "b c,(d).PNG", 0, 0, "b", 0, 0),
        new(77, "x/drafts/y/\u00e9\U0001F600.tiff", long.MaxValue, long.MaxValue, "c", int.MaxValue, 1),
    ];

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("filter text", Write("a.txt",
            "path:holiday/** date>=2024-05-17T12:30 (width>=1000 or height<=10) !format:gif,png size<1.5MB id:1,2 "
                + "orientation:portrait\nid!=77 or !(path:\"b c,*\")\n"),
            f => Lines(f, "a.txt", text => SameAsJson(ItemFilterText.Parse(text)))) { Share = 6 },
        new("filter JSON", Write("a.json", """
            {"all": [{"field": "path", "value": "holiday/**"}, {"any": [{"field": "date", "op": ">=", "value": "2024"}, {"not": {"field": "format", "value": ["gif", "png"]}}]},
            {"field": "size", "op": "<", "value": 1500000}, {"field": "id", "op": "!=", "value": [1, 2]}, {"field": "orientation", "value": "portrait"}]}
            """), f => SameAsJson(ItemFilterJson.Parse(File.ReadAllText(Path.Combine(f, "a.json"))))) { Share = 6 },
        new("path patterns", Write("a.txt", "holiday/**/?.jp*\n**/drafts/\n*a*b*c*\n"), f => Lines(f, "a.txt", Match), Refusable: false) { Share = 2 },
        new("ignore files", Tree, Walk, Refusable: false) { Share = 2, Files = [".cirrusignore", Path.Combine("b", ".cirrusignore")] },
    ];

    /// <summary>A filter that could be read can be written, and what was written is the same filter.</summary>
    private static void SameAsJson(ItemFilter filter)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
            new ItemFilterJson().Write(writer, filter, new());
        ItemFilter again = ItemFilterJson.Parse(Encoding.UTF8.GetString(json.ToArray()));
        foreach (GalleryItem item in Items)
            Assert.Equal(filter.Matches(item), again.Matches(item));
    }

    private static void Match(string pattern)
    {
        foreach (string path in new[] { "", "/", "holiday/a.jpg", pattern, new('a', 3000), string.Concat(Enumerable.Repeat("ab/", 1000)), pattern + "/" + pattern })
            PathPattern.Matches(pattern, path);
        if (pattern.AsSpan().IndexOfAny('*', '?') < 0 && pattern.Length > 0 && pattern[^1] != '/')
            Assert.True(PathPattern.Matches(pattern, pattern));
    }

    private static void Tree(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "b", "c"));
        foreach (string name in new[] { "a.jpg", "b/d.png", "b/c/e.jpg", "b/#f.jpg" })
            File.WriteAllBytes(Path.Combine(folder, name), []);
        File.WriteAllText(Path.Combine(folder, ".cirrusignore"), "# not these\n*.png\n!d.png\n/b/c/\n\\#f.jpg\n");
        File.WriteAllText(Path.Combine(folder, "b", ".cirrusignore"), "**/e.*\n!e.jpg\n");
    }

    private static void Walk(string folder)
    {
        FoundPicture[] found = [.. PictureFiles.Under(folder, new(["*.gif"]))];
        Assert.Equal(found.Length, found.Select(f => f.Path).Distinct(StringComparer.Ordinal).Count());
        Assert.All(found, f => Assert.True(File.Exists(Path.Combine(folder, f.Path))));
    }

    private static Action<string> Write(string name, string text) => folder => File.WriteAllText(Path.Combine(folder, name), text);

    private static void Lines(string folder, string name, Action<string> read)
    {
        foreach (string line in File.ReadAllText(Path.Combine(folder, name)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            read(line);
    }
}
