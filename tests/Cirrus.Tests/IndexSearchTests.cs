using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests;

/// <summary>Searches through an index that is no folder answer as those of the folder do.</summary>
public sealed class IndexSearchTests : IDisposable
{
    private const int Pictures = 40;
    private readonly SmallGallery _gallery = new(Pictures);
    private readonly ClipEncoder _encoder;
    private readonly StrangeIndex _index;
    private readonly Retriever _folder, _strange;

    public IndexSearchTests()
    {
        // the same picture under other names: nobody's own picture comes back in disguise
        for (int i = 0; i < 3; i++)
            File.Copy(_gallery.Photo(3), Path.Combine(_gallery.Photos, $"copy{i}.png"));
        _gallery.Index();
        (_encoder, _index, _folder) = (new(_gallery.Clip), new(GalleryFolder.Named(_gallery.Photos)), Retriever.Open(_gallery.Photos));
        _strange = Retriever.Open(_index, _encoder, pictures: _gallery.Photos);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _strange.Dispose();
        _folder.Dispose();
        _index.Dispose();
        _encoder.Dispose();
        _gallery.Dispose();
    }

    [Fact]
    public async Task All_kinds_of_queries_answer_the_same()
    {
        ComposedQuery[] queries =
        [
            new([], "a red circle"), new([new(_gallery.Photo(3))], "is red"), new([new() { Bytes = File.ReadAllBytes(_gallery.Photo(3)) }], null), new([new(Id: 4)], "is red"),
            new([new(Id: 4), new(_gallery.Photo(9))], "at night", ["water"], [new("grass"), new(Picture: new(_gallery.Photo(7)))], 0.3f), new([new(Id: 5) { Crop = new(0, 0, 0.5f, 1) }], null),
        ];
        ItemFilter few = new ItemFilter.IdTest(Enumerable.Range(1, 6).Select(i => (long)i).ToHashSet());
        SearchOptions[] ways =
        [
            new(), new(3) { Offset = 4, Explain = true }, new(Pictures + 10), new(10) { Filter = few, Explain = true }, new(5) { IncludeQuery = true }, new(20) { MinScore = 0.5f }, new(20) { Cut = true },
        ];
        int cut = 0;
        foreach (ComposedQuery query in queries)
            foreach (SearchOptions how in ways)
            {
                SearchAnswer wanted = await _folder.SearchAsync(query, how, Stop), answer = await _strange.SearchAsync(query, how, Stop);
                Assert.Equal(wanted.Hits.Select(h => h with { Terms = null }), answer.Hits.Select(h => h with { Terms = null }));
                Assert.Equal(wanted.Hits.Select(h => h.Terms), answer.Hits.Select(h => h.Terms));
                Assert.Equal((wanted.Searched, wanted.NextOffset, wanted.Prompt, wanted.CutScore),
                    (answer.Searched, answer.NextOffset, answer.Prompt, answer.CutScore));
                if (wanted.NextOffset is null && how is { Cut: false, MinScore: float.NegativeInfinity })
                    Assert.Equal(wanted.Matched, answer.Matched);    // exact where it explains a short answer
                cut += wanted.Hits.Count < how.Top && how.Cut ? 1 : 0;
            }
        Assert.NotEqual(0, cut);
    }

    [Fact]
    public async Task Paths_are_those_that_are_stored_where_no_pictures_are_here()
    {
        using Retriever far = Retriever.Open(_index, _encoder);
        SearchAnswer answer = await far.SearchAsync(new ComposedQuery([new(Id: 4)], "is red"), new(5) { Explain = true }, Stop);
        Assert.All(answer.Hits, h => Assert.Equal(h.Path, h.FullPath));
        Assert.All((await _strange.SearchAsync(new ComposedQuery([], "is red"), null, Stop)).Hits, h =>
            Assert.Equal(Path.Combine(_gallery.Photos, h.Path), h.FullPath));
        // a part of a stored picture needs its file
        CirrusException error = await Assert.ThrowsAsync<CirrusException>(() => far.ComposeAsync(new([new(Id: 4) { Crop = new(0, 0, 0.5f, 1) }], null), Stop));
        Assert.Equal(ProblemKind.NotFound, error.Kind);
        Assert.Equal(ProblemKind.NotFound,
            (await Assert.ThrowsAsync<CirrusException>(() => far.ComposeAsync(new([new(Id: 4000)], null), Stop))).Kind);
    }

    [Fact]
    public async Task What_an_index_cannot_say_is_refused_with_a_hint()
    {
        _index.KnowsNoise = false;
        SearchAnswer answer = await _strange.SearchAsync(new ComposedQuery([], "is red"), null, Stop);
        Assert.Null(answer.CutScore);
        SearchAnswer uncut = await _strange.SearchAsync(new ComposedQuery([], "is red"), new() { Cut = true }, Stop);
        Assert.Equal(answer.Hits, uncut.Hits);
        Assert.Contains("nothing is cut", Assert.Single(uncut.Warnings), StringComparison.Ordinal);
        PreparedQuery masked = PreparedQuery.Of(new float[_index.Space.P]) with { Vector = null, Terms = [MaskedTerm.Plain(new float[_index.Space.P])] };
        Assert.Contains("another method", (await Assert.ThrowsAsync<CirrusException>(() => _strange.SearchAsync(masked, null, Stop)))
            .Hint, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _strange.Look(g => g.Count));
        Assert.False(_strange.Refresh());
    }

    [Fact]
    public async Task Silent_shards_are_named_where_partial_answers_are_wanted()
    {
        _index.Silent = ["far:5432/part"];
        Assert.Equal(_index.Silent, (await _strange.SearchAsync(new ComposedQuery([new(Id: 4)], "is red"), new() { Partial = true }, Stop)).SilentShards);
        Assert.Empty((await _folder.SearchAsync(new ComposedQuery([], "is red"), new() { Partial = true }, Stop)).SilentShards);
    }
}
