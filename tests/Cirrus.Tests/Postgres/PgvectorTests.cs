using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Tests.Postgres;

/// <summary>What pgvector itself answers, on three shards of PGlite.</summary>
[Collection("pglite")]
public sealed class PgvectorTests(PgliteServers servers)
{
    private const int P = PostgresData.P;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_index_or_when_asked_three_shards_answer_like_brute_force(bool index)
    {
        PostgresOptions options = PostgresData.Options(index) with { Exact = index };
        using PostgresIndex gallery = await MakeAsync(options);
        StoredRow[] rows = PostgresData.Rows(900);
        rows = rows.With(await gallery.AddAsync(rows, Stop));
        Assert.Equal(900, await gallery.CountAsync(Stop));
        float[] queries = PostgresData.Queries(8);
        IReadOnlyList<IndexAnswer> answers = await gallery.SearchAsync(queries, 25, stop: Stop);
        for (int q = 0; q < 8; q++)
        {
            PostgresData.Same(PostgresData.Nearest(rows, queries.AsSpan(q * P, P), 25), answers[q].Hits);
            Assert.Equal((900, 900), (answers[q].Searched, answers[q].Matched));
            Assert.Empty(answers[q].SilentShards);
            Assert.Equal(answers[q].Hits.OrderByDescending(h => h.Score).ThenBy(h => h.Item.Id), answers[q].Hits);
        }
        StoredRow known = rows[17];
        Assert.Equal(known.Item, await gallery.FindAsync(known.Item.Id, Stop));
    }

    [Theory]
    [InlineData(RowType.Vector)]
    [InlineData(RowType.Halfvec)]
    public async Task With_an_index_k_come_back_whenever_k_match(RowType type)
    {
        using PostgresIndex gallery = await MakeAsync(PostgresData.Options(rows: type));
        StoredRow[] rows = PostgresData.Rows(2400);
        rows = rows.With(await gallery.AddAsync(rows, Stop));
        float[] queries = PostgresData.Queries(4);
        int right = 0, wanted = 0;
        foreach ((string? text, int k) in new (string?, int)[] { (null, 10), (null, 300), ("width=400", 100), ("format:tiff width>=600 path:**/drafts/**", 200), ("date>=2028-12", 50) })
        {
            ItemFilter? filter = text is null ? null : ItemFilterText.Parse(text);
            int matched = rows.Count(r => filter?.Matches(r.Item) ?? true);
            Assert.NotEqual(0, matched);
            IReadOnlyList<IndexAnswer> answers = await gallery.SearchAsync(queries, k, filter, stop: Stop);
            for (int q = 0; q < 4; q++)
            {
                Assert.Equal(matched, answers[q].Matched);
                Assert.Equal(Math.Min(k, matched), answers[q].Hits.Select(h => h.Item.Id).Distinct().Count());
                Assert.All(answers[q].Hits, h => Assert.True(filter?.Matches(h.Item) ?? true));
                HashSet<long> best = [.. PostgresData.Nearest(rows, queries.AsSpan(q * P, P), k, filter).Select(n => n.Id)];
                (right, wanted) = (right + answers[q].Hits.Count(h => best.Contains(h.Item.Id)), wanted + best.Count);
            }
        }
        // an approximate index: what it finds is nearly all of what is nearest
        Assert.True(right >= 0.95 * wanted, $"{right} of {wanted}");
    }

    [Fact]
    public async Task The_index_is_what_answers()
    {
        PostgresOptions options = PostgresData.Options();
        using (PostgresIndex gallery = await PostgresIndex.CreateAsync([servers.Need()[0]], PostgresData.Space, options, Stop))
            await gallery.AddAsync(PostgresData.Rows(1500), Stop);
        await using NpgsqlConnection connection = await ConnectAsync();
        await using (NpgsqlCommand analyze = new($"ANALYZE {options.Schema}.items", connection))
            await analyze.ExecuteNonQueryAsync(Stop);
        NpgsqlBatchCommand search = ShardSearch.Nearest(options.Schema, RowType.Vector, PostgresData.Queries(1), 10,
            ItemFilterText.Parse("width>=200"));
        await using NpgsqlBatch batch = new(connection);
        search.CommandText = "EXPLAIN " + search.CommandText;
        batch.BatchCommands.Add(search);
        await using NpgsqlDataReader plan = await batch.ExecuteReaderAsync(Stop);
        List<string> lines = [];
        while (await plan.ReadAsync(Stop))
            lines.Add(plan.GetString(0));
        Assert.Contains(lines, l => l.Contains("Index Scan using items_row", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Filters_let_through_what_they_let_through_in_a_folder()
    {
        using PostgresIndex gallery = await MakeAsync(PostgresData.Options(index: false));
        StoredRow[] rows = PostgresData.Rows(400);
        rows = rows.With(await gallery.AddAsync(rows, Stop));
        string[] texts =
        [
            "path:holiday/**", "path:holiday/", "path:**/drafts/**", "path:*.jpg", "path:**/*.jpg", "path:Picture?1*",
            "path:\"Picture 2*\"", "path:work/*", "path:nothing/**", "!path:work/**", "path:**",
            "date>=2023-06", "date<2023-03", "date=2023", "date!=2023-05", "date>2023-05-17", "date<=2023-02-03T12:30",
            "!date=2023", "width>=300", "width<300", "width!=300", "!width>=300",
            "height=400 width=400", "size>2KB", "size<=1000", "orientation:portrait", "orientation:landscape",
            "orientation:square", "!orientation:square", "format:jpeg", "format:tif,jpg", "!format:jpeg",
            $"id:{rows[3].Item.Id},{rows[200].Item.Id}", $"!id:{rows[3].Item.Id}",
            "format:jpeg date>=2023-06 !path:holiday/** width>=200", "path:\"'; DROP TABLE items; --\"", @"path:\.*",
        ];
        foreach (ItemFilter filter in texts.Select(ItemFilterText.Parse).Append(new ItemFilter.Any([]))
            .Append(new ItemFilter.All([])).Append(new ItemFilter.FormatTest("")).Append(new ItemFilter.FormatTest("jpg")))
        {
            IndexAnswer answer = (await gallery.SearchAsync(PostgresData.Queries(1), 400, filter, stop: Stop))[0];
            Assert.Equal(rows.Where(r => filter.Matches(r.Item)).Select(r => r.Item.Id).Order(), answer.Hits.Select(h => h.Item.Id).Order());
            Assert.Equal(answer.Hits.Count, answer.Matched);
        }
        Assert.Equal(400, await gallery.CountAsync(Stop));
    }

    [Fact]
    public async Task Patterns_of_paths_mean_the_same_in_the_database()
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        Philox random = new(7, 0);
        string[] alphabet = ["a", "b", "/", "*", "?", ".", "-", "[", "^", "$", "é", "😀", "\\", "\n"];     // an emoji is one character there and two here
        string Text(ulong at, int most, int letters) => string.Concat(Enumerable.Range(0, 1 + random.Integer(at, most))
            .Select(i => alphabet[random.Integer(at + 1 + (ulong)i, letters)]));
        (string Pattern, string Path)[] cases = [.. Enumerable.Range(0, 8000).Select(i =>
            (Text((ulong)i * 100, 8, alphabet.Length), Text(((ulong)i * 100) + 50, 8, i % 2 == 0 ? 3 : alphabet.Length)
            .Replace('*', 'a').Replace('?', 'b'))), ("a/**/b", "a/b"), ("**/b", "b"), ("a/**", "a/b/c"), ("a**b/", "ab/c"),
            ("?", "😀"), ("??", "😀"), ("*?", "😀"), ("?*?", "😀"), ("a?b", "a😀b"), ("**?", "x/😀"), ("😀?", "😀é"), ("*😀", "😀😀"), ("?/?", "😀/a")];
        await using NpgsqlCommand command = new(
            "SELECT path ~ pattern FROM unnest($1, $2) WITH ORDINALITY AS c(path, pattern, n) ORDER BY n", connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. cases.Select(c => c.Path)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. cases.Select(c => PostgresFilter.Expression(c.Pattern))] });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Stop);
        int matches = 0;
        foreach ((string pattern, string path) in cases)
        {
            await reader.ReadAsync(Stop);
            bool wanted = PathPattern.Matches(pattern, path);
            Assert.True(wanted == reader.GetBoolean(0), $"'{pattern}' and '{path}': {wanted} in a folder");
            matches += wanted ? 1 : 0;
        }
        Assert.InRange(matches, 100, 7900);
    }

    [Fact]
    public async Task Rows_come_back_to_the_bit_and_half_rows_to_half_their_digits()
    {
        StoredRow[] rows = PostgresData.Rows(1200);
        using (PostgresIndex whole = await MakeAsync(PostgresData.Options(index: false)))
        {
            StoredRow[] sent = [.. rows.With(await whole.AddAsync(rows, Stop)).OrderBy(r => r.Item.Id)];
            List<StoredRow> read = [];
            await foreach (IReadOnlyList<StoredRow> page in whole.ReadAsync(Stop))
                read.AddRange(page);
            Assert.Equal(sent.Select(r => (r.Item, r.Norm)), read.Select(r => (r.Item, r.Norm)));
            Assert.All(sent.Zip(read), pair => Assert.True(pair.First.Unit.Span.SequenceEqual(pair.Second.Unit.Span)));
        }
        using PostgresIndex half = await MakeAsync(PostgresData.Options(index: false, RowType.Halfvec));
        IReadOnlyList<StoredRow?> back = await half.RowsAsync([.. await half.AddAsync(rows[..20], Stop), -5], Stop);
        Assert.Null(back[20]);
        for (int i = 0; i < 20; i++)
            for (int j = 0; j < P; j++)
                Assert.Equal((float)(Half)rows[i].Unit.Span[j], back[i]!.Unit.Span[j]);
    }

    [Fact]
    public async Task The_same_path_again_is_replaced_and_ids_are_kept()
    {
        using PostgresIndex gallery = await MakeAsync(PostgresData.Options(index: false));
        StoredRow[] rows = PostgresData.Rows(60);
        IReadOnlyList<long> ids = await gallery.AddAsync(rows, Stop);
        Assert.Equal(60, ids.Distinct().Count());
        StoredRow[] other = [.. PostgresData.Rows(60, seed: 5).Select(r => r with { Item = r.Item with { Hash = "other" } })];
        Assert.Equal(ids, await gallery.AddAsync(other, Stop));
        Assert.Equal(60, await gallery.CountAsync(Stop));
        StoredRow? row = (await gallery.RowsAsync([ids[7]], Stop))[0];
        Assert.Equal("other", row!.Item.Hash);
        Assert.True(row.Unit.Span.SequenceEqual(other[7].Unit.Span));
        Assert.Equal(2, await gallery.RemoveAsync([ids[0], ids[1], 123456], Stop));
        Assert.Null(await gallery.FindAsync(ids[0], Stop));
        // ids given from outside are kept, those of others refused, and new ones come after all of them
        StoredRow[] copied = [.. PostgresData.Rows(30, first: 1000).Select((r, i) => r with { Item = r.Item with { Id = 5000 + i } })];
        Assert.Equal(copied.Select(c => c.Item.Id), await gallery.AddAsync(copied, Stop));
        StoredRow thief = rows[5] with { Item = rows[5].Item with { Id = 5003 } };
        CirrusException refused = await Assert.ThrowsAsync<CirrusException>(() =>
            gallery.AddAsync([thief, PostgresData.Rows(1, first: 3000)[0]], Stop));
        Assert.Contains("5003", refused.Message, StringComparison.Ordinal);
        Assert.Equal(88, await gallery.CountAsync(Stop));
        IReadOnlyList<long> later = await gallery.AddAsync(PostgresData.Rows(30, first: 2000), Stop);
        Assert.True(later.Min() > 5029);
        Assert.Equal(30, later.Distinct().Count());
        await Assert.ThrowsAsync<ArgumentException>(() => gallery.AddAsync([rows[0], rows[0]], Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => gallery.AddAsync([rows[0] with { Unit = new float[3] }], Stop));
    }

    [Fact]
    public async Task A_gallery_of_another_model_or_in_another_order_is_an_error()
    {
        IReadOnlyList<string> shards = servers.Need();
        PostgresOptions options = PostgresData.Options();
        await FailAsync(() => PostgresIndex.OpenAsync(shards, options, stop: Stop));
        (await MakeAsync(options with { Rows = RowType.Halfvec })).Dispose();
        using (PostgresIndex again = await MakeAsync(options, PostgresData.Space with { ModelPath = "elsewhere" }))
            Assert.Equal(RowType.Halfvec, again.Rows);
        using (PostgresIndex opened = await PostgresIndex.OpenAsync(shards, options, stop: Stop))
            Assert.Equal((RowType.Halfvec, PostgresData.Space), (opened.Rows, opened.Space));
        CirrusException other = await FailAsync(() => PostgresIndex.CreateAsync(shards, PostgresData.Space with { Fingerprint = "f" }, options, Stop));
        Assert.Contains("cannot be mixed", other.Hint, StringComparison.Ordinal);
        foreach (string[] wrong in (string[][])[[shards[1], shards[0], shards[2]], [shards[0], shards[1]]])
            Assert.Contains("shard", (await FailAsync(() => PostgresIndex.OpenAsync(wrong, options, stop: Stop))).Message, StringComparison.Ordinal);
        CirrusException wide = await FailAsync(() => PostgresIndex.CreateAsync(shards, PostgresData.Space with { P = 2048 }, PostgresData.Options(), Stop));
        Assert.Contains("2000", wide.Message, StringComparison.Ordinal);
    }

    private Task<PostgresIndex> MakeAsync(PostgresOptions options, EmbeddingSpace? space = null) =>
        PostgresIndex.CreateAsync(servers.Need(), space ?? PostgresData.Space, options, Stop);

    private static Task<CirrusException> FailAsync(Func<Task<PostgresIndex>> open) => Assert.ThrowsAsync<CirrusException>(open);

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(servers.Need()[0] + ";Pooling=false");
        await connection.OpenAsync(Stop);
        return connection;
    }
}
