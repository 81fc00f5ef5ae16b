using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Cirrus.Server;

namespace Cirrus.Tests.Server;

/// <summary>The page's files: few requests before the first paint, kept by browsers, and the plain files under their names.</summary>
public sealed partial class PageRoutesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_has_its_style_in_it_needs_no_chain_of_imports_and_what_it_names_is_there_for_good()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpResponseMessage answer = await client.GetAsync("/", Stop);
        string page = await answer.Content.ReadAsStringAsync(Stop);
        string[] named = [.. Named().Matches(page).Select(m => m.Groups[1].Value).Where(n => n is not ("./" or "#results" or "icon.svg")).Distinct()];
        Assert.DoesNotContain(named, n => n.EndsWith(".css", StringComparison.Ordinal));
        HashSet<string> modules = [.. named.Where(n => n.EndsWith(".js", StringComparison.Ordinal))];
        foreach (string name in named)
        {
            using HttpResponseMessage file = await client.GetAsync(name, Stop);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Contains("immutable", file.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
            if (!modules.Contains(name))
                continue;
            string code = await file.Content.ReadAsStringAsync(Stop);
            foreach (Match import in Import().Matches(code))
                Assert.Contains(new Uri(new Uri(client.BaseAddress, name), import.Groups[1].Value).AbsolutePath.TrimStart('/'), modules);
        }
        int start = page.IndexOf("<style>", StringComparison.Ordinal) + "<style>".Length;
        string sheet = page[start..page.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.Contains($"style-src 'self' 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(sheet)))}'",
            answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains(await client.GetStringAsync("/css/base.css", Stop), sheet, StringComparison.Ordinal);
        Assert.Contains(await client.GetStringAsync("/css/status.css", Stop), sheet, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_sent_packed_to_those_who_read_that_each_with_its_own_tag()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpResponseMessage plain = await client.GetAsync("/js/main.js", Stop);
        using HttpRequestMessage ask = new(HttpMethod.Get, "/js/main.js") { Headers = { { "Accept-Encoding", "br, gzip" } } };
        using HttpResponseMessage packed = await client.SendAsync(ask, Stop);
        Assert.Equal("gzip", Assert.Single(packed.Content.Headers.ContentEncoding));
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.NotEqual(plain.Headers.ETag, packed.Headers.ETag);
        Assert.Equal("no-cache", plain.Headers.CacheControl!.ToString());
        using GZipStream gzip = new(await packed.Content.ReadAsStreamAsync(Stop), CompressionMode.Decompress);
        using StreamReader reader = new(gzip, Encoding.UTF8);
        Assert.Equal(await plain.Content.ReadAsStringAsync(Stop), await reader.ReadToEndAsync(Stop));
        using HttpRequestMessage refuse = new(HttpMethod.Get, "/js/main.js") { Headers = { { "Accept-Encoding", "gzip;q=0" } } };
        using HttpResponseMessage refused = await client.SendAsync(refuse, Stop);
        Assert.Empty(refused.Content.Headers.ContentEncoding);
    }

    [GeneratedRegex("(?:href|src)=\"([^\"#]+)")]
    private static partial Regex Named();

    [GeneratedRegex("from '([^']+)'")]
    private static partial Regex Import();
}
