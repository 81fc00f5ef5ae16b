using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cirrus.Tests.Hub;

/// <summary>What a client asked.</summary>
internal sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>First byte of a Range header; 0 without one.</summary>
    public int From => this["Range"] is string range ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : 0;

    public bool IsFetch(string name) => Method == "GET" && Path.EndsWith("/" + name, StringComparison.Ordinal);
}

/// <summary>What a server says.</summary>
/// <param name="Sent">bytes of the body after which the connection is closed; null: all.</param>
/// <param name="Pause">between two halves of what is sent.</param>
/// <param name="Length">Content-Length where it is not the body's; -1 leaves it out.</param>
internal sealed record HubAnswer(int Status, byte[] Body, int? Sent = null, TimeSpan Pause = default, long? Length = null)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>All that is sent, head and body, in place of everything else.</summary>
    public byte[]? Raw { get; init; }
}

/// <summary>
/// A hub on this machine: one repository, org/tiny unless named, spoken as the public one does; <see cref="Misbehave"/>
/// answers first where it wants to.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Repository = "org/tiny", Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly string _repository;

    public HubServer(string repository = Repository)
    {
        _repository = repository;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentDictionary<string, byte[]> Files { get; } = [];

    /// <summary>Names in the listing besides those of <see cref="Files"/>.</summary>
    public List<string> AlsoListed { get; } = [];

    public Func<HubRequest, HubAnswer?> Misbehave { get; set; } = _ => null;

    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    public static string Etag(string name, byte[] content) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal)
        ? Convert.ToHexStringLower(SHA256.HashData(content)) : GitHash(content);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>The answer of a hub that behaves.</summary>
    public HubAnswer Answer(HubRequest request)
    {
        if (request.Path.StartsWith($"/api/models/{_repository}/revision/", StringComparison.Ordinal))
            return new(200, Listing());
        if (!request.Path.StartsWith($"/{_repository}/resolve/{Commit}/", StringComparison.Ordinal))
            return new(404, []) { Headers = { ["X-Error-Code"] = "RepoNotFound" } };
        string name = Uri.UnescapeDataString(request.Path[$"/{_repository}/resolve/{Commit}/".Length..]);
        return Files.TryGetValue(name, out byte[]? content) ? File(request, name, content) : new(404, [])
        {
            Headers = { ["X-Error-Code"] = "EntryNotFound" },
        };
    }

    private static HubAnswer File(HubRequest request, string name, byte[] content)
    {
        Dictionary<string, string> headers = new() { ["ETag"] = $"W/\"{Etag(name, content)}\"", ["X-Repo-Commit"] = Commit };
        if (request.From >= content.Length && request.From > 0)
            return new(416, []) { Headers = headers };
        if (request.From == 0)
            return new(200, content) { Headers = headers };
        headers["Content-Range"] = $"bytes {request.From}-{content.Length - 1}/{content.Length}";
        return new(206, content[request.From..]) { Headers = headers };
    }

    private byte[] Listing()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("sha", Commit);
            json.WriteStartArray("siblings");
            foreach (string name in Files.Keys.Concat(AlsoListed))
            {
                json.WriteStartObject();
                json.WriteString("rfilename", name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static string GitHash(byte[] content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task AcceptAsync()
    {
        List<Task> talks = [];
        try
        {
            while (true)
                talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or SocketException)      // closed while it waited, or just before
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
            try
            {
                client.NoDelay = true;
                NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is not HubRequest request)
                    return;
                Requests.Enqueue(request);
                await WriteAsync(stream, request, Misbehave(request) ?? Answer(request));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // the client went away, or the test is over
            }
    }

    private async Task<HubRequest?> ReadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries), first = lines[0].Split(' ');
        return new(first[0], first[1],
            lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1], StringComparer.OrdinalIgnoreCase));
    }

    private async Task WriteAsync(NetworkStream stream, HubRequest request, HubAnswer answer)
    {
        if (answer.Raw is byte[] raw)
        {
            await stream.WriteAsync(raw, _stop.Token);
            return;
        }
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Said\r\nConnection: close\r\n");
        if (answer.Length != -1)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Length ?? answer.Body.Length}\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method == "HEAD")
            return;
        int sent = answer.Sent ?? answer.Body.Length, half = answer.Pause > TimeSpan.Zero ? sent / 2 : sent;
        await stream.WriteAsync(answer.Body.AsMemory(0, half), _stop.Token);
        if (answer.Pause > TimeSpan.Zero)
            await Task.Delay(answer.Pause, _stop.Token);
        await stream.WriteAsync(answer.Body.AsMemory(half, sent - half), _stop.Token);
    }
}
