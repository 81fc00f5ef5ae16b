using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Server.Api;

namespace Cirrus.Server.Galleries;

/// <summary>What a gallery's pictures are like, counted.</summary>
internal static class Facets
{
    public static FacetInfo Of(IReadOnlyList<GalleryItem> items)
    {
        Dictionary<string, int> folders = [], shapes = [], formats = [], months = [];
        (int minWidth, int maxWidth, int minHeight, int maxHeight) = (int.MaxValue, 0, int.MaxValue, 0);
        foreach (GalleryItem item in items)
        {
            for (int end = item.Path.LastIndexOf('/'); end > 0; end = item.Path.LastIndexOf('/', end - 1))
                Count(folders, item.Path[..end]);
            Count(shapes, Shape(item));
            Count(formats, Format(item));
            Count(months, Date(item).ToString("yyyy-MM", CultureInfo.InvariantCulture));
            (minWidth, maxWidth) = (Math.Min(minWidth, item.Width), Math.Max(maxWidth, item.Width));
            (minHeight, maxHeight) = (Math.Min(minHeight, item.Height), Math.Max(maxHeight, item.Height));
        }
        return new(Sorted(folders), Sorted(shapes), Sorted(formats), Sorted(months),
            items.Count == 0 ? null : new(minWidth, maxWidth), items.Count == 0 ? null : new(minHeight, maxHeight));
    }

    /// <summary>landscape, portrait or square.</summary>
    public static string Shape(GalleryItem item) => item.Width > item.Height ? "landscape" : item.Width < item.Height ? "portrait" : "square";

    /// <summary>By the ending of its name: jpeg, png, ...</summary>
    public static string Format(GalleryItem item) => Path.GetExtension(item.Path).TrimStart('.').ToLowerInvariant() switch
    {
        "jpg" => "jpeg",
        "tif" => "tiff",
        "heif" => "heic",
        string ending => ending,
    };

    public static DateTimeOffset Date(GalleryItem item) => new(Math.Clamp(item.Modified, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    public static ItemInfo Info(GalleryItem item) =>
        new(item.Id, item.Path, item.Width, item.Height, item.Size, Date(item), Format(item), Shape(item), item.Hash);

    private static void Count(Dictionary<string, int> of, string value) => of[value] = of.GetValueOrDefault(value) + 1;

    private static FacetCount[] Sorted(Dictionary<string, int> of) =>
        [.. of.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => new FacetCount(v.Key, v.Value))];
}
