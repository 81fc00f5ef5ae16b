using System.Net;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Cirrus.Server.Guards;

/// <summary>
/// Who may come in: hosts that are ours (against DNS rebinding), pages that are ours (against requests of other sites),
/// bearers of the key.
/// </summary>
internal sealed class Door
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly HashSet<string>? _hosts;
    private readonly bool _everyAddress;
    private readonly byte[]? _key;

    private readonly Rates _rates;

    public Door(ServerOptions options, Rates rates)
    {
        _rates = rates;
        _key = options.ApiKey is string key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
        _everyAddress = options.Host is "*" or "0.0.0.0" or "::" or "[::]";
        string[] own = ["localhost", "127.0.0.1", "[::1]", Bracketed(options.Host), Environment.MachineName, Environment.MachineName + ".local"];
        _hosts = _everyAddress && _key is not null && options.AllowedHosts.Count == 0 ? null : new(own, StringComparer.OrdinalIgnoreCase);
        _hosts?.UnionWith(options.AllowedHosts.Select(Bracketed));
    }

    public async Task Invoke(HttpContext http, RequestDelegate next)
    {
        HttpRequest request = http.Request;
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (!IsOurs(request.Host.Host))
            throw new ApiException(400, "host_not_allowed", $"This server is not called '{request.Host.Host}'.",
                "call it by its address, or start it with --allow-host NAME");
        if (IsForeign(request))
            throw new ApiException(403, "foreign_page", "Pages of other sites may not ask here.",
                "ask from this server's own page, or without an Origin header");
        await _rates.Count(http);                    // wrong keys count, what other sites' pages ask does not
        if (NeedsKey(request.Path) && !BearsKey(request))
        {
            headers.WWWAuthenticate = "Bearer";
            throw new ApiException(401, "key_needed", "The key is missing or wrong.", "send it as: Authorization: Bearer KEY");
        }
        await next(http);
    }

    /// <summary>True for an address that only programs of this machine reach.</summary>
    public static bool IsLoopback(string host) => host == "localhost"
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>A rebound name is never an address, and a page that has rebound one has no key.</summary>
    private bool IsOurs(string host) => _hosts is null || _hosts.Contains(host) || (_everyAddress && IPAddress.TryParse(host.Trim('[', ']'), out _));

    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers.Origin is { Count: > 0 } origin)
            return !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? from)
                && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
        if (request.Headers["Sec-Fetch-Site"] is not { Count: > 0 } site || site == "same-origin" || site == "none")
            return false;
        bool changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));
        return changes || (site == "cross-site" && request.Headers["Sec-Fetch-Mode"] != "navigate");      // a link from elsewhere may be followed
    }

    /// <summary>Routes know no upper case: what reaches one in any spelling needs the key.</summary>
    private static bool NeedsKey(PathString path) => path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/openapi", StringComparison.OrdinalIgnoreCase);

    /// <summary>True too where none is asked for.</summary>
    public bool BearsKey(HttpRequest request)
    {
        const string scheme = "Bearer ";
        StringValues given = request.Headers.Authorization;
        return _key is null || (given is [string one] && one.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(one[scheme.Length..].Trim())), _key));
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;
}
