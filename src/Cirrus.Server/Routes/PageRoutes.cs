using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Cirrus.Server.Routes;

/// <summary>The page: files that are part of the program.</summary>
/// <remarks>
/// They are plain files and served as such under their names. So that the first paint waits for one request and the rest for no chain of
/// imports, index.html is sent with its style sheets in it, which the policy names by their hash, and with its modules announced, at
/// addresses that carry the version: browsers keep these.
/// </remarks>
internal static class PageRoutes
{
    private const string Prefix = "wwwroot/", Index = "index.html", Main = "js/main.js";

    private sealed class PageFile(byte[] content, string name)
    {
        private readonly Lazy<byte[]> _packed = new(() => Pack(content));

        public byte[] Content { get; } = content;

        public byte[] Packed => _packed.Value;

        public string MediaType { get; } = MediaTypeOf(name);

        public string Tag { get; } = Convert.ToHexStringLower(SHA256.HashData(content))[..24];
    }

    private static readonly Lazy<(string Version, string Style, FrozenDictionary<string, PageFile> Files)> Page = new(Read);

    public static void Map(IEndpointRouteBuilder app)
    {
        (string version, string style, FrozenDictionary<string, PageFile> files) = Page.Value;
        foreach ((string name, PageFile file) in files)
            app.MapMethods(name == Index ? "/" : "/" + name, ["GET", "HEAD"],
                http => Send(http, file, "no-cache", name == Index ? style : null)).ExcludeFromDescription();
        app.MapMethods($"/{version}/{{**name}}", ["GET", "HEAD"], http =>
            files.TryGetValue(http.Request.RouteValues["name"] as string ?? "", out PageFile? file)
            ? Send(http, file, "public, max-age=31536000, immutable") : TypedResults.NotFound().ExecuteAsync(http)).ExcludeFromDescription();
    }

    private static Task Send(HttpContext http, PageFile file, string keep, string? style = null)
    {
        bool packed = http.Request.GetTypedHeaders().AcceptEncoding.Any(e => e.Value == "gzip" && e.Quality is not 0);
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = keep;
        if (style is not null)
            headers.ContentSecurityPolicy = Allow(headers.ContentSecurityPolicy.ToString(), style);
        headers.Vary = HeaderNames.AcceptEncoding;
        if (packed)
            headers.ContentEncoding = "gzip";
        return TypedResults.Bytes(packed ? file.Packed : file.Content, file.MediaType,
            entityTag: new($"\"{file.Tag}{(packed ? "-gzip" : "")}\"")).ExecuteAsync(http);
    }

    private static (string Version, string Style, FrozenDictionary<string, PageFile> Files) Read()
    {
        Assembly program = typeof(PageRoutes).Assembly;
        SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string resource in program.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using Stream stream = program.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            files.Add(resource[Prefix.Length..].Replace('\\', '/'), content);
            all.AppendData(content);
        }
        string version = "page-" + Convert.ToHexStringLower(all.GetHashAndReset())[..12];
        (files[Index], string style) = Hasten(Encoding.UTF8.GetString(files[Index]), version, files);
        return (version, style, files.ToFrozenDictionary(f => f.Key, f => new PageFile(f.Value, f.Key)));
    }

    /// <summary>The page with its sheets in it and its modules announced, and how a policy names these sheets.</summary>
    private static (byte[] Index, string Style) Hasten(string index, string version, SortedDictionary<string, byte[]> files)
    {
        StringBuilder page = new(), sheet = new("\n");
        int at = 0;
        foreach (string line in index.Split('\n'))
        {
            if (Between(line, "<link rel=\"stylesheet\" href=\"", "\">") is { } css)
            {
                at = at == 0 ? page.Length : at;
                sheet.Append(Encoding.UTF8.GetString(files[css]));
                continue;
            }
            if (line.Contains($"src=\"{Main}\"", StringComparison.Ordinal))
                foreach (string module in files.Keys.Where(f => f.EndsWith(".js", StringComparison.Ordinal) && f != Main))
                    page.Append($"  <link rel=\"modulepreload\" href=\"{version}/{module}\">\n");
            page.Append(line.Replace($"src=\"{Main}\"", $"src=\"{version}/{Main}\"", StringComparison.Ordinal)
                .Replace("href=\"icons.svg#", $"href=\"{version}/icons.svg#", StringComparison.Ordinal)).Append('\n');
        }
        string style = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(sheet.ToString())))}'";
        page.Insert(at, $"  <style>{sheet}</style>\n");
        return (Encoding.UTF8.GetBytes(Allow(page.ToString().TrimEnd('\n'), style) + '\n'), style);
    }

    private static string Allow(string policy, string style) =>
        policy.Replace("style-src 'self'", $"style-src 'self' {style}", StringComparison.Ordinal);

    private static string? Between(string line, string start, string end)
    {
        int from = line.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return from < start.Length ? null : line[from..line.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static byte[] Pack(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static string MediaTypeOf(string name) => Path.GetExtension(name) switch
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
