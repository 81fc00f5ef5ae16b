using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>One search of a composed query in an index that is no folder on this machine.</summary>
/// <param name="root">the folder of its pictures; null: they are not on this machine.</param>
internal sealed class IndexSearch(PreparedQuery query, SearchOptions options, VectorIndex index, string? root)
{
    private const string Uncut = "nothing is cut: of so few pictures, or of this index, it cannot be said what chance would score";

    // the query's own pictures are no answers
    private readonly HashSet<long> _ids = options.IncludeQuery ? [] : [.. query.Query.Pictures.Select(p => p.Id).OfType<long>()];
    private readonly HashSet<string> _files = options.IncludeQuery || root is null
        ? [] : [.. query.Query.Pictures.Select(p => p.File).OfType<string>().Select(Path.GetFullPath)];
    private readonly HashSet<string> _contents = options.IncludeQuery
        ? [] : [.. query.Pictures.Select(p => p.Hash).OfType<string>().Select(hash => hash[..ContentHash.Digits])];

    /// <exception cref="CirrusException">The method's score is no cosine, or the index does not answer.</exception>
    public async Task<SearchAnswer> RunAsync(CancellationToken stop)
    {
        ReadOnlyMemory<float> vector = query.Vector
            ?? throw new CirrusException($"{query.Method} scores pictures by several masked terms, which a database does not know.",
                hint: "search a folder's gallery, or take another method");
        (IndexAnswer answer, GalleryHit[] others, int own) = await NearestAsync(vector, SearchPage.Needed(options), stop).ConfigureAwait(false);
        SearchPage page = SearchPage.Of(others, answer.Noise, options);
        IReadOnlyList<StoredRow?> rows = options.Explain
            ? await index.RowsAsync([.. page.Hits.Select(h => h.Item.Id)], stop).ConfigureAwait(false) : new StoredRow?[page.Hits.Length];
        SearchHit[] hits = [.. page.Hits.Select((h, i) => Hit(h, options.Offset + i + 1, rows[i]))];
        string[] warnings = [.. query.Warnings, .. answer.Warnings];
        if (options.Cut && page.CutScore is null && others.Length > 0)
            warnings = [.. warnings, Uncut];
        return new(hits, query.Method, query.Prompt, (int)Math.Min(answer.Searched, int.MaxValue), warnings)
        {
            Matched = (int)Math.Min(answer.Matched - own, int.MaxValue),
            CutScore = page.CutScore,
            NextOffset = page.NextOffset,
            SilentShards = answer.SilentShards,
        };
    }

    /// <summary>
    /// The nearest pictures that are not the query's own, and how many of these were met: all when fewer others are
    /// left than asked for.
    /// </summary>
    private async Task<(IndexAnswer Answer, GalleryHit[] Others, int Own)> NearestAsync(ReadOnlyMemory<float> vector, int k, CancellationToken stop)
    {
        for (long asked = k + _contents.Count + _ids.Count; ; asked *= 2)
        {
            int count = (int)Math.Min(asked, int.MaxValue);
            IndexAnswer answer = (await index.SearchAsync(vector, count, options.Filter, options.Partial, stop).ConfigureAwait(false))[0];
            GalleryHit[] others = [.. answer.Hits.Where(h => !IsOwn(h.Item))];
            if (others.Length >= k || answer.Hits.Count < count)
                return (answer, others, answer.Hits.Count - others.Length);
        }
    }

    private bool IsOwn(GalleryItem item) => _ids.Contains(item.Id) || _contents.Contains(item.Hash)
        || (_files.Count > 0 && PictureFiles.Inside(root!, item.Path) is string file && _files.Contains(file));

    private SearchHit Hit(GalleryHit hit, int rank, StoredRow? row) => new(rank, hit.Item.Id, hit.Score, hit.Item.Path,
        (root is null ? null : PictureFiles.Inside(root, hit.Item.Path)) ?? hit.Item.Path,
        hit.Item.Width, hit.Item.Height, row is null ? null : query.TermsOf(row.Unit.Span));
}
