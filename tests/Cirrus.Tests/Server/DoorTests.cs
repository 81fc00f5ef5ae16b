using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cirrus.Server;
using Cirrus.Server.Queries;
using Cirrus.Tensors;

namespace Cirrus.Tests.Server;

/// <summary>Who may come in, what the page is served with, and what a server without gallery or model says.</summary>
public sealed partial class DoorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Other_names_and_other_sites_are_refused()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        Assert.Equal(400, (await Send(server, "/v1/info", ("Host", "evil.example"))).Status);
        Assert.Equal(403, (await Send(server, "/v1/info", ("Origin", "http://evil.example"))).Status);
        Assert.Equal(200, (await Send(server, "/v1/info", ("Origin", server.Address))).Status);
        Assert.Equal(200, (await Send(server, "/v1/info", ("Host", "localhost:1"))).Status);
        Assert.Equal(403, (await Send(server, "/v1/info", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"))).Status);
        Assert.Equal(200, (await Send(server, "/v1/info", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"))).Status);
        Assert.Equal(200, (await Send(server, "/v1/info", ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"))).Status);
    }

    [Theory]
    [InlineData(false, "10.1.2.3:7411", 200)]
    [InlineData(false, "[fd00::1]", 200)]
    [InlineData(false, "localhost", 200)]
    [InlineData(false, "evil.example", 400)]
    [InlineData(false, "named.example", 200)]
    [InlineData(true, "evil.example", 400)]
    [InlineData(true, "named.example", 401)]
    public async Task A_server_on_every_address_is_called_by_addresses_or_names_that_were_given(bool key, string host, int status)
    {
        ServerOptions options = new() { Port = 0, Host = "*", ApiKey = key ? "secret-secret" : null };
        options.AllowedHosts.Add("named.example");
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{new Uri(server.Address).Port}/v1/info") { Headers = { Host = host } };
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Large_bodies_have_a_limit_together()
    {
        ServerOptions options = new() { Port = 0 };
        (options.Limits.BodyMegabytes, options.Limits.BodiesMegabytes) = (2, 3);
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        byte[] body = new byte[2 << 20];
        using (System.Net.Sockets.TcpClient slow = new("127.0.0.1", new Uri(server.Address).Port))
        {
            await slow.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), Stop);
            while (await Status() != 429)                                            // until the server has read the slow one's head
                ;
            Assert.Equal(200, (await Send(server, "/v1/info")).Status);
        }
        while (await Status() == 429)                                                // until it has seen that the slow one is gone
            ;
        Assert.Equal(400, await Status());

        async Task<int> Status()
        {
            using ByteArrayContent content = new(body);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage answer = await client.PostAsync("/v1/search", content, Stop);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong", 401)]
    [InlineData("Basic c2VjcmV0", 401)]
    [InlineData("Bearer secret-secret", 200)]
    public async Task A_key_opens_the_api_and_only_it(string? given, int status)
    {
        string file = _folder.At("key");
        await File.WriteAllTextAsync(file, "secret-secret\n", Stop);
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0, ApiKeyFile = file }, Stop);
        Assert.Equal(status, (await (given is null ? Send(server, "/v1/info") : Send(server, "/v1/info", ("Authorization", given)))).Status);
        Assert.Equal(200, (await Send(server, "/healthz/live")).Status);
        Assert.Equal(200, (await Send(server, "/")).Status);
    }

    [Fact]
    public async Task No_spelling_of_a_route_goes_round_the_key()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0, ApiKey = "secret-secret" }, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        List<string> open = [];
        foreach (string route in server.Routes.Select(r => r.Route).Append("GET /openapi/v1.json"))
        {
            string[] parts = route.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string path = Parameter().Replace(parts[1], "1");
            foreach (string spelling in new[] { path, path.ToUpperInvariant(), path + "/", "/%" + Convert.ToHexString([(byte)path[1]]) + path[2..] })
            {
                using HttpRequestMessage request = new(new(parts[0]), spelling);
                using HttpResponseMessage answer = await client.SendAsync(request, Stop);
                if (answer.StatusCode != HttpStatusCode.Unauthorized)
                    open.Add(path);
            }
        }
        Assert.Equal(["/healthz/live", "/healthz/ready"], open.Distinct());
    }

    [Fact]
    public async Task A_key_that_is_none_is_no_key()
    {
        string file = _folder.At("key");
        await File.WriteAllTextAsync(file, "short\n", Stop);
        foreach (ServerOptions options in new ServerOptions[] { new() { Port = 0, ApiKeyFile = file }, new() { Port = 0, ApiKeyFile = _folder.At("none") }, new() { Port = 0, ApiKey = "short" } })
            Assert.Contains("openssl rand", (await Assert.ThrowsAsync<CirrusException>(() => CirrusServer.StartAsync(options, Stop))).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_asks_nobody_else_and_is_not_sent_twice()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpResponseMessage page = await client.GetAsync("/", Stop);
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'none'; script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using HttpRequestMessage again = new(HttpMethod.Get, "/") { Headers = { IfNoneMatch = { page.Headers.ETag! } } };
        using HttpResponseMessage known = await client.SendAsync(again, Stop);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Fact]
    public async Task Without_a_gallery_it_lives_and_says_what_to_do()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        Assert.Equal(200, (await Send(server, "/healthz/ready")).Status);
        (int status, JsonElement problem) = await Send(server, "/v1/galleries/photos");
        Assert.Equal((404, "no_gallery"), (status, problem.GetProperty("code").GetString()));
        Assert.Contains("cirrus index", problem.GetProperty("hint").GetString(), StringComparison.Ordinal);
        (status, problem) = await Send(server, "/no/such/route");
        Assert.Equal((404, "no_such_route"), (status, problem.GetProperty("code").GetString()));
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpResponseMessage wrong = await client.DeleteAsync("/v1/info", Stop);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrong.StatusCode);
    }

    [Fact]
    public async Task Who_asks_too_often_waits()
    {
        ServerOptions options = new() { Port = 0 };
        options.Limits.RequestsPerMinute = 2;
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        Assert.Equal(200, (await Send(server, "/v1/info")).Status);
        Assert.Equal(200, (await Send(server, "/V1/info")).Status);
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpResponseMessage third = await client.GetAsync("/v1/info", Stop);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), third.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Who_tries_keys_waits_and_other_sites_take_nobodys_turns()
    {
        ServerOptions options = new() { Port = 0, ApiKey = "secret-secret" };
        options.Limits.RequestsPerMinute = 2;
        await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
        for (int i = 0; i < 3; i++)
            Assert.Equal(403, (await Send(server, "/v1/info", ("Origin", "http://evil.example"))).Status);
        Assert.Equal(401, (await Send(server, "/v1/info", ("Authorization", "Bearer wrong"))).Status);
        Assert.Equal(401, (await Send(server, "/v1/info", ("Authorization", "Bearer other"))).Status);
        Assert.Equal(429, (await Send(server, "/v1/info", ("Authorization", "Bearer secret-secret"))).Status);
        Assert.Equal(200, (await Send(server, "/")).Status);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        await using CirrusServer server = await CirrusServer.StartAsync(new() { Port = 0 }, Stop);
        int port = new Uri(server.Address).Port;
        CirrusException e = await Assert.ThrowsAsync<CirrusException>(() => CirrusServer.StartAsync(new() { Port = port }, Stop));
        Assert.Contains("--port", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    public void Private_addresses_are_not_fetched(string address, bool isPublic) => Assert.Equal(isPublic, UrlPictures.IsPublic(IPAddress.Parse(address)));

    [GeneratedRegex("{[^}]*}")]
    private static partial Regex Parameter();

    private static async Task<(int Status, JsonElement Json)> Send(CirrusServer server, string path, params (string Name, string Value)[] headers)
    {
        using HttpClient client = new() { BaseAddress = new(server.Address) };
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? await ServedGallery.Json(answer) : default);
    }
}
