using System.Diagnostics;
using System.Text.Json;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>Searching.</summary>
internal static class SearchRoutes
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/search", Search).WithName("search").WithSummary("Compose pictures and words, and search.").WithTags("Search")
            .Accepts<SearchRequest>("application/json", "multipart/form-data").Produces<SearchResponse>().Problems(400, 404, 409, 413, 415, 422, 429, 503);
    }

    private static async Task<Ok<SearchResponse>> Search(HttpContext http, GalleryHost galleries)
    {
        long start = Stopwatch.GetTimestamp();
        SearchRequest request = await JsonSerializer.DeserializeAsync(http.Request.Body, ApiJson.Default.SearchRequest, http.RequestAborted)
            ?? throw ApiException.Invalid(new FieldError("", "missing", "the body is empty."));
        GalleryService gallery = galleries.Find(request.Gallery);
        Retriever retriever = await gallery.RetrieverAsync(http.RequestAborted);
        ComposedQuery query = new([.. (request.Images ?? []).Select(i => new QueryPicture(Id: i.Id))], request.Text, request.And,
            [.. (request.Without ?? []).Select(w => w.Id is long id ? new QueryTerm(Picture: new(Id: id)) : new QueryTerm(w.Text))], request.ImageWeight);
        SearchOptions options = new(request.Top ?? 20) { IncludeQuery = request.IncludeQuery ?? false, Explain = true };
        SearchAnswer answer = await retriever.SearchAsync(query with { Method = request.Method }, options, http.RequestAborted);
        double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return TypedResults.Ok(new SearchResponse("", gallery.Name, new(answer.Method, answer.Prompt, 0, request.ImageWeight, [], answer.Warnings), answer.Searched, answer.Matched, answer.CutScore,
            [.. answer.Hits.Select(h => new HitInfo(h.Rank, h.Id, h.Score, h.Path, h.Width, h.Height, h.Terms))], null, false, [], new(0, 0, 0, 0, total)));
    }
}
