using System.Net;
using System.Net.Sockets;
using Cirrus.Server.Errors;

namespace Cirrus.Server.Queries;

/// <summary>Pictures by address, where the configuration allows it: http and https, public addresses only, also after redirects.</summary>
/// <remarks>Addresses are looked at when the connection is made, so a name that changes its address in between gains nothing.</remarks>
internal sealed class UrlPictures : IDisposable
{
    private const int Redirects = 3;
    private readonly ServerOptions _options;
    private readonly HttpClient _http;

    public UrlPictures(ServerOptions options)
    {
        _options = options;
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxResponseHeadersLength = 16,
            ConnectCallback = Connect,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>For the whole of a picture, redirects and all.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which addresses are connected to.</summary>
    public Func<IPAddress, bool> MayReach { get; init; } = IsPublic;

    /// <exception cref="ApiException">It is not allowed, not there, or too large.</exception>
    public async Task<byte[]> FetchAsync(string url, string field, CancellationToken stop)
    {
        if (!_options.AllowUrls)
            throw ApiException.Invalid(new FieldError(field, "urls_refused", "this server fetches nothing from the network.",
                "send the picture's bytes; whoever runs the server may allow it with CIRRUS_ALLOWURLS=true"));
        using CancellationTokenSource time = CancellationTokenSource.CreateLinkedTokenSource(stop);
        time.CancelAfter(Patience);
        try
        {
            Uri? at = new(url, UriKind.Absolute);
            for (int i = 0; i <= Redirects; i++)
            {
                if (at is null || at.Scheme is not ("http" or "https"))
                    throw Wrong(field, "only http and https addresses are fetched.");
                using HttpResponseMessage answer = await _http.GetAsync(at, HttpCompletionOption.ResponseHeadersRead, time.Token);
                if ((int)answer.StatusCode is >= 300 and < 400)
                {
                    at = answer.Headers.Location is { } next ? new Uri(at, next) : null;
                    continue;
                }
                if (!answer.IsSuccessStatusCode)
                    throw Wrong(field, $"the address answers {(int)answer.StatusCode}.");
                return await Read(answer, field, time.Token);
            }
            throw Wrong(field, $"the address leads on more than {Redirects} times.");
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or IOException)
        {
            throw Wrong(field, e.GetBaseException().Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Wrong(field, $"the address takes longer than {Patience.TotalSeconds:0} seconds.");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>True for an address of the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        ReadOnlySpan<byte> b = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !(b[0] is 0 or 10 or 127 or >= 224 || (b[0] == 100 && b[1] is >= 64 and < 128)
                || (b[0] == 169 && b[1] == 254) || (b[0] == 172 && b[1] is >= 16 and < 32)
                || (b[0] == 192 && b[1] == 168) || (b[0] == 192 && b[1] == 0 && b[2] is 0 or 2)
                || (b[0] == 198 && b[1] is 18 or 19) || (b[0] == 198 && b[1] == 51 && b[2] == 100)
                || (b[0] == 203 && b[1] == 0 && b[2] == 113));
        return (b[0] & 0xE0) == 0x20 && !(b[0] == 0x20 && b[1] is 0x02) && !(b[0] == 0x20 && b[1] == 0x01 && b[2] < 2)
            && !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8);
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext to, CancellationToken stop)
    {
        IPAddress[] addresses = IPAddress.TryParse(to.DnsEndPoint.Host, out IPAddress? literal)
            ? [literal] : await Dns.GetHostAddressesAsync(to.DnsEndPoint.Host, stop);
        IPAddress address = addresses.FirstOrDefault(MayReach) ?? throw new HttpRequestException("the address is not of the public internet.");
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, to.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new HttpRequestException(e.Message, e);
        }
    }

    private async Task<byte[]> Read(HttpResponseMessage answer, string field, CancellationToken stop)
    {
        int most = _options.Limits.PictureMegabytes << 20;
        PictureChecks.Size(answer.Content.Headers.ContentLength ?? 0, field, _options.Limits);
        using Stream body = await answer.Content.ReadAsStreamAsync(stop);
        using MemoryStream bytes = new();
        byte[] part = new byte[1 << 16];
        for (int read; (read = await body.ReadAsync(part, stop)) > 0;)
        {
            bytes.Write(part, 0, read);
            PictureChecks.Size(Math.Min(bytes.Length, most + 1L), field, _options.Limits);
        }
        return bytes.ToArray();
    }

    private static ApiException Wrong(string field, string why) =>
        ApiException.Invalid(new FieldError(field, "not_fetched", why, "send the picture's bytes"));
}
