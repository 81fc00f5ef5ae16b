using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;

namespace Cirrus.Server.Queries;

/// <summary>Nearly equal pictures of an answer stand under the best of them.</summary>
internal static class Folding
{
    /// <summary>Cosine from which two pictures are nearly the same.</summary>
    public const float Same = 0.985f;

    /// <summary>Groups that are formed at most: each picture is compared with every group before it.</summary>
    private const int Most = 4096;

    public static IReadOnlyDictionary<long, IReadOnlyList<DuplicateInfo>> None { get; } = new Dictionary<long, IReadOnlyList<DuplicateInfo>>();

    /// <summary>A page of groups: the ranking is read from its beginning until the page is full, so that pages fit together.</summary>
    /// <exception cref="ApiException">400: the page lies behind the last that is formed.</exception>
    public static async Task<(SearchAnswer Answer, IReadOnlyDictionary<long, IReadOnlyList<DuplicateInfo>> Folded)> SearchAsync(
        Retriever retriever, PreparedQuery query, SearchOptions options,
        CancellationToken stop)
    {
        if (options.Offset >= Most)
            throw ApiException.Invalid(new FieldError("cursor", "out_of_range",
                $"with foldDuplicates an answer ends behind {Most} pictures.", "ask with a filter, or without foldDuplicates"));
        int end = Math.Min(options.Offset + options.Top, Most), wanted = end + 1;
        for (int read = 2 * wanted; ; read = (int)Math.Min(4L * read, int.MaxValue / 2))
        {
            SearchAnswer all = await retriever.SearchAsync(query, options with { Offset = 0, Top = read }, stop);
            List<(SearchHit Hit, List<DuplicateInfo> Others)> groups = Group(all.Hits,
                await retriever.Index.RowsAsync([.. all.Hits.Select(h => h.Id)], stop), stop);
            if (groups.Count < wanted && all.NextOffset is not null)
                continue;
            (SearchHit Hit, List<DuplicateInfo> Others)[] page = [.. groups.Take(end).Skip(options.Offset)];
            SearchHit[] hits = [.. page.Select((p, i) => p.Hit with { Rank = options.Offset + i + 1 })];
            return (all with { Hits = hits, NextOffset = groups.Count >= wanted && end < Most ? end : null },
                page.Where(p => p.Others.Count > 0).ToDictionary(p => p.Hit.Id, p => (IReadOnlyList<DuplicateInfo>)p.Others));
        }
    }

    private static List<(SearchHit Hit, List<DuplicateInfo> Others)> Group(IReadOnlyList<SearchHit> hits,
        IReadOnlyList<StoredRow?> stored, CancellationToken stop)
    {
        List<(SearchHit Hit, List<DuplicateInfo> Others)> groups = [];
        List<ReadOnlyMemory<float>> rows = [];
        for (int i = 0; i < hits.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            if (stored[i]?.Unit is not { } row)
                continue;
            SearchHit hit = hits[i];
            int at = rows.FindIndex(r => TensorPrimitives.Dot(r.Span, row.Span) >= Same);
            if (at >= 0)
            {
                groups[at].Others.Add(new(hit.Id, hit.Path, hit.Width, hit.Height, TensorPrimitives.Dot(rows[at].Span, row.Span)));
                continue;
            }
            groups.Add((hit, []));
            rows.Add(row);
        }
        return groups;
    }
}
