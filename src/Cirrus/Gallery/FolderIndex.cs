using System.Globalization;
using System.Runtime.CompilerServices;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>A gallery's folder as an index: exact search on a snapshot, writing through <see cref="GalleryWriter"/>.</summary>
/// <remarks>
/// Searches run on the snapshot of the last <see cref="Refresh()"/> (what this index writes is seen at once) and go on with it when
/// there is a newer one; a snapshot is closed with its last user.
/// </remarks>
public sealed class FolderIndex : VectorIndex
{
    private const int PageRows = 1024;

    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _gate = new(), _refreshing = new();
    private volatile Snapshot _now;

    private FolderIndex(GalleryFolder gallery) => _now = new(gallery);

    public override EmbeddingSpace Space => _now.Gallery.Space;

    /// <exception cref="CirrusException">There is no gallery, or it is damaged.</exception>
    public static FolderIndex Open(string folder) => new(GalleryFolder.Open(folder));

    /// <summary>The next searches see the gallery as it is on the disk.</summary>
    /// <returns>whether it had changed.</returns>
    /// <exception cref="CirrusException">It is gone or damaged; searches go on as before.</exception>
    public bool Refresh() => Refresh(_ => { });

    /// <summary>Looks at the gallery as searches see it now, which stays open meanwhile.</summary>
    public T Look<T>(Func<GalleryFolder, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        Snapshot snapshot = Enter();
        try
        {
            return look(snapshot.Gallery);
        }
        finally
        {
            snapshot.Uses.Leave();
        }
    }

    /// <param name="check">throws where what is there now is not wanted; searches go on as before then.</param>
    internal bool Refresh(Action<GalleryFolder> check)
    {
        lock (_refreshing)
        {
            GalleryFolder old = _now.Gallery;
            if (GalleryFolder.VersionOf(old.Folder) == old.Version)
                return false;
            GalleryFolder now = GalleryFolder.Open(old.Folder);
            try
            {
                check(now);
            }
            catch (CirrusException)
            {
                now.Dispose();
                throw;
            }
            Snapshot before;
            lock (_gate)
                (before, _now) = (_now, new(now));
            before.Uses.End();
            return true;
        }
    }

    public override string Kind => "QuantizedFlat";

    public override Task<string> VersionAsync(CancellationToken stop = default) =>
        Task.FromResult(Look(g => g.Version.ToString(CultureInfo.InvariantCulture)));

    public override Task<IReadOnlyList<GalleryItem>> ItemsAsync(CancellationToken stop = default) =>
        Task.FromResult(Look(g => (IReadOnlyList<GalleryItem>)[.. g.Items]));

    public override Task<long> CountAsync(CancellationToken stop = default) => Task.FromResult(Look(g => (long)g.Count));

    /// <remarks>Scores are exact, and there are no shards.</remarks>
    /// <inheritdoc/>
    public override Task<IReadOnlyList<IndexAnswer>> SearchAsync(ReadOnlyMemory<float> queries, int k,
        ItemFilter? filter = null, bool partial = false, CancellationToken stop = default)
    {
        CheckQueries(queries, k);
        return Task.Run(() => Look(g => g.Answer(queries, k, filter, null, stop)), stop);
    }

    public override Task<GalleryItem?> FindAsync(long id, CancellationToken stop = default) => Task.FromResult(Look(g => g.Item(id)));

    public override Task<IReadOnlyList<StoredRow?>> RowsAsync(IReadOnlyList<long> ids, CancellationToken stop = default) =>
        Task.FromResult(Look(g => (IReadOnlyList<StoredRow?>)[.. ids.Select(g.Stored)]));

    public override async IAsyncEnumerable<IReadOnlyList<StoredRow>> ReadAsync([EnumeratorCancellation] CancellationToken stop = default)
    {
        Snapshot snapshot = Enter();
        try
        {
            foreach (StoredRow[] page in snapshot.Gallery.StoredRows().Chunk(PageRows))
            {
                stop.ThrowIfCancellationRequested();
                yield return page;
                await Task.Yield();
            }
        }
        finally
        {
            snapshot.Uses.Leave();
        }
    }

    /// <remarks>
    /// A picture that is replaced gets a new id, and ids that are kept must be larger than all before: rows are only
    /// ever added behind others.
    /// </remarks>
    /// <inheritdoc/>
    public override Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<StoredRow> rows, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        HashSet<string> paths = new(rows.Select(r => r.Item.Path), StringComparer.Ordinal);
        if (paths.Count < rows.Count)
            throw new ArgumentException("A path stands among the rows twice.", nameof(rows));
        return WriteAsync(writer => writer.Commit(
            new() { Added = rows, Gone = [.. writer.Items.Where(i => paths.Contains(i.Path)).Select(i => i.Id)] }), stop);
    }

    public override Task<int> RemoveAsync(IReadOnlyCollection<long> ids, CancellationToken stop = default) => WriteAsync(writer =>
    {
        HashSet<long> asked = [.. ids];
        long[] gone = [.. writer.Items.Select(i => i.Id).Where(asked.Contains)];
        writer.Commit(new() { Gone = gone });
        return gone.Length;
    }, stop);

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
            _now.Uses.End();
        _writing.Dispose();
    }

    private async Task<T> WriteAsync<T>(Func<GalleryWriter, T> write, CancellationToken stop)
    {
        await _writing.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return await Task.Run(() =>
            {
                using GalleryWriter writer = GalleryWriter.Open(Look(g => g.Folder));
                T result = write(writer);
                writer.Tidy();
                Refresh();
                return result;
            }, stop).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <exception cref="ObjectDisposedException">The index is closed.</exception>
    private Snapshot Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(!_now.Uses.TryEnter(), this);
            return _now;
        }
    }

    /// <summary>A gallery as it was at one moment, closed with its last user.</summary>
    private sealed class Snapshot(GalleryFolder gallery)
    {
        public GalleryFolder Gallery { get; } = gallery;

        public UseCount Uses { get; } = new(gallery.Dispose);
    }
}
