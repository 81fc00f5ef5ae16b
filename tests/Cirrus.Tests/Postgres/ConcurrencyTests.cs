using System.Diagnostics;
using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Tests.Postgres;

/// <summary>Many clients at once, on three databases of a real PostgreSQL where an array stands in for pgvector's type.</summary>
[Collection("postgres")]
public sealed class ConcurrencyTests(RealPostgres server)
{
    private const int P = PostgresData.P;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static PostgresOptions Options => PostgresData.Options() with { Create = StandIn.Statements };

    [Fact]
    public async Task Searches_answer_right_while_another_writes()
    {
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(server.Shards(3), PostgresData.Space, Options, Stop);
        StoredRow[] rows = PostgresData.Rows(600);
        rows = rows.With(await gallery.AddAsync(rows, Stop));
        // the writer's rows look the other way, so that they are never near and the right answers stay the same
        ItemFilter known = new ItemFilter.Not(new ItemFilter.PathTest("new/**"));
        StoredRow[] added = [.. PostgresData.Rows(300, seed: 3).Select(r => r with { Item = r.Item with { Path = "new/" + r.Item.Path } })];
        float[] queries = PostgresData.Queries(16);
        Task writer = Task.Run(async () =>
        {
            foreach (StoredRow[] part in added.Chunk(20))
                await gallery.AddAsync(part, Stop);
        }, Stop);
        int asked = 0;
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Stop }, async (i, stop) =>
        {
            int q = i % 16;
            IndexAnswer answer = (await gallery.SearchAsync(queries.AsMemory(q * P, P), 10, known, stop: stop))[0];
            PostgresData.Same(PostgresData.Nearest(rows, queries.AsSpan(q * P, P), 10), answer.Hits);
            Assert.Equal(600, answer.Matched);
            Assert.InRange(answer.Searched, 600, 900);
            Interlocked.Increment(ref asked);
        });
        await writer;
        Assert.Equal(64, asked);
        Assert.Equal(900, await gallery.CountAsync(Stop));
    }

    [Fact]
    public async Task Two_writers_of_the_same_pictures_agree()
    {
        string[] shards = server.Shards(3);
        PostgresOptions options = Options;
        // they also make the gallery at the same moment
        PostgresIndex[] writers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            Task.Run(() => PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop), Stop)));
        StoredRow[] rows = PostgresData.Rows(240);
        IReadOnlyList<long>[][] ids = await Task.WhenAll(writers.Select((writer, w) => Task.Run(async () =>
        {
            List<IReadOnlyList<long>> given = [];
            foreach (StoredRow[] part in rows.Chunk(24))
                given.Add(await writer.AddAsync(w == 0 ? part : [.. part.Reverse()], Stop));
            return given.ToArray();
        }, Stop)));
        Assert.Equal(ids[0].SelectMany(i => i), ids[1].SelectMany(i => i.Reverse()));
        Assert.Equal(240, ids[0].SelectMany(i => i).Distinct().Count());
        Assert.Equal(240, await writers[0].CountAsync(Stop));
        foreach (PostgresIndex writer in writers)
            writer.Dispose();
    }

    [Fact]
    public async Task A_write_is_whole_or_not_at_all_and_readers_never_wait_for_it()
    {
        string[] shards = server.Shards(3);
        PostgresOptions options = Options;
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop);
        await gallery.AddAsync(PostgresData.Rows(90), Stop);
        await using NpgsqlConnection other = new(shards[2]);
        await other.OpenAsync(Stop);
        await using (NpgsqlTransaction held = await other.BeginTransactionAsync(Stop))
        {
            await using (NpgsqlCommand hold = new(
                $"LOCK TABLE {options.Schema}.items IN ROW EXCLUSIVE MODE; UPDATE {options.Schema}.items SET size = size", other))
                await hold.ExecuteNonQueryAsync(Stop);
            using CancellationTokenSource impatient = new();
            Task<IReadOnlyList<long>> write = gallery.AddAsync([.. PostgresData.Rows(90, seed: 8).Select(r => r with { Item = r.Item with { Hash = "new" } })], impatient.Token);
            Assert.Equal(90, (await gallery.SearchAsync(PostgresData.Queries(1), 90, stop: Stop))[0].Hits.Count(h => h.Item.Hash != "new"));
            Assert.False(write.IsCompleted);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        }
        IReadOnlyList<GalleryItem> items = await gallery.ItemsAsync(Stop);
        Assert.Equal(90, items.Count);
        Assert.DoesNotContain(items, i => i.Hash == "new");
    }

    [Fact]
    public async Task Reading_sees_what_was_there_when_it_began()
    {
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(server.Shards(3), PostgresData.Space, Options, Stop);
        IReadOnlyList<long> ids = await gallery.AddAsync(PostgresData.Rows(1700), Stop);
        List<long> read = [];
        await foreach (IReadOnlyList<StoredRow> page in gallery.ReadAsync(Stop))
        {
            if (read.Count == 0)
            {
                await gallery.AddAsync(PostgresData.Rows(50, first: 5000), Stop);
                await gallery.RemoveAsync([.. ids.TakeLast(100)], Stop);
            }
            read.AddRange(page.Select(r => r.Item.Id));
        }
        Assert.Equal(ids.Order(), read);
        Assert.Equal(1650, await gallery.CountAsync(Stop));
    }

    [Fact]
    public async Task A_search_that_waits_can_be_cancelled()
    {
        string[] shards = server.Shards(3);
        PostgresOptions options = Options with { ShardTimeout = TimeSpan.FromHours(1) };
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop);
        await gallery.AddAsync(PostgresData.Rows(30), Stop);
        await using NpgsqlConnection other = new(shards[1]);
        await other.OpenAsync(Stop);
        await using NpgsqlTransaction held = await other.BeginTransactionAsync(Stop);
        await using (NpgsqlCommand hold = new($"LOCK TABLE {options.Schema}.items", other))
            await hold.ExecuteNonQueryAsync(Stop);
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            gallery.SearchAsync(PostgresData.Queries(1), 5, stop: cancel.Token)).WaitAsync(Patience, Stop);
        await held.RollbackAsync(Stop);
        Assert.Equal(5, (await gallery.SearchAsync(PostgresData.Queries(1), 5, stop: Stop))[0].Hits.Count);
    }

    [Fact]
    public async Task A_silent_shard_is_named_and_never_passed_over_unasked()
    {
        string[] shards = server.Shards(3);
        using LameProxy proxy = new(new NpgsqlConnectionStringBuilder(shards[1]).Port);
        shards[1] = new NpgsqlConnectionStringBuilder(shards[1]) { Port = proxy.Port, Password = "secret word", Timeout = 3, CancellationTimeout = 200 }.ConnectionString;
        PostgresOptions patience = Options, options = patience with { ShardTimeout = TimeSpan.FromSeconds(3) };
        StoredRow[] rows = PostgresData.Rows(300);
        using (PostgresIndex patient = await PostgresIndex.CreateAsync(server.Shards(3), PostgresData.Space, patience, Stop))
            rows = rows.With(await patient.AddAsync(rows, Stop));
        using PostgresIndex gallery = await AgainAsync(() => PostgresIndex.OpenAsync(shards, options, stop: Stop));
        StoredRow[] heard = [.. rows.Where(r => ShardOf.Path(r.Item.Path, 3) != 1)];
        float[] query = PostgresData.Queries(1);
        foreach (bool dead in (bool[])[false, true])
        {
            if (dead)
                proxy.Refuse();
            else
                proxy.FallSilent();
            CirrusException error = await Assert.ThrowsAsync<CirrusException>(() => gallery.SearchAsync(query, 10, stop: Stop)).WaitAsync(Patience, Stop);
            Assert.Contains($":{proxy.Port}/shard1", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error.Message + error.Hint, StringComparison.Ordinal);
            IndexAnswer answer = await AgainAsync(async () => (await gallery.SearchAsync(query, 10, partial: true, stop: Stop))[0], a => a.SilentShards.Count == 1);
            Assert.Equal([$"127.0.0.1:{proxy.Port}/shard1"], answer.SilentShards);
            Assert.Equal(heard.Length, answer.Searched);
            PostgresData.Same(PostgresData.Nearest(heard, query, 10), answer.Hits);
            await Assert.ThrowsAsync<CirrusException>(() => gallery.CountAsync(Stop));
            proxy.Speak();
            if (!dead)
                Assert.Equal(300, await AgainAsync(() => gallery.CountAsync(Stop)));      // connections that were caught in the silence may fail first
        }
        await Assert.ThrowsAsync<CirrusException>(() => gallery.AddAsync(PostgresData.Rows(30, first: 700), Stop));
        await Assert.ThrowsAsync<CirrusException>(() => PostgresIndex.OpenAsync(shards, options, stop: Stop));
        using PostgresIndex rest = await AgainAsync(() => PostgresIndex.OpenAsync(shards, options, partial: true, stop: Stop));
        await AgainAsync(async () => (await rest.SearchAsync(query, 10, partial: true, stop: Stop))[0], a => a is { SilentShards.Count: 1, Hits.Count: 10 });
    }

    /// <summary>Asks until the answer is the wanted one: shards that do answer may be late too, on a busy machine.</summary>
    private static async Task<T> AgainAsync<T>(Func<Task<T>> ask, Func<T, bool>? wanted = null)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); ;)
            try
            {
                T answer = await ask();
                if (wanted?.Invoke(answer) ?? true)
                    return answer;
                Assert.True(clock.Elapsed < Patience, $"{answer}");
            }
            catch (CirrusException e) when (e.Kind == ProblemKind.Silent && clock.Elapsed < Patience)
            {
            }
    }

    [Fact]
    public async Task Databases_that_are_not_a_gallery_are_explained()
    {
        string[] shards = server.Shards(3);
        PostgresOptions options = Options;
        (await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop)).Dispose();
        Assert.Contains("shard", (await Assert.ThrowsAsync<CirrusException>(() =>
            PostgresIndex.OpenAsync([shards[0], shards[0], shards[2]], options, stop: Stop))).Message, StringComparison.Ordinal);
        CirrusException absent = await Assert.ThrowsAsync<CirrusException>(() =>
            PostgresIndex.OpenAsync([shards[0].Replace("shard0", "nowhere", StringComparison.Ordinal)], options, stop: Stop));
        Assert.Contains("nowhere", absent.Message, StringComparison.Ordinal);
        CirrusException word = await Assert.ThrowsAsync<CirrusException>(() => PostgresIndex.CreateAsync([shards[0]], PostgresData.Space, options with { Schema = "select" }, Stop));
        Assert.Contains("--schema", word.Hint, StringComparison.Ordinal);
        // a connection that failed goes back to its pool: the only one serves again and again
        string narrow = new NpgsqlConnectionStringBuilder(shards[0]) { MaxPoolSize = 1, Timeout = 60 }.ConnectionString;
        PostgresOptions alone = Options;
        using PostgresIndex one = await PostgresIndex.CreateAsync([narrow], PostgresData.Space, alone, Stop);
        await using (NpgsqlConnection other = new(shards[0]))
        {
            await other.OpenAsync(Stop);
            await using NpgsqlCommand drop = new($"ALTER TABLE {alone.Schema}.items RENAME TO gone", other);
            await drop.ExecuteNonQueryAsync(Stop);
        }
        for (int i = 0; i < 3; i++)
            Assert.Contains("gallery", (await Assert.ThrowsAsync<CirrusException>(async () =>
                await one.ReadAsync(Stop).GetAsyncEnumerator(Stop).MoveNextAsync())).Hint, StringComparison.Ordinal);
        // a server without pgvector, as Debian's is
        CirrusException bare = await Assert.ThrowsAsync<CirrusException>(() =>
            PostgresIndex.CreateAsync([shards[0]], PostgresData.Space, PostgresData.Options(), Stop));
        Assert.Contains("pgvector", bare.Hint, StringComparison.Ordinal);
    }
}
