using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Tests.Postgres;

/// <summary>Writes that are broken off between shards: what readers are told, and that the next copy mends all.</summary>
[Collection("postgres")]
public sealed class UnfinishedTests(RealPostgres server)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static PostgresOptions Options => PostgresData.Options() with { Create = StandIn.Statements };

    [Fact]
    public async Task A_shard_that_dies_amid_a_copy_is_told_of_and_the_next_copy_mends_it()
    {
        string[] shards = server.Shards(3);
        using LameProxy proxy = new(new NpgsqlConnectionStringBuilder(shards[1]).Port);
        string[] lame = [shards[0], new NpgsqlConnectionStringBuilder(shards[1]) { Port = proxy.Port, Timeout = 60 }.ConnectionString, shards[2]];
        PostgresOptions options = Options with { ShardTimeout = TimeSpan.FromMinutes(3) };
        StoredRow[] rows = [.. PostgresData.Rows(3500).Select((r, i) => r with { Item = r.Item with { Id = i + 1 } })];
        int pages = 0;
        using (PostgresIndex writer = await PostgresIndex.CreateAsync(lame, PostgresData.Space, options, Stop))
            await Assert.ThrowsAsync<CirrusException>(() => CopyAsync(rows, writer, _ =>
            {
                if (++pages == 2)
                    proxy.Refuse();
            }));
        Assert.Equal(2, pages);

        using PostgresIndex gallery = await PostgresIndex.OpenAsync(shards, options, stop: Stop);
        Assert.InRange(await gallery.CountAsync(Stop), 2000, 3499);
        Assert.NotNull(await gallery.UnfinishedAsync(Stop));
        IndexAnswer during = (await gallery.SearchAsync(PostgresData.Queries(1), 10, stop: Stop))[0];
        Assert.Contains("has not ended", Assert.Single(during.Warnings), StringComparison.Ordinal);

        CopySummary mended = await CopyAsync(rows, gallery, null);
        Assert.Equal((3500, 0), (mended.Written + mended.Unchanged, mended.Removed));
        Assert.InRange(mended.Unchanged, 2000, 3499);
        await WholeAsync(gallery, rows);
    }

    [Fact]
    public async Task A_failure_between_two_commits_leaves_what_the_next_copy_mends()
    {
        string[] shards = server.Shards(3);
        PostgresOptions options = Options;
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop);
        StoredRow[] rows = [.. PostgresData.Rows(900).Select((r, i) => r with { Item = r.Item with { Id = i + 1 } })];
        await CopyAsync(rows, gallery, null);
        await WholeAsync(gallery, rows);

        // the first shard, which is the last to be committed, refuses at its commit
        await RunAsync(shards[0], $"""
            CREATE FUNCTION {options.Schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''out of order'' USING ERRCODE = ''53100''; END';
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON {options.Schema}.items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {options.Schema}.refuse()
            """);
        StoredRow[] newer = [.. PostgresData.Rows(900, seed: 6).Select((r, i) => r with { Item = r.Item with { Id = i + 1, Hash = $"new {i}" } })];
        await Assert.ThrowsAsync<CirrusException>(() => CopyAsync(newer, gallery, null));
        int half = (await gallery.ItemsAsync(Stop)).Count(i => i.Hash.StartsWith("new", StringComparison.Ordinal));
        Assert.Equal(newer.Count(r => ShardOf.Path(r.Item.Path, 3) != 0), half);
        Assert.NotEmpty((await gallery.SearchAsync(PostgresData.Queries(1), 5, partial: true, stop: Stop))[0].Warnings);

        await RunAsync(shards[0], $"DROP TRIGGER refuse ON {options.Schema}.items");
        Assert.Equal(900, (await CopyAsync(newer, gallery, null)).Written + half);
        await WholeAsync(gallery, newer);
    }

    [Fact]
    public async Task An_export_that_began_later_keeps_its_mark()
    {
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(server.Shards(2), PostgresData.Space, Options, Stop);
        long first = await gallery.BeginExportAsync(Stop), second = await gallery.BeginExportAsync(Stop);
        Assert.NotEqual(first, second);
        await gallery.EndExportAsync(first, Stop);
        Assert.Equal(second, (await gallery.UnfinishedAsync(Stop))!.Value.Ticks);
        await gallery.EndExportAsync(second, Stop);
        Assert.Null(await gallery.UnfinishedAsync(Stop));
    }

    [Fact]
    public async Task Counts_follow_every_write_of_others_and_format_1_is_read_and_renewed()
    {
        string[] shards = server.Shards(2);
        PostgresOptions options = Options;
        using PostgresIndex writer = await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop);
        StoredRow[] rows = PostgresData.Rows(400);
        rows = rows.With(await writer.AddAsync(rows, Stop));
        ItemFilter wide = ItemFilterText.Parse("width>=400");
        using PostgresIndex reader = await PostgresIndex.OpenAsync(shards, options, stop: Stop);
        for (int i = 0; i < 6; i++)
        {
            StoredRow[] now = rows[(i * 50)..];
            foreach (ItemFilter? filter in (ItemFilter?[])[null, wide, wide, null])
                Assert.Equal((now.Length, now.Count(r => filter?.Matches(r.Item) ?? true)), await CountedAsync(reader, filter));
            string version = await reader.VersionAsync(Stop);
            Assert.Equal(version, await reader.VersionAsync(Stop));
            await writer.RemoveAsync([.. now[..50].Select(r => r.Item.Id)], Stop);
            Assert.NotEqual(version, await reader.VersionAsync(Stop));
        }
        StoredRow[] left = rows[300..];
        foreach (string shard in shards)
            await RunAsync(shard,
                $"ALTER TABLE {options.Schema}.manifest DROP COLUMN version, DROP COLUMN unfinished; UPDATE "
                    + $"{options.Schema}.manifest SET format = 1");
        using (PostgresIndex old = await PostgresIndex.OpenAsync(shards, options, stop: Stop))
        {
            Assert.Equal((100, left.Count(r => wide.Matches(r.Item))), await CountedAsync(old, wide));
            await RunAsync(shards[0], $"DELETE FROM {options.Schema}.items");
            Assert.Equal(left.Count(r => ShardOf.Path(r.Item.Path, 2) == 1), (await CountedAsync(old, null)).Searched);     // nothing is kept where nothing tells of changes
            Assert.Contains("export", (await Assert.ThrowsAsync<CirrusException>(() =>
                old.AddAsync(PostgresData.Rows(1, first: 9000), Stop))).Hint, StringComparison.Ordinal);
        }
        using PostgresIndex renewed = await PostgresIndex.CreateAsync(shards, PostgresData.Space, options, Stop);
        await renewed.AddAsync(left, Stop);
        Assert.Equal((100, 100), await CountedAsync(renewed, null));
    }

    [Fact]
    public async Task The_noise_of_a_sample_is_that_of_the_gallery()
    {
        using PostgresIndex gallery = await PostgresIndex.CreateAsync(server.Shards(2), PostgresData.Space, Options with { Sample = 500 }, Stop);
        StoredRow[] rows = PostgresData.Rows(1500);
        await gallery.AddAsync(rows, Stop);
        float[] query = PostgresData.Queries(1);
        float whole = NoiseLevel.Of([.. rows.Select(r => TensorPrimitives.Dot(r.Unit.Span, query))], 1500)!.Value.Chance;
        float? sampled = (await gallery.SearchAsync(query, 5, stop: Stop))[0].Noise?.Chance;
        Assert.Equal(whole, sampled!.Value, 0.1f);      // random rows of 32: a spread of 0.18 times 3.3, which 500 of them tell to about 5 %
        using PostgresIndex none = await PostgresIndex.CreateAsync(server.Shards(2), PostgresData.Space, Options with { Sample = 0 }, Stop);
        await none.AddAsync(PostgresData.Rows(100), Stop);
        Assert.Null((await none.SearchAsync(query, 5, stop: Stop))[0].Noise);
    }

    private static async Task<(long Searched, long Matched)> CountedAsync(PostgresIndex index, ItemFilter? filter)
    {
        IndexAnswer answer = (await index.SearchAsync(PostgresData.Queries(1), 3, filter, stop: Stop))[0];
        return (answer.Searched, answer.Matched);
    }

    private static Task<CopySummary> CopyAsync(StoredRow[] rows, PostgresIndex gallery, Action<int>? progress) =>
        GalleryCopy.CopyAsync([.. rows.Select(r => r.Item)], rows, gallery, mirror: true, progress, Stop);

    private static async Task WholeAsync(PostgresIndex gallery, StoredRow[] rows)
    {
        Assert.Null(await gallery.UnfinishedAsync(Stop));
        List<StoredRow> read = [];
        await foreach (IReadOnlyList<StoredRow> page in gallery.ReadAsync(Stop))
            read.AddRange(page);
        Assert.Equal(rows.Select(r => (r.Item, r.Norm)), read.Select(r => (r.Item, r.Norm)));
        Assert.All(rows.Zip(read), pair => Assert.True(pair.First.Unit.Span.SequenceEqual(pair.Second.Unit.Span)));
        IndexAnswer answer = (await gallery.SearchAsync(PostgresData.Queries(1), 20, stop: Stop))[0];
        PostgresData.Same(PostgresData.Nearest(rows, PostgresData.Queries(1), 20), answer.Hits);
        Assert.Empty(answer.Warnings);
    }

    private static async Task RunAsync(string shard, string sql)
    {
        await using NpgsqlConnection connection = new(shard + ";Pooling=false");
        await connection.OpenAsync(Stop);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
