using System.Data;
using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>What a shard's manifest table says.</summary>
/// <param name="Indexed">there is an HNSW index over the rows.</param>
internal sealed record PostgresManifest(int Format, int Shard, int Shards, RowType Rows, EmbeddingSpace Space, bool Indexed)
{
    public static async Task<PostgresIndex> CreateAsync(IReadOnlyList<string> connections, EmbeddingSpace space,
        PostgresOptions options, CancellationToken stop)
    {
        PostgresShard[] shards = Connect(connections, options);
        PostgresIndex? opened = null;
        try
        {
            RowType rows = options.Rows;
            bool indexed = true;
            for (int s = 0; s < shards.Length; s++)
            {
                PostgresTables tables = new(options.Schema, space.P, rows, options.Index, s, shards.Length);
                if (tables.Index && space.P > PostgresTables.MostIndexed(rows))
                    throw new CirrusException(
                        $"pgvector indexes at most {PostgresTables.MostIndexed(rows)} numbers of {tables.Type}; these rows have {space.P}.",
                        hint: rows == RowType.Vector ? "keep them as halfvec, or without an index" : "keep them without an index");
                PostgresManifest made = await MakeAsync(shards[s], tables, space, options, stop).ConfigureAwait(false);
                made.Check(shards[s], s, shards.Length);
                Require(shards[s].Name, made.Space, space);
                (rows, indexed) = (made.Rows, indexed && made.Indexed);
            }
            opened = new(shards, options, space, rows, PostgresTables.Format, indexed);
            return opened;
        }
        finally
        {
            if (opened is null)
                Close(shards);
        }
    }

    public static async Task<PostgresIndex> OpenAsync(IReadOnlyList<string> connections, PostgresOptions options,
        bool partial, CancellationToken stop)
    {
        PostgresShard[] shards = Connect(connections, options);
        PostgresIndex? opened = null;
        try
        {
            Reply<PostgresManifest?>[] replies = await Task.WhenAll(shards.Select(s =>
                s.ReadAsync((connection, given) => ReadAsync(connection, options.Schema, given), stop))).ConfigureAwait(false);
            PostgresManifest? first = null;
            for (int s = 0; s < shards.Length; s++)
            {
                if (replies[s].Silence is string why)
                {
                    if (!partial || replies.All(r => r.Silence is not null))
                        throw shards[s].Silent(why);
                    continue;
                }
                PostgresManifest manifest = replies[s].Value
                    ?? throw new CirrusException($"There is no gallery '{options.Schema}' in {shards[s].Name}.",
                    hint: "make one from a folder: cirrus gallery export --to CONNECTION");
                manifest.Check(shards[s], s, shards.Length);
                first ??= manifest;
                if (!Same(first.Space, manifest.Space) || first.Rows != manifest.Rows)
                    throw new CirrusException(
                        $"The shards do not belong together: {shards[s].Name} holds vectors of {Describe(manifest.Space)}, "
                            + $"another shard of {Describe(first.Space)}.",
                        hint: "name the databases of one gallery");
            }
            opened = new(shards, options, first!.Space, first.Rows, replies.Min(r => r.Value?.Format ?? PostgresTables.Format),
                replies.All(r => r.Value?.Indexed is not false));
            return opened;
        }
        finally
        {
            if (opened is null)
                Close(shards);
        }
    }

    public static void Require(string place, EmbeddingSpace there, EmbeddingSpace given)
    {
        if (!Same(there, given))
            throw new CirrusException($"The gallery in {place} holds vectors of {Describe(there)}, these are of {Describe(given)}.",
                hint: "such vectors cannot be mixed; take another --schema for them");
    }

    /// <summary>The same vectors: the model's name and place may differ.</summary>
    private static bool Same(EmbeddingSpace a, EmbeddingSpace b) =>
        (a.Fingerprint, a.P, a.Preprocessing, a.Orientation) == (b.Fingerprint, b.P, b.Preprocessing, b.Orientation);

    private static string Describe(EmbeddingSpace s) => string.Create(CultureInfo.InvariantCulture,
        $"{s.Model} ({s.Fingerprint}, {s.P} numbers, {s.Preprocessing}, {s.Orientation})");

    private static PostgresShard[] Connect(IReadOnlyList<string> connections, PostgresOptions options)
    {
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentOutOfRangeException.ThrowIfZero(connections.Count);
        PostgresTables.CheckedSchema(options.Schema);
        return [.. connections.Select(c => new PostgresShard(c, options.ShardTimeout))];
    }

    private static void Close(PostgresShard[] shards)
    {
        foreach (PostgresShard shard in shards)
            shard.Dispose();
    }

    /// <summary>Makes what is missing in one shard, in one transaction, and reads what stands there then.</summary>
    private static async Task<PostgresManifest> MakeAsync(PostgresShard shard, PostgresTables tables, EmbeddingSpace space,
        PostgresOptions options, CancellationToken stop)
    {
        try
        {
            (NpgsqlConnection connection, NpgsqlTransaction transaction) = await shard.BeginAsync(IsolationLevel.ReadCommitted,
                stop).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            await using (transaction.ConfigureAwait(false))
            {
                await ShardWriter.TakeTurnAsync(connection, tables.Schema, stop).ConfigureAwait(false);
                PostgresManifest? there = await ReadAsync(connection, tables.Schema, stop).ConfigureAwait(false);
                if (there is { Format: >= PostgresTables.Format }
                    || (there is not null && (there.Shard, there.Shards) != (tables.Shard, tables.Shards)))
                    return there;
                foreach (string statement in there is null ? options.Create(tables) : tables.Renewal)
                {
                    await using NpgsqlCommand make = new(statement, connection);
                    await make.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
                }
                PostgresManifest manifest = there ?? new(PostgresTables.Format, tables.Shard, tables.Shards, tables.Rows, space, tables.Index);
                if (there is null)
                    await manifest.WriteAsync(connection, tables, stop).ConfigureAwait(false);
                await transaction.CommitAsync(stop).ConfigureAwait(false);
                return manifest;
            }
        }
        catch (NpgsqlException e) when (shard.Mended(e) is { } mended)
        {
            throw mended;
        }
    }

    private void Check(PostgresShard shard, int place, int count)
    {
        if (Format > PostgresTables.Format)
            throw new CirrusException($"The gallery in {shard.Name} has format {Format}; this cirrus knows up to {PostgresTables.Format}.",
                hint: "use a newer cirrus");
        if ((Shard, Shards) != (place, count))
            throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                $"{shard.Name} is shard {Shard + 1} of {Shards}, and was given as {place + 1} of {count}."),
                hint: "name every shard once, in the order in which the gallery was made");
    }

    private static async Task<PostgresManifest?> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken stop)
    {
        await using (NpgsqlCommand exists = new("SELECT to_regclass($1) IS NOT NULL", connection))
        {
            exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema + ".manifest" });
            if (!(bool)(await exists.ExecuteScalarAsync(stop).ConfigureAwait(false))!)
                return null;
        }
        await using NpgsqlCommand command = new(
            $"SELECT format, shard, shards, rows, model, fingerprint, model_path, p, preprocessing, orientation, "
                + $"to_regclass('{schema}.items_row') IS NOT NULL FROM {schema}.manifest",
                connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        if (!await reader.ReadAsync(stop).ConfigureAwait(false))
            return null;
        return new(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2),
            reader.GetString(3) == PostgresTables.TypeOf(RowType.Halfvec) ? RowType.Halfvec : RowType.Vector,
            new(reader.GetString(4), reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetInt32(7),
                reader.GetString(8), reader.GetString(9)), reader.GetBoolean(10));
    }

    private async Task WriteAsync(NpgsqlConnection connection, PostgresTables tables, CancellationToken stop)
    {
        await using NpgsqlCommand command = new(
            $"INSERT INTO {tables.Schema}.manifest (format, shard, shards, rows, model, fingerprint, model_path, p, "
                + "preprocessing, orientation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                connection);
        NpgsqlParameterCollection values = command.Parameters;
        values.Add(new NpgsqlParameter<int> { TypedValue = Format });
        values.Add(new NpgsqlParameter<int> { TypedValue = Shard });
        values.Add(new NpgsqlParameter<int> { TypedValue = Shards });
        foreach (string? text in (string?[])[tables.Type, Space.Model, Space.Fingerprint, Space.ModelPath])
            values.Add(new NpgsqlParameter<string> { TypedValue = text });
        values.Add(new NpgsqlParameter<int> { TypedValue = Space.P });
        values.Add(new NpgsqlParameter<string> { TypedValue = Space.Preprocessing });
        values.Add(new NpgsqlParameter<string> { TypedValue = Space.Orientation });
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }
}
