namespace Cirrus.Server.Api;

/// <summary>All galleries here.</summary>
public sealed record GalleryList(IReadOnlyList<GallerySummary> Galleries);

/// <summary>A gallery in short.</summary>
public sealed record GallerySummary(string Name, long Items, string Model, string State);

/// <summary>A gallery.</summary>
/// <param name="Root">the folder of its pictures, by name only; of a database whose pictures are not here its own name.</param>
/// <param name="State">ready, loading (its model), or failed.</param>
/// <param name="DefaultMethod">taken when none is named; null while the model loads.</param>
/// <param name="Methods">those whose weights are here.</param>
/// <param name="IndexedAt">when it was last written; of a database when it was first seen as it is.</param>
/// <param name="Job">the id of the job that runs on it.</param>
/// <param name="ReadOnly">true for a gallery in a database: it can be searched, not refreshed or added to.</param>
public sealed record GalleryInfo(string Name, string Root, long Items, int Unreadable, string State, string? Problem,
    string? Hint, GalleryModel Model, string? DefaultMethod,
    IReadOnlyList<string> Methods, IndexInfo Index, DateTimeOffset IndexedAt, string? Job, FacetInfo Facets,
    bool ReadOnly);

/// <summary>The CLIP of a gallery.</summary>
public sealed record GalleryModel(string Name, string Fingerprint, int P, int ImageSize, string Preprocessing, string Orientation);

/// <summary>How it is searched.</summary>
/// <param name="Kind">in VectorData's words: QuantizedFlat, of which answers are exact all the same; Flat, Hnsw.</param>
/// <param name="Distance">CosineSimilarity.</param>
public sealed record IndexInfo(string Kind, string Distance);

/// <summary>What filters can choose from.</summary>
public sealed record FacetInfo(IReadOnlyList<FacetCount> Path, IReadOnlyList<FacetCount> Orientation,
    IReadOnlyList<FacetCount> Format, IReadOnlyList<FacetCount> Date,
    FacetRange? Width, FacetRange? Height);

/// <summary>A value and how many pictures have it.</summary>
public sealed record FacetCount(string Value, int Count);

/// <summary>The least and the most.</summary>
public sealed record FacetRange(int Min, int Max);

/// <summary>A picture of a gallery.</summary>
/// <param name="Bytes">of its file.</param>
/// <param name="Date">of its file's last change.</param>
/// <param name="Orientation">landscape, portrait or square.</param>
/// <param name="Hash">SHA-256, 32 hex digits of it.</param>
public sealed record ItemInfo(long Id, string Path, int Width, int Height, long Bytes, DateTimeOffset Date, string Format,
    string Orientation, string Hash);

/// <summary>What became of uploaded pictures, in their order.</summary>
public sealed record UploadAnswer(IReadOnlyList<UploadedItem> Items);

/// <summary>An uploaded picture.</summary>
/// <param name="Added">false when a picture of the same content was there already.</param>
public sealed record UploadedItem(string Name, bool Added, ItemInfo Item);

/// <summary>Groups of nearly equal pictures.</summary>
public sealed record DuplicateList(IReadOnlyList<DuplicateGroup> Groups, long Total, string? NextCursor);

/// <summary>Pictures that are nearly the same; the first is the one to keep, the largest.</summary>
public sealed record DuplicateGroup(IReadOnlyList<DuplicateInfo> Items);
