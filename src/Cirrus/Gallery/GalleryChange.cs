namespace Cirrus.Gallery;

/// <summary>What is written into a gallery at once: all of it, or after a crash none of it.</summary>
public sealed record GalleryChange
{
    /// <summary>New rows. An item's id 0 asks for a new one; any other is kept and must be larger than all that were ever given.</summary>
    public IReadOnlyList<StoredRow> Added { get; init; } = [];

    /// <summary>New records of pictures that moved or were touched, under the ids they have.</summary>
    public IReadOnlyCollection<GalleryItem> Updated { get; init; } = [];

    /// <summary>Ids that no longer count.</summary>
    public IReadOnlyCollection<long> Gone { get; init; } = [];

    /// <summary>Files that cannot be read, all of them; null: as before.</summary>
    public IReadOnlyList<GalleryProblem>? Problems { get; init; }

    /// <summary>Which files were looked at; null: as before.</summary>
    public PictureChoice? Choice { get; init; }
}
