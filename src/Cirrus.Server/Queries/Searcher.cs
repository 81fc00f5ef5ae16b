using System.Diagnostics;
using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Queries;

/// <summary>From a request to its answer.</summary>
internal sealed class Searcher(ServerOptions options, GalleryHost galleries, PictureReader pictures, KeptQueries kept)
{
    private const int UsualTop = 20;

    /// <summary>Composes and searches.</summary>
    public async Task<SearchResponse> SearchAsync(SearchRequest request, IFormFileCollection? files, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        new SearchCheck(options.Limits).Check(request);
        ItemFilter? filter = Filters.Read(request.Filter);
        GalleryService gallery = galleries.Find(request.Gallery);
        Retriever retriever = await gallery.RetrieverAsync(stop);
        PreparedQuery query = request.Vector is { } vector ? PreparedQuery.Of(Vectors.Read(vector, gallery.View.Space.P))
            : await retriever.ComposeAsync(await ReadAsync(request, gallery, files, stop), stop);
        KeptQuery keep = kept.Keep(gallery.Name, query, WithoutBytes(request));
        return await AnswerAsync(keep, retriever, 0, filter, start, encoded: true, stop);
    }

    /// <summary>Searches once more what was composed before.</summary>
    public async Task<SearchResponse> AgainAsync(KeptQuery query, int offset, ItemFilter? filter, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        return await AnswerAsync(query, await galleries.Find(query.Gallery).RetrieverAsync(stop), offset, filter, start, encoded: false, stop);
    }

    /// <summary>What a request without a vector asks to be composed.</summary>
    /// <exception cref="ApiException">A picture is not there or none, or the method's weights are not.</exception>
    public async Task<ComposedQuery> ReadAsync(SearchRequest request, GalleryService gallery, IFormFileCollection? files, CancellationToken stop)
    {
        GalleryView view = gallery.View;
        Method? method = request.Method is string name ? Method.Find(name) : null;
        if (method is not null)
            gallery.NeedsWeightsOf(method);
        QueryPicture[] images = await Task.WhenAll((request.Images ?? []).Select((image, i) =>
            pictures.ReadAsync(image, $"images[{i}]", view, files, stop)));
        QueryTerm[] without = await Task.WhenAll((request.Without ?? []).Select(async (term, i) =>
            term.Picture is { } picture ? new QueryTerm(Picture: await pictures.ReadAsync(picture, $"without[{i}]", view, files, stop))
                : new QueryTerm(term.Text!.Trim())));
        (int masked, MaskRef? mask) = (request.Images ?? []).Select((image, i) => (i, image.Mask)).FirstOrDefault(m => m.Mask is not null);
        return new(images, string.IsNullOrWhiteSpace(request.Text) ? null : request.Text.Trim(),
            [.. (request.And ?? []).Select(a => a.Trim())], without, request.ImageWeight)
        {
            Method = method?.Name,
            Mask = mask is null ? null : pictures.ReadMask(mask, $"images[{masked}].mask"),
            Sentence = request.Template is string template ? new(PromptTemplates.Parse(template)) : null,
            Sampling = request.Sampling is { } s ? Sampling(s) : null,
        };
    }

    private static SamplingOptions Sampling(SamplingRef s)
    {
        SamplingOptions usual = new();
        return new() { Steps = s.Steps ?? usual.Steps, TextScale = s.TextScale, ImageScale = s.ImageScale, Seed = s.Seed ?? usual.Seed };
    }

    /// <summary>A request is kept for how its answers are taken, not for its pictures.</summary>
    private static SearchRequest WithoutBytes(SearchRequest r) => r with { Images = null, Without = null, Vector = null, Filter = null };

    private static async Task<SearchResponse> AnswerAsync(KeptQuery keep, Retriever retriever, int offset, ItemFilter? filter,
        long start, bool encoded, CancellationToken stop)
    {
        SearchRequest request = keep.Request;
        (bool cut, float least) = request.Cut is { } asked ? SearchCheck.CutOf(asked) ?? default : (false, float.NegativeInfinity);
        IReadOnlyList<string> include = request.Include ?? ["score", "terms", "size", "path", "timings"];
        SearchOptions how = new(request.Top ?? UsualTop)
        {
            Offset = offset,
            Filter = filter,
            Cut = cut,
            MinScore = least,
            IncludeQuery = request.IncludeQuery ?? false,
            Explain = include.Contains("terms"),
            Partial = true,
        };
        (SearchAnswer answer, IReadOnlyDictionary<long, IReadOnlyList<DuplicateInfo>> folded) = request.FoldDuplicates == true
            ? await Folding.SearchAsync(retriever, keep.Query, how, stop) : (await retriever.SearchAsync(keep.Query, how, stop), Folding.None);
        Dictionary<long, string> vectors = include.Contains("vector")
            ? (await retriever.Index.RowsAsync([.. answer.Hits.Select(h => h.Id)], stop)).OfType<StoredRow>()
            .ToDictionary(r => r.Item.Id, r => Vectors.Base64(r.Unit.Span)) : [];
        bool path = include.Contains("path"), size = include.Contains("size"), score = include.Contains("score");
        HitInfo[] hits = [.. answer.Hits.Select(h => new HitInfo(h.Rank, h.Id, score ? h.Score : null, path ? h.Path : null,
            size ? h.Width : null, size ? h.Height : null, h.Terms,
            vectors.GetValueOrDefault(h.Id), folded.GetValueOrDefault(h.Id)))];
        StageTimings t = answer.Timings;
        double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        PreparedQuery query = keep.Query;
        return new(keep.Id, keep.Gallery, new(query.Method, query.Prompt, query.Tokens, request.ImageWeight,
            [.. query.Pictures.Select(p => new QueryImageInfo(p.Id, p.Hash))], answer.Warnings),
            answer.Searched, answer.Matched, answer.CutScore, hits, Cursor.Write(answer.NextOffset),
            answer.SilentShards.Count > 0, answer.SilentShards,
            !include.Contains("timings") ? null : encoded ? new(Round(t.Decode), Round(t.Encode), Round(t.Compose),
                Round(t.Search), Round(total)) : new(0, 0, 0, Round(t.Search), Round(total)));
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 2);
}
