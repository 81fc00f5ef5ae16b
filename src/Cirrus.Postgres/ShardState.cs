using System.Globalization;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>What changes in a shard's manifest.</summary>
/// <param name="Version">another after every write; null in a gallery of format 1, which has none.</param>
/// <param name="Unfinished">UTC ticks when an export began that has not ended; null: none.</param>
internal readonly record struct ShardState(long? Version, long? Unfinished)
{
    /// <summary>Reads it also where format 1 has no such columns.</summary>
    public static string Statement(string schema) =>
        $"SELECT (to_jsonb(m) ->> 'version')::bigint, (to_jsonb(m) ->> 'unfinished')::bigint FROM {schema}.manifest AS m";

    public static async Task<ShardState> ReadAsync(NpgsqlDataReader reader, CancellationToken stop) =>
        await reader.ReadAsync(stop).ConfigureAwait(false)
        ? new(reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)) : default;

    /// <summary>What a reader is told of an export that has not ended.</summary>
    public static string Warning(long began) => string.Create(CultureInfo.InvariantCulture,
        $"an export into this gallery, begun {new DateTime(began, DateTimeKind.Utc):yyyy-MM-dd HH:mm} UTC, has not ended: "
            + $"pictures may be missing or old until it has, or is run again");
}
