using System.Globalization;
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
        : this(folder.Root, folder.Space, folder.Version.ToString(CultureInfo.InvariantCulture), [.. folder.Items],
            [.. folder.Problems], Directory.GetLastWriteTimeUtc(folder.Folder))
    {
    }

    private GalleryView(string? root, EmbeddingSpace space, string version, IReadOnlyList<GalleryItem> items,
        IReadOnlyList<GalleryProblem> problems, DateTimeOffset at)
    {
        (Root, Space, Version, Items, Problems, IndexedAt) = (root, space, version, items, problems, at);
        _byId = Items.ToDictionary(i => i.Id);
        _facets = new(() => Galleries.Facets.Of(Items));
    }

    /// <summary>
    /// The view of an index that is no folder. Written to meanwhile it may be newer than the version it bears: the next
    /// look sees that.
    /// </summary>
    /// <exception cref="Tensors.CirrusException">It does not answer.</exception>
    public static async Task<GalleryView> OfAsync(ServedIndex served)
    {
        string version = await served.Index.VersionAsync();
        return new(served.Pictures, served.Index.Space, version, await served.Index.ItemsAsync(), [], DateTimeOffset.UtcNow)
        {
            IndexKind = served.Index.Kind,
        };
    }

    /// <summary>The folder of pictures; null: they are not on this machine. Never answered.</summary>
    public string? Root { get; }

    public EmbeddingSpace Space { get; }

    public string Version { get; }

    public IReadOnlyList<GalleryItem> Items { get; }

    public IReadOnlyList<GalleryProblem> Problems { get; }

    /// <summary>When it was written; of a database when it was first seen so.</summary>
    public DateTimeOffset IndexedAt { get; }

    public FacetInfo Facets => _facets.Value;

    public Orientation Orientation => Space.Orientation == "stored" ? Orientation.Stored : Orientation.Exif;

    /// <summary>In VectorData's words. A folder's first pass reads 8-bit codes, the second f32: its answers are exact.</summary>
    public string IndexKind { get; init; } = "QuantizedFlat";

    public GalleryItem? Find(long id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// The file of an item, or null when it lies outside of the gallery's folder, is not named like a picture, or is gone. A gallery of others
    /// says itself where its folder is, so what it names may be any file.
    /// </summary>
    public FileInfo? FileOf(GalleryItem item) =>
        Root is not null && PictureFiles.Looks(item.Path) && PictureFiles.Inside(Root, item.Path) is string path
        && new FileInfo(path) is { Exists: true } file ? file : null;
}
