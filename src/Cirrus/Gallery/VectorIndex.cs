using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>A found row. Score is the cosine of query and picture, unless a method has a score of its own.</summary>
public sealed record GalleryHit(GalleryItem Item, float Score);

/// <summary>What one query found.</summary>
/// <param name="Hits">best first; equal scores stand in the order of their ids.</param>
/// <param name="Searched">rows of the index.</param>
/// <param name="Matched">rows that the filter lets through: fewer than were asked for explains a short answer.</param>
/// <param name="SilentShards">parts of the index that did not answer; empty unless the search allowed it.</param>
/// <param name="Noise">what unrelated pictures of this index score for this query (<c>--cut auto</c>); null where that cannot be said.</param>
public sealed record IndexAnswer(IReadOnlyList<GalleryHit> Hits, long Searched, long Matched, IReadOnlyList<string> SilentShards,
    NoiseLevel? Noise = null)
{
    /// <summary>What a reader should know of the index, for people: an export into it that was broken off.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Unit rows that can be searched, read and changed: a folder on this machine or a database.</summary>
/// <remarks>
/// All members may be called from many threads. A search answers for one state of the index, whatever is written meanwhile;
/// which scores are exact and which approximate is the implementation's to say.
/// </remarks>
public abstract class VectorIndex : IDisposable
{
    public abstract EmbeddingSpace Space { get; }

    /// <summary>How it is searched, in VectorData's words: Flat, QuantizedFlat or Hnsw.</summary>
    public abstract string Kind { get; }

    public abstract Task<long> CountAsync(CancellationToken stop = default);

    /// <summary>Another text after every change of the pictures.</summary>
    public abstract Task<string> VersionAsync(CancellationToken stop = default);

    /// <summary>All pictures without their rows, in the order of their ids.</summary>
    public abstract Task<IReadOnlyList<GalleryItem>> ItemsAsync(CancellationToken stop = default);

    /// <summary>The k rows nearest to each query that pass the filter; all that pass when they are fewer.</summary>
    /// <param name="queries">unit vectors end to end, [B, P].</param>
    /// <param name="filter">null: every row counts. It is applied before ranking.</param>
    /// <param name="partial">a shard that does not answer is named in the answer; else it is an error.</param>
    /// <returns>B answers in the order of the queries.</returns>
    /// <exception cref="ArgumentException">The queries are not [B, P], or k is less than one.</exception>
    /// <exception cref="CirrusException">A part of the index does not answer.</exception>
    public abstract Task<IReadOnlyList<IndexAnswer>> SearchAsync(ReadOnlyMemory<float> queries, int k,
        ItemFilter? filter = null, bool partial = false, CancellationToken stop = default);

    /// <summary>The picture with this id, or null.</summary>
    public abstract Task<GalleryItem?> FindAsync(long id, CancellationToken stop = default);

    /// <summary>Rows by their ids in the order asked; null where there is none.</summary>
    public abstract Task<IReadOnlyList<StoredRow?>> RowsAsync(IReadOnlyList<long> ids, CancellationToken stop = default);

    /// <summary>All rows in the order of their ids, a page at a time, as they were when reading began.</summary>
    public abstract IAsyncEnumerable<IReadOnlyList<StoredRow>> ReadAsync(CancellationToken stop = default);

    /// <summary>Adds rows, whole or not at all; they are kept when this returns.</summary>
    /// <param name="rows">An item's id 0 asks for a new one; any other is kept, so that an index can be copied. A path
    /// that is there already is replaced.</param>
    /// <returns>the ids, in the order of the rows. A replaced picture may have a new one.</returns>
    /// <exception cref="ArgumentException">A row is not [P], or a path or an id stands there twice.</exception>
    /// <exception cref="CirrusException">An id belongs to another picture, or the index cannot be written.</exception>
    public abstract Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<StoredRow> rows, CancellationToken stop = default);

    /// <summary>Forgets pictures; ids that are not there are passed over.</summary>
    /// <returns>how many were there.</returns>
    public abstract Task<int> RemoveAsync(IReadOnlyCollection<long> ids, CancellationToken stop = default);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>How many queries there are.</summary>
    protected int CheckQueries(ReadOnlyMemory<float> queries, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return queries.Length % Space.P == 0 ? queries.Length / Space.P
            : throw new ArgumentException($"Queries of {queries.Length} numbers are not [B, {Space.P}].", nameof(queries));
    }
}
