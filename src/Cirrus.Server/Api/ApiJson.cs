using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Api;

/// <summary>How the API's records are written and read. A field that is not known is an error: it is a typing error more often than not.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, Converters = [typeof(WithoutTermConverter)])]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(SearchResponse))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(EmbeddingAnswer))]
[JsonSerializable(typeof(GalleryList))]
[JsonSerializable(typeof(GalleryInfo))]
[JsonSerializable(typeof(ItemInfo))]
[JsonSerializable(typeof(UploadAnswer))]
[JsonSerializable(typeof(DuplicateList))]
[JsonSerializable(typeof(MethodList))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(JobInfo))]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(HealthInfo))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(IFormFileCollection))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>As the routes write: for what is written beside them.</summary>
    public static ApiJson Ours { get; } = new(Configure(new()));

    /// <summary>
    /// The same for the framework's options. Apostrophes and accents stand as they are: answers are JSON and never part
    /// of a page's text.
    /// </summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        json.PropertyNameCaseInsensitive = false;
        json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        json.MaxDepth = 32;
        json.Converters.Add(new WithoutTermConverter());
        return json;
    }
}
