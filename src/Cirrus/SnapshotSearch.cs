using Cirrus.Gallery;
using Cirrus.Methods;

namespace Cirrus;

/// <summary>One search of a composed query in one snapshot of a folder's gallery.</summary>
internal sealed class SnapshotSearch(PreparedQuery query, SearchOptions options, GalleryFolder gallery)
{
    public SearchAnswer Run()
    {
        bool own = !options.IncludeQuery;
        string[] paths = own ? [.. query.Query.Pictures.Where(p => p.File is not null).Select(p => Path.GetRelativePath(gallery.Root, p.File!).Replace(Path.DirectorySeparatorChar, '/'))] : [];
        ContentHash[] contents = own ? [.. query.Pictures.Where(p => p.Hash is not null).Select(p => new ContentHash(p.Hash![..ContentHash.Digits]))] : [];
        long[] ids = own ? [.. query.Query.Pictures.Where(p => p.Id is not null).Select(p => p.Id!.Value)] : [];
        bool Counts(GalleryItem i) => !ids.Contains(i.Id) && !contents.Contains(i.Content) && !paths.Contains(i.Path) && options.Filter?.Matches(i) is not false;
        int end = (int)Math.Min((long)options.Offset + options.Top, int.MaxValue - 1);
        IndexAnswer? answer = query.Vector is { } vector ? gallery.Answer(vector, end + 1, null, Counts)[0] : null;
        IReadOnlyList<GalleryHit> found = answer?.Hits ?? gallery.Search(row => MaskedTerm.Score(query.Terms!, row), end + 1, Counts);
        float? level = answer is { Noise: { } levels, Hits: [var best, ..] } ? levels.CutAt(best.Score) : null;
        float least = options.Cut && level is float cut ? MathF.Max(cut, options.MinScore) : options.MinScore;
        GalleryHit[] good = [.. found.Where(h => h.Score >= least)];
        return new([.. good.Skip(options.Offset).Take(options.Top).Select((h, i) => Hit(h, options.Offset + i + 1))], query.Method, query.Prompt, gallery.Count, query.Warnings)
        {
            Matched = (int?)answer?.Matched ?? gallery.Items.Count(Counts),
            CutScore = level,
            NextOffset = good.Length > end ? end : null,
        };
    }

    private SearchHit Hit(GalleryHit hit, int rank) => new(rank, hit.Item.Id, hit.Score, hit.Item.Path, gallery.FullPath(hit.Item), hit.Item.Width, hit.Item.Height,
        options.Explain ? query.TermsOf(gallery.Row(hit.Item.Id)!.Value.Span) : null);
}
