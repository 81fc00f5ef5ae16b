using System.Collections.Concurrent;
using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class RetrieverTests : IDisposable
{
    private const int Pictures = 12;
    private static readonly string[] Words = ["is red", "on grass", "a small fish", "at night"];
    private readonly SmallGallery _gallery = new(Pictures);
    private readonly Retriever _retriever;

    public RetrieverTests() => _retriever = Retriever.Open(_gallery.Photos);

    public void Dispose()
    {
        _retriever.Dispose();
        _gallery.Dispose();
    }

    [Fact]
    public async Task A_composed_query_is_searched_again_without_its_picture_or_model()
    {
        byte[] bytes = File.ReadAllBytes(_gallery.Photo(3));
        PreparedQuery query = await _retriever.ComposeAsync(new([new() { Bytes = bytes }], "is red"), Stop);
        long[] all = Ids(await _retriever.SearchAsync(query, new(Pictures), Stop));
        Assert.Equal(Pictures - 1, all.Length);
        SearchAnswer first = await _retriever.SearchAsync(query, new(5), Stop), second = await _retriever.SearchAsync(query, new(5) { Offset = first.NextOffset!.Value }, Stop);
        SearchAnswer last = await _retriever.SearchAsync(query, new(5) { Offset = second.NextOffset!.Value }, Stop);
        Assert.Equal(all, Ids(first).Concat(Ids(second)).Concat(Ids(last)));
        Assert.Equal(11, last.Hits.Single().Rank);
        Assert.Null(last.NextOffset);
        SearchAnswer some = await _retriever.SearchAsync(query, new(5) { Filter = new ItemFilter.IdTest(all.Where(id => id % 2 == 0).ToHashSet()) }, Stop);
        Assert.Equal(all.Where(id => id % 2 == 0).Take(5), Ids(some));
        Assert.Equal((Pictures, all.Count(id => id % 2 == 0)), (some.Searched, some.Matched));
        Assert.Equal(Pictures, (await _retriever.SearchAsync(query, new(50) { IncludeQuery = true }, Stop)).Hits.Count);
        Assert.True(query.Query.Pictures[0].Bytes.IsEmpty);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), query.Pictures[0].Hash);
    }

    [Fact]
    public async Task A_picture_is_the_same_as_file_bytes_and_id()
    {
        long id = _retriever.Gallery.Items.Single(i => i.Path == "p003.png").Id;
        QueryPicture[] ways = [new(_gallery.Photo(3)), new(Id: id), new() { Bytes = File.ReadAllBytes(_gallery.Photo(3)) }];
        SearchAnswer[] answers = await Task.WhenAll(ways.Select(w => _retriever.SearchAsync(new ComposedQuery([w], "is red"), new(5), Stop)));
        Assert.All(answers, a => Assert.Equal(answers[0].Hits, a.Hits));
        Assert.DoesNotContain(answers[0].Hits, h => h.Id == id);
    }

    [Fact]
    public async Task A_crop_asks_about_a_part()
    {
        byte[] bytes = File.ReadAllBytes(_gallery.Photo(3));
        PictureCrop crop = new(0.5f, 0, 0.5f, 0.75f);
        PreparedQuery query = await _retriever.ComposeAsync(new([new() { Bytes = bytes, Crop = crop }], null) { Method = "image" }, Stop);
        PictureInput input = Indexer.InputOf(_retriever.Gallery.Space, 100);
        using ClipEmbedder embedder = new(_gallery.Clip);
        float[] expected = embedder.EmbedImages([input.Read(bytes, "it", crop).Pixels]),
            whole = embedder.EmbedImages([input.Read(bytes, "it").Pixels]);
        Assert.Equal(UnitVectors.Mean([expected]), query.Vector!.Value.ToArray());
        Assert.NotEqual(UnitVectors.Mean([whole]), query.Vector!.Value.ToArray());
        await Assert.ThrowsAsync<CirrusException>(() => _retriever.ComposeAsync(new([new() { Bytes = bytes, Crop = new(0.5f, 0, 0.6f, 1) }], null), Stop));
    }

    [Theory]
    [InlineData("$ is red", "is red")]
    [InlineData("costs $5", "costs $5")]
    public async Task The_words_part_of_a_query_is_without_the_pictures_place(string words, string part)
    {
        PreparedQuery query = await _retriever.ComposeAsync(new([new(Id: 1)], words), Stop),
            alone = await _retriever.ComposeAsync(new([], part), Stop);
        Assert.Equal(alone.Vector!.Value.ToArray(), query.Parts.Single(p => p.Name == "words").Vector.ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);      // normalised twice
    }

    [Fact]
    public async Task What_is_too_long_is_cut_and_told()
    {
        string words = string.Concat(Enumerable.Repeat("red ", 80)), other = string.Concat(Enumerable.Repeat("fish ", 80));
        PreparedQuery query = await _retriever.ComposeAsync(new([], words, And: [other, "snow"], Without: [new(other)]), Stop);
        Assert.Equal(["the caption was cut at 77 tokens", $"a term was cut at 77 tokens: {other[..40]}...", $"a term was cut at 77 tokens: {other[..40]}..."], query.Warnings);
        Assert.Equal(77, query.Tokens);
        Assert.Empty((await _retriever.ComposeAsync(new([], "red", And: ["snow"]), Stop)).Warnings);
    }

    [Fact]
    public async Task Pictures_count_by_their_weights()
    {
        QueryPicture a = new(Id: 1), b = new(Id: 2);
        async Task<float[]> Of(string method, params QueryPicture[] pictures) =>
            (await _retriever.ComposeAsync(new(pictures, "is red") { Method = method }, Stop)).Vector!.Value.ToArray();
        foreach (string method in new[] { "slerp", "sum-raw", "image" })
        {
            Assert.Equal(await Of(method, a), await Of(method, a, b with { Weight = 0 }));
            Assert.Equal(await Of(method, a, b), await Of(method, a with { Weight = 3 }, b with { Weight = 3 }));
            Assert.NotEqual(await Of(method, a, b), await Of(method, a with { Weight = 2 }, b));
        }
        Assert.Equal(UnitVectors.Mean([_retriever.Gallery.RawFeature(1)!, _retriever.Gallery.RawFeature(2)!], [2, 1]), await Of("image", a with { Weight = 2 }, b));
        await Assert.ThrowsAsync<CirrusException>(() => Of("slerp", a with { Weight = 0 }));
        await Assert.ThrowsAsync<CirrusException>(() => Of("slerp", a with { Weight = -1 }, b));
    }

    [Fact]
    public async Task Many_at_once_answer_as_one_by_one_while_the_gallery_grows()
    {
        ComposedQuery[] queries = [.. Enumerable.Range(0, 32).Select(i =>
            new ComposedQuery(i % 4 == 3 ? [] : [i % 2 == 0 ? new(_gallery.Photo(i % Pictures)) : new(Id: 1 + (i % Pictures))],
            Words[i % Words.Length] + (i / 8), Without: i % 5 == 0 ? [new("water")] : null) { Method = i % 3 == 0 ? "sum" : "slerp" })];
        SearchOptions options = new(6)
        {
            Filter = new ItemFilter.IdTest(Enumerable.Range(1, Pictures).Select(id => (long)id).ToHashSet()),
            Explain = true,
        };
        List<SearchAnswer> alone = [];
        using (Retriever other = Retriever.Open(_gallery.Photos))
            foreach (ComposedQuery query in queries)
                alone.Add(await other.SearchAsync(query, options, Stop));
        Task growing = Task.Run(() =>
        {
            for (int i = 0; i < 4; i++)
            {
                _gallery.Draw(Pictures + i);
                _gallery.Index();
                Assert.True(_retriever.Refresh());
            }
        }, Stop);
        SearchAnswer[] together = await Task.WhenAll(queries.Select(q => Task.Run(() => _retriever.SearchAsync(q, options, Stop), Stop)));
        await growing;
        Assert.False(_retriever.Refresh());
        for (int i = 0; i < queries.Length; i++)
        {
            Assert.Equal(alone[i].Hits.Select(h => (h.Rank, h.Id, h.Score)), together[i].Hits.Select(h => (h.Rank, h.Id, h.Score)));
            Assert.Equal(alone[i].Hits.Select(h => h.Terms), together[i].Hits.Select(h => h.Terms));
        }
        Assert.Equal(Pictures + 4, (await _retriever.SearchAsync(queries[0], new(), Stop)).Searched);
    }

    [Fact]
    public async Task Whoever_listens_sees_composing_and_searching()
    {
        ConcurrentBag<(string Name, object? Method)> seen = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "Cirrus",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a => seen.Add((a.OperationName, a.GetTagItem("cirrus.method"))),
        };
        ActivitySource.AddActivityListener(listener);
        SearchAnswer answer = await _retriever.SearchAsync(new ComposedQuery([new(_gallery.Photo(1))], "is red") { Method = "sum" }, null, Stop);
        Assert.Contains(("cirrus.compose", (object?)"sum"), seen);
        Assert.Contains(seen, s => s.Name == "cirrus.search");
        Assert.True(answer.Timings is { Decode: > 0, Compose: > 0, Search: > 0 });
    }

    [Fact]
    public async Task Errors_say_of_what_kind_they_are()
    {
        async Task<ProblemKind> Kind(ComposedQuery query) =>
            (await Assert.ThrowsAsync<CirrusException>(() => _retriever.ComposeAsync(query, Stop))).Kind;
        Assert.Equal(ProblemKind.NotFound, await Kind(new([new(Id: 999)], null)));
        Assert.Equal(ProblemKind.NotFound, await Kind(new([new("nowhere.png")], null)));
        Assert.Equal(ProblemKind.Unreadable, await Kind(new([new() { Bytes = "no picture"u8.ToArray() }], null)));
        using ClipEncoder small = new(_gallery.Clip, new(MaxMegapixels: 0.0001));
        using Retriever strict = Retriever.Open(_gallery.Photos, small);
        Assert.Equal(ProblemKind.TooLarge,
            (await Assert.ThrowsAsync<CirrusException>(() => strict.ComposeAsync(new([new(_gallery.Photo(0))], null), Stop))).Kind);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            _retriever.SearchAsync(new ComposedQuery([], "stopped"), null, new(canceled: true)));
    }

    // The query itself cancels, when the scan first looks at it.
    [Fact]
    public async Task A_search_in_a_folder_ends_when_it_is_cancelled_though_it_has_begun()
    {
        PreparedQuery query = await _retriever.ComposeAsync(new([], "is red"), Stop);
        foreach (Func<Action, PreparedQuery> asked in (Func<Action, PreparedQuery>[])[cancel => query with { Vector = new Watched<float>(query.Vector!.Value.ToArray(), cancel).Memory },
            cancel => query with { Vector = null, Terms = new WatchedList<MaskedTerm>([MaskedTerm.Plain(query.Vector!.Value.ToArray())], cancel) }])
        {
            using CancellationTokenSource stop = new();
            Assert.Equal(3, (await _retriever.SearchAsync(asked(() => { }), new(3), stop.Token)).Hits.Count);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _retriever.SearchAsync(asked(stop.Cancel), new(3), stop.Token));
        }
    }

    private sealed class Watched<T>(T[] values, Action seen) : System.Buffers.MemoryManager<T>
    {
        public override Span<T> GetSpan()
        {
            seen();
            return values;
        }

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class WatchedList<T>(IReadOnlyList<T> values, Action seen) : IReadOnlyList<T>
    {
        public int Count => values.Count;

        public T this[int index]
        {
            get
            {
                seen();
                return values[index];
            }
        }

        public IEnumerator<T> GetEnumerator() => values.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static long[] Ids(SearchAnswer answer) => [.. answer.Hits.Select(h => h.Id)];
}
