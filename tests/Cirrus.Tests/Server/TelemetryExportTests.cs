using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cirrus.Server;

namespace Cirrus.Tests.Server;

/// <summary>Spans and numbers arrive at a collector that speaks OTLP over HTTP.</summary>
public sealed class TelemetryExportTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<(string Path, string Body)> _received = [];
    private readonly Task _loop;

    public TelemetryExportTests()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _loop;
        _end.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_a_server_does_is_told_by_its_end()
    {
        ServedGallery.Make(_folder.At("photos"), 2);
        ServerOptions options = new()
        {
            Port = 0,
            OtlpEndpoint = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}",
            OtlpProtocol = "http/protobuf",
        };
        options.Galleries.Add(_folder.At("photos"));
        await using (CirrusServer server = await CirrusServer.StartAsync(options, Stop))
        {
            using HttpClient client = new() { BaseAddress = new(server.Address) };
            using HttpResponseMessage search = await client.PostAsync("/v1/search",
                new StringContent("""{"text": "a red fish"}""", null, "application/json"), Stop);
            using HttpResponseMessage made = await client.PostAsync("/v1/embeddings",
                new StringContent("""{"texts": ["a red fish"]}""", null, "application/json"), Stop);
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (search.StatusCode, made.StatusCode));
            await File.WriteAllBytesAsync(Path.Combine(_folder.At("photos"), "new.png"), ServedGallery.Picture(5), Stop);
            using HttpResponseMessage refresh = await client.PostAsync("/v1/galleries/photos/refresh", null, Stop);
            await client.GetStringAsync(refresh.Headers.Location + "/events", Stop);
        }
        string traces = Told("/v1/traces"), numbers = Told("/v1/metrics");
        foreach (string name in new[] { "cirrus.compose", "cirrus.search", "cirrus.index.file", "embeddings playground-clip", "gen_ai.operation.name", "gen_ai.embeddings.dimension.count", "POST /v1/search" })
            Assert.Contains(name, traces, StringComparison.Ordinal);
        foreach (string name in new[] { "gen_ai.client.operation.duration", "cirrus.encoder.batch", "http.server.request.duration" })
            Assert.Contains(name, numbers, StringComparison.Ordinal);
        Assert.DoesNotContain("a red fish", traces + numbers, StringComparison.Ordinal);
    }

    private string Told(string path) => string.Concat(_received.Where(r => r.Path == path).Select(r => r.Body));

    private async Task AcceptAsync()
    {
        List<Task> all = [];
        try
        {
            while (true)
                all.Add(ReceiveAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task ReceiveAsync(TcpClient client)
    {
        using TcpClient sender = client;
        try
        {
            using StreamReader reader = new(client.GetStream(), Encoding.Latin1);                // a byte is a character
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } first)
            {
                int length = 0;
                while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } header)
                    if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                        length = int.Parse(header["Content-Length:".Length..], CultureInfo.InvariantCulture);
                char[] body = new char[length];
                await reader.ReadBlockAsync(body, _end.Token);
                _received.Enqueue((first.Split(' ')[1], new(body)));
                await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)                 // who sent has gone, or the test is over
        {
        }
    }
}
