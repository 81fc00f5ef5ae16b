using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Cirrus.Gallery;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>A gallery in PostgreSQL with pgvector: in one database, or in several that are asked at once and whose answers are merged here.</summary>
/// <remarks>
/// Scores are those of the rows as they are kept (f32 or f16). With an HNSW index the rows found are approximately the nearest, as
/// many as were asked for whenever as many match; <see cref="PostgresOptions.Exact"/> and galleries without an index are exact. A
/// search sees one state of each shard. Writers take turns, by a lock in the first shard; readers never wait for them. A write is
/// whole or not at all on each shard; over several it is committed shard by shard, so that a failure between two commits leaves
/// some written: writing the same again mends it. An export of many writes marks every shard before the first and takes the mark
/// away after the last, so that answers can say that one was broken off.
/// </remarks>
public sealed class PostgresIndex : VectorIndex
{
    private readonly PostgresShard[] _shards;
    private readonly PostgresOptions _options;
    private readonly RowType _rows;
    private readonly int _format;
    private readonly bool _indexed;

    internal PostgresIndex(PostgresShard[] shards, PostgresOptions options, EmbeddingSpace space, RowType rows, int format, bool indexed) =>
        (_shards, _options, Space, _rows, _format, _indexed) = (shards, options, space, rows, format, indexed);

    public override EmbeddingSpace Space { get; }

    public override string Kind => _indexed && !_options.Exact ? "Hnsw" : "Flat";

    /// <summary>How the databases keep rows.</summary>
    public RowType Rows => _rows;

    /// <summary>Host, port and database of each shard, without user and password.</summary>
    public IReadOnlyList<string> Shards => [.. _shards.Select(s => s.Name)];

    /// <summary>Makes a gallery, or opens the one that is there when its vectors can be mixed with these.</summary>
    /// <param name="connections">one connection string a shard; their order is part of the gallery.</param>
    /// <exception cref="CirrusException">A database does not answer, has no pgvector, or holds another gallery.</exception>
    public static Task<PostgresIndex> CreateAsync(IReadOnlyList<string> connections, EmbeddingSpace space,
        PostgresOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        return PostgresManifest.CreateAsync(connections, space, options ?? new(), stop);
    }

    /// <summary>Opens a gallery.</summary>
    /// <param name="partial">shards may be silent as long as one answers.</param>
    /// <exception cref="CirrusException">There is none, a database does not answer, or they do not belong together in this order.</exception>
    public static Task<PostgresIndex> OpenAsync(IReadOnlyList<string> connections, PostgresOptions? options = null,
        bool partial = false, CancellationToken stop = default) =>
        PostgresManifest.OpenAsync(connections, options ?? new(), partial, stop);

    public override async Task<long> CountAsync(CancellationToken stop = default) => (await AllAsync(async (connection, given) =>
    {
        await using NpgsqlCommand count = new($"SELECT count(*) FROM {_options.Schema}.items", connection);
        return (long)(await count.ExecuteScalarAsync(given).ConfigureAwait(false))!;
    }, stop).ConfigureAwait(false)).Sum();

    public override async Task<IReadOnlyList<IndexAnswer>> SearchAsync(ReadOnlyMemory<float> queries, int k,
        ItemFilter? filter = null, bool partial = false, CancellationToken stop = default)
    {
        int b = CheckQueries(queries, k);
        if (b == 0)
            return [];
        float[][] rows = [.. Enumerable.Range(0, b).Select(q => queries.Slice(q * Space.P, Space.P).ToArray())];
        ShardQuestion question = new(_options.Schema, _rows, rows, k, filter, _options.Exact,
            (_options.Sample + _shards.Length - 1) / _shards.Length);
        Reply<ShardAnswer>[] replies = await Task.WhenAll(_shards.Select(s => s.ReadAsync(
            (connection, given) => ShardSearch.RunAsync(connection, question, s.Memory, given), stop))).ConfigureAwait(false);
        if (!partial || replies.All(r => r.Silence is not null))
            RequireAll(replies);
        string[] silent = [.. _shards.Where((_, s) => replies[s].Silence is not null).Select(s => s.Name)];
        ShardAnswer[] answers = [.. replies.Where(r => r.Silence is null).Select(r => r.Value!)];
        (long searched, long matched) = (answers.Sum(a => a.Searched), answers.Sum(a => a.Matched));
        string[] warnings = answers.Min(a => a.Unfinished) is long began ? [ShardState.Warning(began)] : [];
        return [.. rows.Select((query, q) =>
            new IndexAnswer([.. answers.SelectMany(a => a.Hits[q]).OrderByDescending(h => h.Score).ThenBy(h => h.Item.Id).Take(k)],
            searched, matched, silent, NoiseLevel.Of([.. answers.SelectMany(a => a.Sample).Select(row =>
                TensorPrimitives.Dot<float>(row, query))], searched)) { Warnings = warnings })];
    }

    /// <summary>When an export into this gallery began that has not ended, UTC; null: there is none.</summary>
    public async Task<DateTime?> UnfinishedAsync(CancellationToken stop = default) =>
        (await StatesAsync(stop).ConfigureAwait(false)).Min(s => s.Unfinished) is long began ? new DateTime(began, DateTimeKind.Utc) : null;

    /// <summary>What to tell people of it.</summary>
    public static string UnfinishedText(DateTime began) => ShardState.Warning(began.Ticks);

    public override async Task<string> VersionAsync(CancellationToken stop = default) =>
        string.Join(' ', (await StatesAsync(stop).ConfigureAwait(false)).Select(s =>
            s.Version?.ToString(CultureInfo.InvariantCulture) ?? Guid.NewGuid().ToString("N")));

    public override async Task<GalleryItem?> FindAsync(long id, CancellationToken stop = default) =>
        (await FindAsync(1, (connection, given) => ShardReader.ItemsAsync(connection, _options.Schema, [id], given), stop)
            .ConfigureAwait(false)).FirstOrDefault();

    public override async Task<IReadOnlyList<StoredRow?>> RowsAsync(IReadOnlyList<long> ids, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        long[] asked = [.. ids.Distinct()];
        List<StoredRow> found = await FindAsync(asked.Length,
            (connection, given) => ShardReader.RowsAsync(connection, _options.Schema, asked, given), stop).ConfigureAwait(false);
        Dictionary<long, StoredRow> rows = found.ToDictionary(r => r.Item.Id);
        return [.. ids.Select(rows.GetValueOrDefault)];
    }

    public override async IAsyncEnumerable<IReadOnlyList<StoredRow>> ReadAsync([EnumeratorCancellation] CancellationToken stop = default)
    {
        List<ShardReader> readers = [];
        try
        {
            foreach (PostgresShard shard in _shards)
                readers.Add(await ShardReader.OpenAsync(shard, _options.Schema, stop).ConfigureAwait(false));
            List<StoredRow> page = [];
            while (readers.Where(r => r.Next is not null).MinBy(r => r.Next!.Item.Id) is ShardReader least)
            {
                page.Add(least.Next!);
                await least.AdvanceAsync(stop).ConfigureAwait(false);
                if (page.Count == ShardReader.Page)
                {
                    yield return page;
                    page = [];
                }
            }
            if (page.Count > 0)
                yield return page;
        }
        finally
        {
            foreach (ShardReader reader in readers)
                await reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    public override async Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<StoredRow> rows, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Dictionary<long, string> wanted = Check(rows);
        int[][] places = [.. Enumerable.Range(0, _shards.Length).Select(_ => (int[])[])];
        // writers take turns, so the order of paths only keeps neighbours of an index together
        foreach (IGrouping<int, int> shard in Enumerable.Range(0, rows.Count).OrderBy(i => rows[i].Item.Path, StringComparer.Ordinal)
            .GroupBy(i => ShardOf.Path(rows[i].Item.Path, _shards.Length)))
            places[shard.Key] = [.. shard];
        long[] ids = new long[rows.Count];
        if (rows.Count == 0)
            return ids;
        await using PostgresWrite write = await BeginWriteAsync(s => wanted.Count > 0 || places[s].Length > 0, stop).ConfigureAwait(false);
        if (wanted.Count > 0)
        {
            GalleryItem?[] taken = await write.EachAsync(
                (connection, s) => ShardWriter.TakenAsync(connection, Tables(s), wanted, stop)).ConfigureAwait(false);
            if (taken.FirstOrDefault(t => t is not null) is GalleryItem other)
                throw new CirrusException(
                    $"Id {other.Id} is wanted for '{wanted[other.Id]}', but belongs to '{other.Path}' in the database.",
                        hint: "copy with --mirror, which forgets what moved or went, or into an empty gallery");
        }
        await write.EachAsync(async (connection, s) =>
        {
            await ShardWriter.RenewVersionAsync(connection, _options.Schema, stop).ConfigureAwait(false);
            await ShardWriter.AddAsync(connection, Tables(s), rows, places[s], ids, _options.Batch, stop).ConfigureAwait(false);
            if (wanted.Count > 0)
                await ShardWriter.GiveBeyondAsync(connection, Tables(s), wanted.Keys.Max(), stop).ConfigureAwait(false);
            return 0;
        }).ConfigureAwait(false);
        await write.CommitAsync(stop).ConfigureAwait(false);
        return ids;
    }

    public override async Task<int> RemoveAsync(IReadOnlyCollection<long> ids, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0)
            return 0;
        long[] gone = [.. ids];
        await using PostgresWrite write = await BeginWriteAsync(_ => true, stop).ConfigureAwait(false);
        int[] removed = await write.EachAsync(async (connection, s) =>
        {
            await ShardWriter.RenewVersionAsync(connection, _options.Schema, stop).ConfigureAwait(false);
            return await ShardWriter.RemoveAsync(connection, Tables(s), gone, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await write.CommitAsync(stop).ConfigureAwait(false);
        return removed.Sum();
    }

    /// <summary>Checks that vectors of a space can be compared with those here.</summary>
    /// <exception cref="CirrusException">They cannot: another model or another preparation of pictures.</exception>
    public void Require(EmbeddingSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        PostgresManifest.Require(Shards[0], Space, space);
    }

    public override async Task<IReadOnlyList<GalleryItem>> ItemsAsync(CancellationToken stop = default) =>
        [.. (await AllAsync((connection, given) => ShardReader.ItemsAsync(connection, _options.Schema, null, given), stop)
            .ConfigureAwait(false)).SelectMany(i => i).OrderBy(i => i.Id)];

    /// <summary>Marks every shard: from now on readers are told that an export has not ended.</summary>
    /// <returns>the mark, which <see cref="EndExportAsync"/> takes away.</returns>
    internal async Task<long> BeginExportAsync(CancellationToken stop)
    {
        long mark = DateTime.UtcNow.Ticks;
        await MarkAsync(mark, null, stop).ConfigureAwait(false);
        return mark;
    }

    /// <summary>Takes a mark away, and those that were there before it; that of an export that began later stays.</summary>
    internal Task EndExportAsync(long mark, CancellationToken stop) => MarkAsync(null, mark, stop);

    protected override void Dispose(bool disposing)
    {
        foreach (PostgresShard shard in _shards)
            shard.Dispose();
    }

    private PostgresTables Tables(int shard) => new(_options.Schema, Space.P, _rows, _options.Index, shard, _shards.Length);

    private async Task MarkAsync(long? mark, long? instead, CancellationToken stop)
    {
        await using PostgresWrite write = await BeginWriteAsync(_ => true, stop).ConfigureAwait(false);
        await write.EachAsync((connection, _) => ShardWriter.MarkAsync(connection, _options.Schema, mark, instead, stop)).ConfigureAwait(false);
        await write.CommitAsync(stop).ConfigureAwait(false);
    }

    private Task<PostgresWrite> BeginWriteAsync(Func<int, bool> takesPart, CancellationToken stop) =>
        _format >= PostgresTables.Format ? PostgresWrite.BeginAsync(_shards, takesPart, _options.Schema, stop)
        : throw new CirrusException(
            string.Create(CultureInfo.InvariantCulture, $"The gallery in {Shards[0]} has format {_format}, which is only read."),
                hint: "an export into it makes it the newest: cirrus gallery export --to CONNECTION");

    private Task<ShardState[]> StatesAsync(CancellationToken stop) => AllAsync(async (connection, given) =>
    {
        await using NpgsqlCommand command = new(ShardState.Statement(_options.Schema), connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(given).ConfigureAwait(false);
        return await ShardState.ReadAsync(reader, given).ConfigureAwait(false);
    }, stop);

    /// <summary>
    /// Asks all shards for things that only one of them has each; when all are found, nobody waits for the others,
    /// silent ones among them.
    /// </summary>
    private async Task<List<T>> FindAsync<T>(int count, Func<NpgsqlConnection, CancellationToken, Task<List<T>>> work, CancellationToken stop)
    {
        List<T> found = [];
        Task<Reply<List<T>>>[] asked = [.. _shards.Select(s => s.ReadAsync(work, stop))];
        await foreach (Task<Reply<List<T>>> reply in Task.WhenEach(asked).ConfigureAwait(false))
        {
            found.AddRange((await reply.ConfigureAwait(false)).Value ?? []);
            if (found.Count >= count)
                return found;
        }
        RequireAll(await Task.WhenAll(asked).ConfigureAwait(false));
        return found;
    }

    private async Task<T[]> AllAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        Reply<T>[] replies = await Task.WhenAll(_shards.Select(s => s.ReadAsync(work, stop))).ConfigureAwait(false);
        RequireAll(replies);
        return [.. replies.Select(r => r.Value!)];
    }

    private void RequireAll<T>(Reply<T>[] replies)
    {
        for (int s = 0; s < _shards.Length; s++)
            if (replies[s].Silence is string why)
                throw _shards[s].Silent(why);
    }

    /// <summary>Checks rows to be added.</summary>
    /// <returns>the ids that are asked for, and for which path.</returns>
    private Dictionary<long, string> Check(IReadOnlyList<StoredRow> rows)
    {
        HashSet<string> paths = [];
        Dictionary<long, string> ids = [];
        foreach (StoredRow row in rows)
        {
            if (row.Unit.Length != Space.P)
                throw new ArgumentException(
                    $"The row of '{row.Item.Path}' has {row.Unit.Length} numbers, the gallery's have {Space.P}.", nameof(rows));
            if (!paths.Add(row.Item.Path))
                throw new ArgumentException($"'{row.Item.Path}' stands there twice.", nameof(rows));
            if (row.Item.Id < 0 || (row.Item.Id != 0 && !ids.TryAdd(row.Item.Id, row.Item.Path)))
                throw new ArgumentException($"Id {row.Item.Id} of '{row.Item.Path}' is negative or stands there twice.", nameof(rows));
        }
        return ids;
    }
}
