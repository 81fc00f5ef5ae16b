using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Server.Api;

namespace Cirrus.Server.Galleries;

/// <summary>What a gallery held at one moment, without its vectors: immutable, so that a request sees one state only.</summary>
internal sealed class GalleryView
{
    private readonly Dictionary<long, GalleryItem> _byId;
    private readonly Lazy<FacetInfo> _facets;

    public GalleryView(GalleryFolder folder)
    {
        (Root, Space, Version, Items, Problems) = (folder.Root, folder.Space, folder.Version, [.. folder.Items], [.. folder.Problems]);
        _byId = Items.ToDictionary(i => i.Id);
        _facets = new(() => Galleries.Facets.Of(Items));
        IndexedAt = Directory.GetLastWriteTimeUtc(folder.Folder);
    }

    /// <summary>The folder of pictures, absolute. Never answered.</summary>
    public string Root { get; }

    public EmbeddingSpace Space { get; }

    public long Version { get; }

    public IReadOnlyList<GalleryItem> Items { get; }

    public IReadOnlyList<GalleryProblem> Problems { get; }

    public DateTimeOffset IndexedAt { get; }

    public FacetInfo Facets => _facets.Value;

    public Orientation Orientation => Space.Orientation == "stored" ? Orientation.Stored : Orientation.Exif;

    /// <summary>In VectorData's words. The first pass reads 8-bit codes, the second f32: answers are exact.</summary>
    public string IndexKind { get; init; } = "QuantizedFlat";

    public GalleryItem? Find(long id) => _byId.GetValueOrDefault(id);

    /// <summary>The file of an item, or null when it lies outside of the gallery's folder or is gone.</summary>
    public FileInfo? FileOf(GalleryItem item)
    {
        return PictureFiles.Inside(Root, item.Path) is string path && new FileInfo(path) is { Exists: true } file ? file : null;
    }
}
