using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus.Postgres;

/// <summary>What copying into a database did.</summary>
/// <param name="Written">new and changed pictures.</param>
/// <param name="Removed">pictures that were there and are not in the source any more.</param>
public sealed record CopySummary(int Written, int Unchanged, int Removed);

/// <summary>Copies galleries into databases; what is there already is not sent again.</summary>
public static class GalleryCopy
{
    /// <summary>Rows a write: what an interruption loses at most.</summary>
    private const int Page = 1000;

    /// <summary>Writes pictures with their ids.</summary>
    /// <param name="items">all pictures of the source.</param>
    /// <param name="rows">their rows, in any order.</param>
    /// <param name="mirror">the database forgets what the source does not have; else it only ever gains.</param>
    /// <param name="progress">gets how many rows have been looked at.</param>
    /// <exception cref="CirrusException">An id belongs to another picture there, or a database does not answer. What
    /// was written stays, and readers are told that the copy has not ended; copying again goes on.</exception>
    public static async Task<CopySummary> CopyAsync(IReadOnlyCollection<GalleryItem> items, IEnumerable<StoredRow> rows,
        PostgresIndex database, bool mirror = false,
        Action<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(database);
        long mark = await database.BeginExportAsync(stop).ConfigureAwait(false);
        Dictionary<string, GalleryItem> there = (await database.ItemsAsync(stop).ConfigureAwait(false)).ToDictionary(i => i.Path);
        int removed = 0;
        if (mirror)
        {
            // what moved here keeps its id, which its old path has to give up first
            Dictionary<string, long> wanted = items.ToDictionary(i => i.Path, i => i.Id);
            foreach (long[] part in there.Values.Where(t => !wanted.TryGetValue(t.Path, out long id) || id != t.Id).Select(t => t.Id).Chunk(10_000))
                removed += await database.RemoveAsync(part, stop).ConfigureAwait(false);
        }
        (int written, int unchanged) = (0, 0);
        foreach (StoredRow[] page in rows.Chunk(Page))
        {
            StoredRow[] changed = [.. page.Where(r => !there.TryGetValue(r.Item.Path, out GalleryItem? known) || known != r.Item)];
            await database.AddAsync(changed, stop).ConfigureAwait(false);
            (written, unchanged) = (written + changed.Length, unchanged + page.Length - changed.Length);
            progress?.Invoke(written + unchanged);
        }
        await database.EndExportAsync(mark, stop).ConfigureAwait(false);
        return new(written, unchanged, removed);
    }
}
