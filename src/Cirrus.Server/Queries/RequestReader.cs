using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Queries;

/// <summary>A body as JSON, or as a form with a part <c>query</c> of JSON and parts of pictures.</summary>
internal static class RequestReader
{
    public const string QueryPart = "query";

    /// <exception cref="ApiException">It is neither, or has no query.</exception>
    /// <exception cref="JsonException">The JSON does not fit.</exception>
    public static async Task<(T Request, IFormFileCollection? Files)> ReadAsync<T>(HttpRequest http, JsonTypeInfo<T> type, CancellationToken stop)
        where T : class
    {
        if (http.HasJsonContentType())
            return (await JsonSerializer.DeserializeAsync(http.Body, type, stop) ?? throw Empty(), null);
        if (!http.HasFormContentType || !http.ContentType!.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            throw new ApiException(415, "media_type", $"A body of type '{http.ContentType}' is not read here.",
                "send application/json, or multipart/form-data with a part 'query' of JSON and parts of pictures");
        IFormCollection form = await FormAsync(http, stop);
        string? text = form[QueryPart];
        if (text is null && form.Files[QueryPart] is IFormFile file)
        {
            using StreamReader reader = new(file.OpenReadStream());
            text = await reader.ReadToEndAsync(stop);
        }
        if (string.IsNullOrWhiteSpace(text))
            throw ApiException.Invalid(new FieldError(QueryPart, "missing", "the form has no part 'query'.", "add one with the JSON of the request"));
        return (JsonSerializer.Deserialize(text, type) ?? throw Empty(), form.Files);
    }

    /// <exception cref="InvalidDataException">It is no form, or ends too soon.</exception>
    public static async Task<IFormCollection> FormAsync(HttpRequest http, CancellationToken stop)
    {
        try
        {
            return await http.ReadFormAsync(stop);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new InvalidDataException("The form ends too soon.", e);
        }
    }

    /// <exception cref="ApiException">It is larger than a picture may be.</exception>
    public static async Task<byte[]> BytesAsync(IFormFile file, string field, ServerLimits limits, CancellationToken stop)
    {
        PictureChecks.Size(file.Length, field, limits);
        byte[] bytes = new byte[file.Length];
        using Stream stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(bytes, stop);
        return bytes;
    }

    private static ApiException Empty() => new(400, "malformed_json", "The body is null.", "see /openapi/v1.json for the shape of the request");
}
