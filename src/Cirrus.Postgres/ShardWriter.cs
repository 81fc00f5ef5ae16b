using Cirrus.Gallery;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>Writes rows of one shard inside a transaction that the caller commits.</summary>
internal static class ShardWriter
{
    /// <summary>Adds rows, pipelined; a path that is there is replaced.</summary>
    /// <param name="places">which of <paramref name="rows"/> belong to this shard.</param>
    /// <param name="ids">gets their ids, each at its row's place.</param>
    /// <exception cref="CirrusException">An id belongs to another picture.</exception>
    public static async Task AddAsync(NpgsqlConnection connection, PostgresTables tables, IReadOnlyList<StoredRow> rows,
        int[] places, long[] ids, int batchSize, CancellationToken stop)
    {
        string columns = "path, size, modified, hash, width, height, norm, row",
            update = string.Join(", ", columns.Split(", ").Skip(1).Select(c => $"{c} = excluded.{c}"));
        foreach (int[] part in places.Chunk(batchSize))
        {
            await using NpgsqlBatch batch = new(connection);
            foreach (int place in part)
            {
                (GalleryItem item, ReadOnlyMemory<float> unit, float norm) = rows[place];
                bool keep = item.Id != 0;
                NpgsqlBatchCommand insert = new($"""
                    INSERT INTO {tables.Schema}.items ({columns}{(keep ? ", id" : "")}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::real[]::{tables.Type}{(keep ? ", $9" : "")})
                    ON CONFLICT (path) DO UPDATE SET {update}{(keep ? ", id = excluded.id" : "")} RETURNING id
                    """);
                NpgsqlParameterCollection values = insert.Parameters;
                values.Add(new NpgsqlParameter<string> { TypedValue = item.Path });
                values.Add(new NpgsqlParameter<long> { TypedValue = item.Size });
                values.Add(new NpgsqlParameter<long> { TypedValue = item.Modified });
                values.Add(new NpgsqlParameter<string> { TypedValue = item.Hash });
                values.Add(new NpgsqlParameter<int> { TypedValue = item.Width });
                values.Add(new NpgsqlParameter<int> { TypedValue = item.Height });
                values.Add(new NpgsqlParameter<float> { TypedValue = norm });
                values.Add(new NpgsqlParameter<float[]> { TypedValue = unit.ToArray() });
                if (keep)
                    values.Add(new NpgsqlParameter<long> { TypedValue = item.Id });
                batch.BatchCommands.Add(insert);
            }
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
            foreach (int place in part)
            {
                await reader.ReadAsync(stop).ConfigureAwait(false);
                ids[place] = reader.GetInt64(0);
                await reader.NextResultAsync(stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A picture of this shard that has one of these ids and another path than the one that the id is wanted for, or null.</summary>
    public static async Task<GalleryItem?> TakenAsync(NpgsqlConnection connection, PostgresTables tables,
        IReadOnlyDictionary<long, string> wanted, CancellationToken stop)
    {
        await using NpgsqlCommand command = new($"SELECT {ShardSearch.ItemColumns} FROM {tables.Schema}.items WHERE id = ANY ($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. wanted.Keys] });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            if (ShardSearch.ReadItem(reader) is var item && wanted[item.Id] != item.Path)
                return item;
        return null;
    }

    /// <summary>Sees to it that ids which this shard gives from now on are greater than one that was given from outside.</summary>
    public static async Task GiveBeyondAsync(NpgsqlConnection connection, PostgresTables tables, long greatest, CancellationToken stop)
    {
        // this shard's ids are Shard + 1 modulo Shards
        long last = greatest + ((tables.Shard + 1 - (greatest % tables.Shards) + tables.Shards) % tables.Shards);
        await using NpgsqlCommand command = new($"""
            SELECT setval(s, $1) FROM (SELECT pg_get_serial_sequence('{tables.Schema}.items', 'id')::regclass AS s) names
            WHERE $1 > coalesce(pg_sequence_last_value(s), 0)
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = last });
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    public static async Task<int> RemoveAsync(NpgsqlConnection connection, PostgresTables tables, long[] ids, CancellationToken stop)
    {
        await using NpgsqlCommand command = new($"DELETE FROM {tables.Schema}.items WHERE id = ANY ($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Gives the shard a version that it never had, whatever became of the gallery before: the number of this transaction.</summary>
    public static async Task RenewVersionAsync(NpgsqlConnection connection, string schema, CancellationToken stop)
    {
        await using NpgsqlCommand command = new($"UPDATE {schema}.manifest SET version = txid_current()", connection);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <param name="mark">UTC ticks; null: none.</param>
    /// <param name="instead">counts only where this mark stands; null: everywhere.</param>
    public static async Task<int> MarkAsync(NpgsqlConnection connection, string schema, long? mark, long? instead, CancellationToken stop)
    {
        await using NpgsqlCommand command = new(
            $"UPDATE {schema}.manifest SET unfinished = $1{(instead is null ? "" : " WHERE unfinished = $2")}", connection);
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = mark });
        if (instead is long old)
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = old });
        return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Waits until no other writer is in this gallery; the transaction's end lets the next one in.</summary>
    public static async Task TakeTurnAsync(NpgsqlConnection connection, string schema, CancellationToken stop)
    {
        await using NpgsqlCommand command = new("SELECT pg_advisory_xact_lock($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)ShardOf.Hash("cirrus " + schema) });
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }
}
