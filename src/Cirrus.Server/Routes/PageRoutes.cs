using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Cirrus.Server.Routes;

/// <summary>The page: files that are part of the program.</summary>
internal static class PageRoutes
{
    private const string Prefix = "wwwroot/";

    private sealed record PageFile(byte[] Content, string MediaType, EntityTagHeaderValue Tag);

    private static readonly Lazy<FrozenDictionary<string, PageFile>> Files = new(Read);

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (string name in Files.Value.Keys)
            app.MapMethods(name == "index.html" ? "/" : "/" + name, ["GET", "HEAD"], http => Send(http, name)).ExcludeFromDescription();
    }

    private static Task Send(HttpContext http, string name)
    {
        PageFile file = Files.Value[name];
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Content, file.MediaType, entityTag: file.Tag).ExecuteAsync(http);
    }

    private static FrozenDictionary<string, PageFile> Read()
    {
        Assembly program = typeof(PageRoutes).Assembly;
        Dictionary<string, PageFile> files = [];
        foreach (string resource in program.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = program.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            files.Add(resource[Prefix.Length..].Replace('\\', '/'), new(content, MediaType(resource), new($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..24]}\"")));
        }
        return files.ToFrozenDictionary();
    }

    private static string MediaType(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".webmanifest" => "application/manifest+json",
        ".json" => "application/json",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
}
