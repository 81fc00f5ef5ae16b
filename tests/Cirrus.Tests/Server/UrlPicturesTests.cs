using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cirrus.Server;
using Cirrus.Server.Errors;
using Cirrus.Server.Queries;

namespace Cirrus.Tests.Server;

/// <summary>
/// Pictures by address, from a host that leads elsewhere, sends too much or never ends. 127.0.0.1 stands for the public
/// internet, 127.0.0.2 for what is private.
/// </summary>
public sealed class UrlPicturesTests : IAsyncDisposable
{
    private static readonly byte[] Content = [.. "a picture"u8];

    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly ConcurrentDictionary<string, string> _answers = [];
    private readonly Task _loop;

    public UrlPicturesTests()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private string Public => $"http://127.0.0.1:{Port}";

    private string Private => $"http://127.0.0.2:{Port}";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _loop;
        _end.Dispose();
    }

    [Fact]
    public async Task A_picture_is_fetched_also_behind_redirects()
    {
        _answers["/a"] = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
        _answers["/b"] = $"HTTP/1.1 308 Permanent Redirect\r\nLocation: {Public}/c\r\nContent-Length: 0\r\n\r\n";
        _answers["/c"] = Whole;
        Assert.Equal(Content, await FetchAsync($"{Public}/a"));
        Assert.Equal(["/a", "/b", "/c"], _asked);
    }

    [Theory]
    [InlineData("PRIVATE/secret", "not of the public internet")]
    [InlineData("file:///etc/passwd", "only http and https")]
    [InlineData("ftp://127.0.0.1/a", "only http and https")]
    [InlineData("", "only http and https")]
    public async Task A_redirect_to_what_is_not_allowed_is_refused_at_each_hop(string to, string why)
    {
        string place = to.Replace("PRIVATE", Private, StringComparison.Ordinal);
        _answers["/first"] = $"HTTP/1.1 302 Found\r\n{(to.Length > 0 ? $"Location: {place}\r\n" : "")}Content-Length: 0\r\n\r\n";
        _answers["/second"] = "HTTP/1.1 302 Found\r\nLocation: /first\r\nContent-Length: 0\r\n\r\n";
        _answers["/secret"] = Whole;
        if (to.Length > 0)
            await Refused(place, why);
        await Refused($"{Public}/first", why);
        await Refused($"{Public}/second", why);
        Assert.Equal(["/first", "/second", "/first"], _asked);
    }

    [Fact]
    public async Task Who_leads_on_and_on_is_not_followed()
    {
        _answers["/round"] = "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n";
        await Refused($"{Public}/round", "more than 3 times");
        Assert.Equal(4, _asked.Count);
    }

    [Theory]
    [InlineData("Content-Length: 2000000\r\n")]
    [InlineData("")]
    public async Task Too_large_a_body_is_not_read(string length)
    {
        _answers["/large"] = $"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n{new string('x', 2_000_000)}";
        ApiException e = await Assert.ThrowsAsync<ApiException>(() => FetchAsync($"{Public}/large"));
        Assert.Equal((413, "too_large"), (e.Status, e.Code));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na pic")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Len")]
    [InlineData("")]
    public async Task Who_does_not_come_to_an_end_is_left(string begun)
    {
        _answers["/slow"] = begun + Silence;
        await Refused($"{Public}/slow", "longer than", patience: TimeSpan.FromMilliseconds(300));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answers 404")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\na pic", "")]
    [InlineData("no http at all\r\n\r\n", "")]
    public async Task What_is_no_answer_is_said(string answer, string why)
    {
        _answers["/odd"] = answer;
        await Refused($"{Public}/odd", why);
    }

    [Fact]
    public async Task Nothing_is_fetched_unless_it_is_allowed()
    {
        using UrlPictures urls = new(new()) { MayReach = _ => true };
        ApiException e = await Assert.ThrowsAsync<ApiException>(() => urls.FetchAsync($"{Public}/a", "images[0].url", Stop));
        Assert.Equal("urls_refused", e.Fields![0].Code);
        Assert.Empty(_asked);
    }

    /// <summary>At the end of an answer: nothing more comes, and the connection stays open.</summary>
    private const string Silence = "\0";

    private static string Whole => $"HTTP/1.1 200 OK\r\nContent-Length: {Content.Length}\r\n\r\n{Encoding.ASCII.GetString(Content)}";

    private static async Task<byte[]> FetchAsync(string url, TimeSpan? patience = null)
    {
        ServerOptions options = new() { AllowUrls = true };
        options.Limits.PictureMegabytes = 1;
        using UrlPictures urls = new(options) { MayReach = a => a.Equals(IPAddress.Loopback), Patience = patience ?? TimeSpan.FromMinutes(1) };
        return await urls.FetchAsync(url, "images[0].url", Stop);
    }

    private static async Task Refused(string url, string why, TimeSpan? patience = null)
    {
        ApiException e = await Assert.ThrowsAsync<ApiException>(() => FetchAsync(url, patience));
        Assert.Equal((400, "not_fetched", "images[0].url"), (e.Status, e.Fields![0].Code, e.Fields[0].Field));
        Assert.Contains(why, e.Fields[0].Message, StringComparison.Ordinal);
    }

    private async Task AcceptAsync()
    {
        List<Task> all = [];
        try
        {
            while (true)
                all.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using TcpClient asking = client;
        try
        {
            using StreamReader reader = new(client.GetStream());
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } first)
            {
                while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 })
                    ;
                string path = first.Split(' ')[1], answer = _answers[path];
                _asked.Enqueue(path);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer.TrimEnd(Silence[0])), _end.Token);
                if (answer.EndsWith(Silence, StringComparison.Ordinal))
                    await Task.Delay(Timeout.Infinite, _end.Token);
                if (!answer.Contains("Content-Length", StringComparison.Ordinal) || answer.Contains("Connection: close", StringComparison.Ordinal))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)    // who asked has gone, or the test is over
        {
        }
    }
}
