using System.Data;
using Cirrus.Gallery;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>Reads all rows of one shard in the order of their ids, as they were when it was opened.</summary>
internal sealed class ShardReader : IAsyncDisposable
{
    /// <summary>Rows a round trip.</summary>
    public const int Page = 500;

    private readonly PostgresShard _shard;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly string _schema;
    private readonly Queue<StoredRow> _read = new();
    private long _last = long.MinValue;
    private bool _ended;

    private ShardReader(PostgresShard shard, NpgsqlConnection connection, NpgsqlTransaction transaction, string schema) =>
        (_shard, _connection, _transaction, _schema) = (shard, connection, transaction, schema);

    /// <summary>The row to come, or null at the end.</summary>
    public StoredRow? Next => _read.TryPeek(out StoredRow? row) ? row : null;

    public static async Task<ShardReader> OpenAsync(PostgresShard shard, string schema, CancellationToken stop)
    {
        try
        {
            (NpgsqlConnection connection, NpgsqlTransaction transaction) = await shard.BeginAsync(IsolationLevel.RepeatableRead,
                stop).ConfigureAwait(false);
            ShardReader reader = new(shard, connection, transaction, schema);
            bool filled = false;
            try
            {
                await reader.FillAsync(stop).ConfigureAwait(false);
                filled = true;
                return reader;
            }
            finally
            {
                if (!filled)
                    await reader.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (NpgsqlException e) when (shard.Mended(e) is { } mended)
        {
            throw mended;
        }
    }

    /// <summary>Goes past <see cref="Next"/>.</summary>
    public async Task AdvanceAsync(CancellationToken stop)
    {
        _read.Dequeue();
        if (_read.Count == 0 && !_ended)
            await FillAsync(stop).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Rows with these ids, in no order.</summary>
    public static async Task<List<StoredRow>> RowsAsync(NpgsqlConnection connection, string schema, long[] ids, CancellationToken stop)
    {
        await using NpgsqlCommand command = new($"SELECT {RowColumns} FROM {schema}.items WHERE id = ANY ($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        List<StoredRow> rows = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            rows.Add(ReadRow(reader));
        return rows;
    }

    /// <summary>Pictures with these ids, or all, in no order.</summary>
    public static async Task<List<GalleryItem>> ItemsAsync(NpgsqlConnection connection, string schema, long[]? ids, CancellationToken stop)
    {
        await using NpgsqlCommand command = new(
            $"SELECT {ShardSearch.ItemColumns} FROM {schema}.items{(ids is null ? "" : " WHERE id = ANY ($1)")}", connection);
        if (ids is not null)
            command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        List<GalleryItem> items = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            items.Add(ShardSearch.ReadItem(reader));
        return items;
    }

    private const string RowColumns = ShardSearch.ItemColumns + ", norm, row::real[]";

    private async Task FillAsync(CancellationToken stop)
    {
        try
        {
            await using NpgsqlCommand command = new($"SELECT {RowColumns} FROM {_schema}.items WHERE id > $1 ORDER BY id LIMIT $2", _connection);
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = _last });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Page });
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
            while (await reader.ReadAsync(stop).ConfigureAwait(false))
                _read.Enqueue(ReadRow(reader));
        }
        catch (NpgsqlException e) when (_shard.Mended(e) is { } mended)
        {
            throw mended;
        }
        _ended = _read.Count < Page;
        _last = _read.LastOrDefault()?.Item.Id ?? _last;
    }

    private static StoredRow ReadRow(NpgsqlDataReader reader) =>
        new(ShardSearch.ReadItem(reader), reader.GetFieldValue<float[]>(ShardSearch.ItemCount + 1), reader.GetFloat(ShardSearch.ItemCount));
}
