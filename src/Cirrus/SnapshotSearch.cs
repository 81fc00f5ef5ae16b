using Cirrus.Gallery;
using Cirrus.Methods;

namespace Cirrus;

/// <summary>One search of a composed query in one snapshot of a folder's gallery.</summary>
internal sealed class SnapshotSearch(PreparedQuery query, SearchOptions options, GalleryFolder gallery)
{
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public SearchAnswer Run(CancellationToken stop)
    {
        bool own = !options.IncludeQuery;                        // the query's own pictures are no answers
        long[] ids = own ? [.. query.Query.Pictures.Select(p => p.Id).OfType<long>()] : [];
        string[] paths = own ? [.. query.Query.Pictures.Select(p => p.File).OfType<string>().Select(Stored)] : [];
        ContentHash[] contents = own
            ? [.. query.Pictures.Select(p => p.Hash).OfType<string>().Select(hash => new ContentHash(hash[..ContentHash.Digits]))] : [];
        bool Counts(GalleryItem i) =>
            !ids.Contains(i.Id) && !contents.Contains(i.Content) && !paths.Contains(i.Path) && options.Filter?.Matches(i) is not false;
        Predicate<GalleryItem>? counts = ids.Length + contents.Length + paths.Length == 0 && options.Filter is null ? null : Counts;

        int needed = SearchPage.Needed(options);
        IndexAnswer? answer = query.Vector is { } vector ? gallery.Answer(vector, needed, null, counts, stop)[0] : null;
        IReadOnlyList<GalleryHit> found = answer?.Hits ?? gallery.Search(row => MaskedTerm.Score(query.Terms!, row), needed, counts, stop);
        SearchPage page = SearchPage.Of(found, answer?.Noise, options);
        SearchHit[] hits = [.. page.Hits.Select((h, i) => Hit(h, options.Offset + i + 1))];
        return new(hits, query.Method, query.Prompt, gallery.Count, query.Warnings)
        {
            Matched = (int?)answer?.Matched ?? (counts is null ? gallery.Count : gallery.Items.Count(Counts)),
            CutScore = page.CutScore,
            NextOffset = page.NextOffset,
        };
    }

    /// <summary>A file as the gallery would name it.</summary>
    private string Stored(string file) => Path.GetRelativePath(gallery.Root, file).Replace(Path.DirectorySeparatorChar, '/');

    private SearchHit Hit(GalleryHit hit, int rank) =>
        new(rank, hit.Item.Id, hit.Score, hit.Item.Path, gallery.FullPath(hit.Item), hit.Item.Width, hit.Item.Height,
            options.Explain ? query.TermsOf(gallery.Row(hit.Item.Id)!.Value.Span) : null);
}
