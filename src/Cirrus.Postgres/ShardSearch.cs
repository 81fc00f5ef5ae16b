using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Gallery;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>What is asked of each shard.</summary>
/// <param name="Queries">unit vectors, each [P].</param>
/// <param name="Sampled">rows of a sample that are wanted with the answer; 0: none.</param>
internal sealed record ShardQuestion(string Schema, RowType Rows, IReadOnlyList<float[]> Queries, int K, ItemFilter? Filter, bool Exact, int Sampled);

/// <summary>What one shard found: hits for each query.</summary>
/// <param name="Unfinished">UTC ticks when an export into it began that has not ended.</param>
internal sealed record ShardAnswer(IReadOnlyList<GalleryHit>[] Hits, long Searched, long Matched, long? Unfinished, IReadOnlyList<float[]> Sample);

/// <summary>The search of one shard. It returns k rows whenever k match, also where the index alone would not.</summary>
/// <remarks>
/// The order is by the bare distance, ascending, as pgvector takes its index for nothing else; the negated inner product is minus
/// the cosine of unit rows. Settings are the transaction's own, so that nothing is left in a pooled session. Matching rows are counted
/// in the same snapshot, but only when the shard's version says that what was counted before does not hold any more.
/// </remarks>
internal static class ShardSearch
{
    /// <summary>The bounds of hnsw.ef_search: pgvector's default and its greatest.</summary>
    private const int LeastCandidates = 40, MostCandidates = 1000;

    public static async Task<ShardAnswer> RunAsync(NpgsqlConnection connection, ShardQuestion question, ShardMemory memory, CancellationToken stop)
    {
        (ShardState state, List<GalleryHit>[] found) = await FirstAsync(connection, question, stop).ConfigureAwait(false);
        (long searched, long matched) = await CountAsync(connection, question, state.Version, memory, stop).ConfigureAwait(false);
        int[] brief = [.. Enumerable.Range(0, found.Length).Where(q => found[q].Count < Math.Min(question.K, matched))];
        if (brief.Length > 0)
            await ExactlyAsync(connection, question, brief, found, stop).ConfigureAwait(false);
        IReadOnlyList<float[]> sample = question.Sampled == 0 ? [] : memory.Sample(searched)
            ?? await SampleAsync(connection, question, searched, memory, stop).ConfigureAwait(false);
        return new(found, searched, matched, state.Unfinished, sample);
    }

    /// <summary>HNSW is read by index scans only; without them the planner reads rows.</summary>
    private const string ExactSetting = "SET LOCAL enable_indexscan = off";

    /// <summary>SET LOCAL and not set_config, as Citus hands on only the former.</summary>
    private static string[] Settings(ShardQuestion question) => question.Exact ? [ExactSetting] :
    [
        string.Create(CultureInfo.InvariantCulture, $"SET LOCAL hnsw.ef_search = {Math.Clamp(question.K, LeastCandidates, MostCandidates)}"),
        "SET LOCAL hnsw.iterative_scan = strict_order",
    ];

    /// <summary>The shard's state and the nearest rows, in one round trip.</summary>
    private static async Task<(ShardState State, List<GalleryHit>[] Found)> FirstAsync(NpgsqlConnection connection,
        ShardQuestion question, CancellationToken stop)
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (string setting in Settings(question))
            batch.BatchCommands.Add(new(setting));
        batch.BatchCommands.Add(new(ShardState.Statement(question.Schema)));
        foreach (float[] query in question.Queries)
            batch.BatchCommands.Add(Nearest(question.Schema, question.Rows, query, question.K, question.Filter));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        ShardState state = await ShardState.ReadAsync(reader, stop).ConfigureAwait(false);
        List<GalleryHit>[] found = new List<GalleryHit>[question.Queries.Count];
        for (int q = 0; q < found.Length; q++)
        {
            await reader.NextResultAsync(stop).ConfigureAwait(false);
            found[q] = await ReadHitsAsync(reader, stop).ConfigureAwait(false);
        }
        return (state, found);
    }

    /// <summary>Asks some queries again without the index.</summary>
    private static async Task ExactlyAsync(NpgsqlConnection connection, ShardQuestion question, int[] asked,
        List<GalleryHit>[] found, CancellationToken stop)
    {
        await using NpgsqlBatch batch = new(connection);
        batch.BatchCommands.Add(new(ExactSetting));
        foreach (int q in asked)
            batch.BatchCommands.Add(Nearest(question.Schema, question.Rows, question.Queries[q], question.K, question.Filter));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        foreach (int q in asked)
        {
            found[q] = await ReadHitsAsync(reader, stop).ConfigureAwait(false);
            await reader.NextResultAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>How many rows there are, and how many of them match: from memory where the version is that of the memory.</summary>
    private static async Task<(long Searched, long Matched)> CountAsync(NpgsqlConnection connection, ShardQuestion question,
        long? version, ShardMemory memory, CancellationToken stop)
    {
        const string all = "";
        NpgsqlBatchCommand count = new();
        string condition = PostgresFilter.Condition(question.Filter, count.Parameters), key = question.Filter is null
            ? all : Key(condition, count.Parameters);
        if (memory.Count(version, all) is long searched)
        {
            if (memory.Count(version, key) is long known)
                return (searched, known);
            count.CommandText = $"SELECT count(*) FROM {question.Schema}.items WHERE {condition}";
        }
        else
        {
            searched = -1;
            count.CommandText = $"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM {question.Schema}.items";
        }
        await using NpgsqlBatch batch = new(connection);
        batch.BatchCommands.Add(count);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        long matched = reader.GetInt64(0);
        if (searched < 0)
            memory.Keep(version, all, searched = reader.GetInt64(1));
        memory.Keep(version, key, matched);
        return (searched, matched);
    }

    /// <summary>Rows in the order of their contents' hashes, which are as good as random and have an index.</summary>
    private static async Task<IReadOnlyList<float[]>> SampleAsync(NpgsqlConnection connection, ShardQuestion question,
        long searched, ShardMemory memory, CancellationToken stop)
    {
        await using NpgsqlCommand command = new($"SELECT row::real[] FROM {question.Schema}.items ORDER BY hash LIMIT $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = question.Sampled });
        List<float[]> rows = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            rows.Add(reader.GetFieldValue<float[]>(0));
        memory.Keep(searched, rows);
        return rows;
    }

    /// <summary>The same for the same condition with the same values, and for no other: each value stands there with its length.</summary>
    private static string Key(string condition, NpgsqlParameterCollection values)
    {
        StringBuilder text = new(condition);
        foreach (NpgsqlParameter value in values)
        {
            string[] parts = Parts(value.Value);
            text.Append(CultureInfo.InvariantCulture, $" {parts.Length}");
            foreach (string part in parts)
                text.Append(CultureInfo.InvariantCulture, $" {part.Length}:{part}");
        }
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string[] Parts(object? value) => value switch
    {
        long[] numbers => [.. numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))],
        string[] texts => texts,
        string one => [one],
        long one => [one.ToString(CultureInfo.InvariantCulture)],
        _ => throw new InvalidOperationException($"A filter has a value of type {value?.GetType().Name}."),
    };

    private static async Task<List<GalleryHit>> ReadHitsAsync(NpgsqlDataReader reader, CancellationToken stop)
    {
        List<GalleryHit> hits = [];
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            hits.Add(new(ReadItem(reader), (float)-reader.GetDouble(ItemCount)));
        return hits;
    }

    /// <summary>The statement that finds the nearest rows: an item's columns and the distance.</summary>
    internal static NpgsqlBatchCommand Nearest(string schema, RowType rows, float[] query, int k, ItemFilter? filter)
    {
        NpgsqlBatchCommand command = new();
        command.Parameters.Add(new NpgsqlParameter<float[]> { TypedValue = query });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = k });
        string where = filter is null ? "" : $" WHERE {PostgresFilter.Condition(filter, command.Parameters)}",
            distance = $"row <#> $1::real[]::{PostgresTables.TypeOf(rows)}";
        command.CommandText = $"SELECT {ItemColumns}, {distance} FROM {schema}.items{where} ORDER BY {distance} LIMIT $2";
        return command;
    }

    /// <summary>The columns of an item, in the order in which <see cref="ReadItem"/> reads them.</summary>
    public const string ItemColumns = "id, path, size, modified, hash, width, height";

    /// <summary>How many <see cref="ItemColumns"/> are.</summary>
    public const int ItemCount = 7;

    public static GalleryItem ReadItem(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4),
            reader.GetInt32(5), reader.GetInt32(6));
}
