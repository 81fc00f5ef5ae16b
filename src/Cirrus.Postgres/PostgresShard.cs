using System.Data;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>What a shard said, or why it said nothing.</summary>
internal readonly record struct Reply<T>(T? Value, string? Silence);

/// <summary>One database of a gallery: its pool of connections, and what becomes of its failures.</summary>
internal sealed class PostgresShard : IDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <exception cref="CirrusException">The connection string cannot be read.</exception>
    public PostgresShard(string connection, TimeSpan timeout)
    {
        NpgsqlSlimDataSourceBuilder builder = new(DatabasePlace.Parse(connection).ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        (_source, Name, Timeout) = (builder.Build(), DatabasePlace.Show(connection), timeout);
    }

    /// <summary>Host, port and database: never user or password.</summary>
    public string Name { get; }

    public ShardMemory Memory { get; } = new();

    private TimeSpan Timeout { get; }

    /// <summary>Reads in a transaction of its own, which sees one state of the tables; no answer in time is silence.</summary>
    /// <exception cref="CirrusException">The database answers that it cannot: a wrong password, no such table.</exception>
    public async Task<Reply<T>> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        CancellationToken given = patience.Token;
        patience.CancelAfter(Timeout);
        Task<T> answer = InTransactionAsync(work, given);
        // to tell a hung server that its answer is not wanted takes long as well; nobody waits for that
        _ = answer.ContinueWith((ended, source) =>
        {
            _ = ended.Exception;
            ((CancellationTokenSource)source!).Dispose();
        }, patience, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return new(await answer.WaitAsync(given).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(default, $"no answer within {Timeout.TotalSeconds:0.#} s");
        }
        catch (NpgsqlException e) when (IsSilence(e))
        {
            stop.ThrowIfCancellationRequested();
            return new(default, e.InnerException is TimeoutException ? "no answer in time" : e.Message);
        }
        catch (PostgresException e) when (Mendable(e) is { } mendable)
        {
            throw mendable;
        }
    }

    private async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop).ConfigureAwait(false);
        T value = await work(connection, stop).ConfigureAwait(false);
        await transaction.CommitAsync(stop).ConfigureAwait(false);
        return value;
    }

    /// <summary>A connection with an open transaction, for writing; failures are the caller's to hand to <see cref="Mended"/>.</summary>
    public async Task<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)> BeginAsync(IsolationLevel isolation, CancellationToken stop)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(stop).ConfigureAwait(false);
        NpgsqlTransaction? transaction = null;
        try
        {
            transaction = await connection.BeginTransactionAsync(isolation, stop).ConfigureAwait(false);
            return (connection, transaction);
        }
        finally
        {
            if (transaction is null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => _source.Dispose();

    /// <summary>A failure of this shard as an error that a person can mend; null when it is none.</summary>
    public CirrusException? Mended(NpgsqlException e) => IsSilence(e) ? Silent(e.Message) : e is PostgresException p ? Mendable(p) : null;

    public CirrusException Silent(string why) => new($"The database {Name} does not answer: {why}.",
        hint: "see that it runs and can be reached from here, then try again", kind: ProblemKind.Silent);

    /// <summary>The connection could not be made or was lost, or the server is going down or full.</summary>
    private static bool IsSilence(NpgsqlException e) => e is not PostgresException p
        || p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || p.SqlState.StartsWith("53", StringComparison.Ordinal);

    private CirrusException? Mendable(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Error(e, "check user and password"),
        PostgresErrorCodes.InvalidCatalogName => Error(e, "create the database first"),
        PostgresErrorCodes.InsufficientPrivilege => Error(e, "grant the user what it needs, or make extension and schema as an administrator"),
        PostgresErrorCodes.FeatureNotSupported or "58P01" =>
            Error(e, "pgvector has to be installed on the server: https://github.com/pgvector/pgvector"),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedObject =>
            Error(e, "this is no gallery, or one of another program"),
        PostgresErrorCodes.SyntaxError or PostgresErrorCodes.ReservedName =>
            Error(e, "the schema's name may be a word of SQL; take another --schema"),
        PostgresErrorCodes.ReadOnlySqlTransaction => Error(e, "give the server that can be written"),
        PostgresErrorCodes.QueryCanceled => Error(e, "allow more time: statement_timeout, or Command Timeout in the connection string"),
        ['2', '2', ..] => Error(e, "this picture's record cannot be kept by a database; rename its file, or leave it out"),
        PostgresErrorCodes.DiskFull or PostgresErrorCodes.ProgramLimitExceeded => Error(e, "see the server's log"),
        _ => null,
    };

    private CirrusException Error(PostgresException e, string hint) => new($"The database {Name} answers: {e.MessageText}.", hint);
}
