using System.Text.Json;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Cirrus.Server.Routes;

/// <summary>Searching, and what it embeds.</summary>
internal static class SearchRoutes
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/search", Search).WithName("search").WithSummary("Compose pictures and words, and search.").WithTags("Search")
            .WithDescription(
                "As JSON, or as multipart/form-data with a part 'query' that holds the same JSON and parts of pictures that "
                    + "its images name as upload.")
            .Accepts<SearchRequest>("application/json", "multipart/form-data").Problems(400, 404, 409, 413, 415, 422, 429, 503);
        v1.MapGet("/search/{queryId}", Again).WithName("searchAgain").WithSummary(
            "The next page, or the same query under another filter or cut, without encoding again.").WithTags("Search")
            .Problems(400, 404, 503);
        v1.MapPost("/embeddings", Embed).WithName("embed").WithSummary("Texts, images or composed queries as unit vectors.").WithTags("Search")
            .Accepts<EmbeddingRequest>("application/json", "multipart/form-data").Problems(400, 404, 409, 413, 415, 422, 429, 503);
    }

    private static async Task<Ok<SearchResponse>> Search(HttpContext http, Searcher searcher)
    {
        (SearchRequest request, IFormFileCollection? files) = await RequestReader.ReadAsync(http.Request,
            ApiJson.Ours.SearchRequest, http.RequestAborted);
        return TypedResults.Ok(await searcher.SearchAsync(request, files, http.RequestAborted));
    }

    private static async Task<Ok<SearchResponse>> Again(string queryId, Searcher searcher, KeptQueries kept,
        ServerOptions options, CancellationToken stop,
        string? cursor = null, string? filter = null, string? cut = null, int? top = null)
    {
        KeptQuery query = kept.Find(queryId);
        SearchRequest request = query.Request with { Top = top ?? query.Request.Top, Cut = cut is null ? query.Request.Cut : Cut(cut) };
        if (top is int n && (n < 1 || n > options.Limits.Top))
            throw ApiException.Invalid(new FieldError("top", "out_of_range", $"{n} is out of range.", $"1 to {options.Limits.Top}"));
        return TypedResults.Ok(await searcher.AgainAsync(query with { Request = request }, Cursor.Read(cursor), Filters.Read(filter), stop));
    }

    /// <summary>none, auto, or a number: the least score.</summary>
    private static JsonElement Cut(string text)
    {
        string json = text is "none" or "auto" ? $"\"{text}\"" : text.StartsWith('{') ? text : $"{{\"minScore\":{text}}}";
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (SearchCheck.CutOf(document.RootElement) is not null)
                return document.RootElement.Clone();
        }
        catch (JsonException)
        {
        }
        throw ApiException.Invalid(new FieldError("cut", "malformed", $"'{text}' is none of the cuts.", "none, auto, or the least score"));
    }

    private static async Task<Ok<EmbeddingAnswer>> Embed(HttpContext http, Embedder embedder)
    {
        (EmbeddingRequest request, IFormFileCollection? files) = await RequestReader.ReadAsync(http.Request,
            ApiJson.Ours.EmbeddingRequest, http.RequestAborted);
        return TypedResults.Ok(await embedder.EmbedAsync(request, files, http.RequestAborted));
    }
}
