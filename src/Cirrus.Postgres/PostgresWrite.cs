using System.Data;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>A write on some shards: open transactions, of which the first shard's holds the writers' lock. Undone unless committed.</summary>
internal sealed class PostgresWrite : IAsyncDisposable
{
    private readonly PostgresShard[] _shards;
    private readonly (NpgsqlConnection Connection, NpgsqlTransaction Transaction)?[] _open;

    private PostgresWrite(PostgresShard[] shards) => (_shards, _open) = (shards, new (NpgsqlConnection, NpgsqlTransaction)?[shards.Length]);

    /// <summary>Waits for this writer's turn.</summary>
    /// <param name="takesPart">which shards; the first always does.</param>
    /// <exception cref="CirrusException">A database does not answer.</exception>
    public static async Task<PostgresWrite> BeginAsync(PostgresShard[] shards, Func<int, bool> takesPart, string schema, CancellationToken stop)
    {
        PostgresWrite write = new(shards);
        bool begun = false;
        try
        {
            for (int s = 0; s < shards.Length; s++)
                if (s == 0 || takesPart(s))
                    write._open[s] = await write.OnAsync(s, () => shards[s].BeginAsync(IsolationLevel.ReadCommitted, stop), stop)
                        .ConfigureAwait(false);
            await write.OnAsync(0, async () =>
            {
                await ShardWriter.TakeTurnAsync(write._open[0]!.Value.Connection, schema, stop).ConfigureAwait(false);
                return 0;
            }, stop).ConfigureAwait(false);
            begun = true;
            return write;
        }
        finally
        {
            if (!begun)
                await write.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Works on all shards that take part at once; the others' results are the default.</summary>
    public Task<T?[]> EachAsync<T>(Func<NpgsqlConnection, int, Task<T>> work) =>
        Task.WhenAll(_open.Select(async (open, s) =>
            open is { } o ? await OnAsync(s, () => work(o.Connection, s), default).ConfigureAwait(false) : default(T?)));

    public async Task CommitAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        for (int s = _open.Length - 1; s >= 0; s--) // the lock last
            if (_open[s] is { } open)
                await OnAsync(s, async () =>
                {
                    await open.Transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    return 0;
                }, default).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((NpgsqlConnection Connection, NpgsqlTransaction Transaction)? open in _open)
            if (open is { } o)
            {
                await o.Transaction.DisposeAsync().ConfigureAwait(false);
                await o.Connection.DisposeAsync().ConfigureAwait(false);
            }
    }

    /// <summary>Names the shard in what fails.</summary>
    private async Task<T> OnAsync<T>(int shard, Func<Task<T>> work, CancellationToken stop)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (_shards[shard].Mended(e) is { } mended)
        {
            stop.ThrowIfCancellationRequested();
            throw mended;
        }
    }
}
