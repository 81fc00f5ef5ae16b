using System.Globalization;
using Cirrus.Gallery;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>What one shard found for one query.</summary>
internal readonly record struct ShardAnswer(List<GalleryHit> Hits, long Searched, long Matched);

/// <summary>The search of one shard. It returns k rows whenever k match, also where the index alone would not.</summary>
/// <remarks>
/// The order is by the bare distance, ascending, as pgvector takes its index for nothing else; the negated inner product is minus
/// the cosine of unit rows. Settings are the transaction's own, so that nothing is left in a pooled session.
/// </remarks>
internal static class ShardSearch
{
    /// <summary>The bounds of hnsw.ef_search: pgvector's default and its greatest.</summary>
    private const int LeastCandidates = 40, MostCandidates = 1000;

    /// <param name="queries">unit vectors, each [P].</param>
    public static async Task<ShardAnswer[]> RunAsync(NpgsqlConnection connection, string schema, RowType rows, IReadOnlyList<float[]> queries, int k, ItemFilter? filter, bool exact,
        CancellationToken stop)
    {
        await using NpgsqlBatch settings = new(connection);
        foreach (string setting in exact ? ExactSettings : IndexSettings(k))
            settings.BatchCommands.Add(new(setting));
        NpgsqlBatchCommand count = new();
        count.CommandText = $"SELECT count(*), count(*) FILTER (WHERE {PostgresFilter.Condition(filter, count.Parameters)}) FROM {schema}.items";
        settings.BatchCommands.Add(count);
        long searched, matched;
        await using (NpgsqlDataReader reader = await settings.ExecuteReaderAsync(stop).ConfigureAwait(false))
        {
            await reader.ReadAsync(stop).ConfigureAwait(false);
            (searched, matched) = (reader.GetInt64(0), reader.GetInt64(1));
        }
        List<GalleryHit>[] found = new List<GalleryHit>[queries.Count];
        if (matched == 0)
            Array.Fill(found, []);
        else
            await NearestAsync(connection, schema, rows, queries, [.. Enumerable.Range(0, queries.Count)], found, k, filter, [], stop).ConfigureAwait(false);
        int[] brief = [.. Enumerable.Range(0, queries.Count).Where(q => found[q].Count < Math.Min(k, matched))];
        if (brief.Length > 0)
            await NearestAsync(connection, schema, rows, queries, brief, found, k, filter, ExactSettings, stop).ConfigureAwait(false);
        return [.. found.Select(hits => new ShardAnswer(hits, searched, matched))];
    }

    /// <summary>HNSW is read by index scans only; without them the planner reads rows.</summary>
    private static readonly string[] ExactSettings = ["SET LOCAL enable_indexscan = off"];

    /// <summary>SET LOCAL and not set_config, as Citus hands on only the former.</summary>
    private static string[] IndexSettings(int k) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"SET LOCAL hnsw.ef_search = {Math.Clamp(k, LeastCandidates, MostCandidates)}"),
        "SET LOCAL hnsw.iterative_scan = strict_order",
    ];

    /// <summary>Asks for the nearest rows of some queries in one round trip.</summary>
    private static async Task NearestAsync(NpgsqlConnection connection, string schema, RowType rows, IReadOnlyList<float[]> queries, int[] asked, List<GalleryHit>[] found, int k,
        ItemFilter? filter, IEnumerable<string> settings, CancellationToken stop)
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (string setting in settings)
            batch.BatchCommands.Add(new(setting));
        foreach (int q in asked)
            batch.BatchCommands.Add(Nearest(schema, rows, queries[q], k, filter));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        for (int i = 0; i < asked.Length; i++)
        {
            List<GalleryHit> hits = [];
            while (await reader.ReadAsync(stop).ConfigureAwait(false))
                hits.Add(new(ReadItem(reader), (float)-reader.GetDouble(ItemCount)));
            found[asked[i]] = hits;
            await reader.NextResultAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>The statement that finds the nearest rows: an item's columns and the distance.</summary>
    internal static NpgsqlBatchCommand Nearest(string schema, RowType rows, float[] query, int k, ItemFilter? filter)
    {
        NpgsqlBatchCommand command = new();
        command.Parameters.Add(new NpgsqlParameter<float[]> { TypedValue = query });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = k });
        string where = filter is null ? "" : $" WHERE {PostgresFilter.Condition(filter, command.Parameters)}", distance = $"row <#> $1::real[]::{PostgresTables.TypeOf(rows)}";
        command.CommandText = $"SELECT {ItemColumns}, {distance} FROM {schema}.items{where} ORDER BY {distance} LIMIT $2";
        return command;
    }

    /// <summary>The columns of an item, in the order in which <see cref="ReadItem"/> reads them.</summary>
    public const string ItemColumns = "id, path, size, modified, hash, width, height";

    /// <summary>How many <see cref="ItemColumns"/> are.</summary>
    public const int ItemCount = 7;

    public static GalleryItem ReadItem(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6));
}
