using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>Requests to the hub and to where it redirects: time limits, retries, and a token that only the hub itself sees.</summary>
internal sealed class HubConnection : IDisposable
{
    private const int MostRedirects = 5;

    private readonly HttpClient _http;
    private readonly HubSettings _settings;

    public HubConnection(HubSettings settings)
    {
        _settings = settings;
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = !settings.Endpoint.IsLoopback,
            ConnectTimeout = settings.MetadataTimeout,
            MaxResponseHeadersLength = 64,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Asks, follows redirects as far as <paramref name="follow"/> says, and tries again while the hub is busy; other
    /// refusals are returned.
    /// </summary>
    /// <param name="follow">whether a redirect may be followed, by what stands in its Location.</param>
    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, Uri address, Func<string, bool> follow, CancellationToken stop)
    {
        Patience patience = new(_settings);
        while (true)
        {
            string trouble;
            TimeSpan? asked = null;
            bool reached = true;
            try
            {
                HttpResponseMessage answer = await SendAsync(method, address, 0, follow, stop).ConfigureAwait(false);
                if (!IsBusy(answer.StatusCode))
                    return answer;
                (trouble, asked) = (Status(answer), RetryAfter(answer));
                answer.Dispose();
            }
            catch (HttpRequestException e)
            {
                (trouble, reached) = (e.Message,
                    e.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError));
            }
            if (!reached || !await patience.WaitAsync(asked, stop).ConfigureAwait(false))
                throw new CirrusException($"{address.GetLeftPart(UriPartial.Authority)} gives no answer: {trouble}",
                    hint: "try again later, set HF_ENDPOINT to a mirror, or work with what is here: --offline");
        }
    }

    /// <summary>One request, redirects followed; the token goes to the hub's own address alone.</summary>
    /// <param name="from">first byte wanted.</param>
    /// <exception cref="HttpRequestException">Nobody answered, or not in time.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, Func<string, bool> follow, CancellationToken stop)
    {
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer = await SendOnceAsync(method, address, from, stop).ConfigureAwait(false);
            if (!IsRedirect(answer.StatusCode) || LocationOf(answer) is not string location || !follow(location))
                return answer;
            answer.Dispose();
            if (redirects == MostRedirects)
                throw new CirrusException($"{address.GetLeftPart(UriPartial.Authority)} redirects again and again.", hint: "check HF_ENDPOINT");
            address = Resolve(address, location);
        }
    }

    public static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    public static bool IsBusy(HttpStatusCode status) => (int)status is 408 or 429 or >= 500;

    public static string Status(HttpResponseMessage answer) => string.Create(CultureInfo.InvariantCulture, $"it answers {(int)answer.StatusCode}");

    public static string? LocationOf(HttpResponseMessage answer) => Header(answer, "Location");

    /// <summary>True for a redirect to another path of the same server.</summary>
    public static bool IsRelative(string location) =>
        !location.StartsWith("//", StringComparison.Ordinal) && !location.StartsWith('\\') && location.AsSpan().IndexOf(':') is var colon
            && (colon < 0 || location.AsSpan().IndexOfAny('/', '?') is >= 0 and var slash && slash < colon);

    public static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values)
            || answer.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    public static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: TimeSpan delta } => delta,
        { Date: DateTimeOffset date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };

    /// <exception cref="CirrusException">It leads away from HTTP, or from an encrypted connection to an open one.</exception>
    public static Uri Resolve(Uri from, string location)
    {
        if (!Uri.TryCreate(from, location, out Uri? to) || to.Scheme is not ("https" or "http") || (from.Scheme == "https" && to.Scheme == "http"))
            throw new CirrusException($"{from.GetLeftPart(UriPartial.Authority)} redirects to where Cirrus does not go.", hint: "check HF_ENDPOINT");
        return to;
    }

    public bool IsHub(Uri address) =>
        Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, CancellationToken stop)
    {
        using HttpRequestMessage request = new(method, address);
        request.Headers.AcceptEncoding.Add(new("identity"));
        request.Headers.UserAgent.Add(new("cirrus", "0.1"));
        if (from > 0)
            request.Headers.Range = new(from, null);
        if (_settings.Token is string token && IsHub(address))
            request.Headers.Authorization = Bearer(token);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_settings.MetadataTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException(
                string.Create(CultureInfo.InvariantCulture, $"no answer within {_settings.MetadataTimeout.TotalSeconds:0.#} s"));
        }
    }

    private static AuthenticationHeaderValue Bearer(string token) => token.All(c => c is > ' ' and < '\u007f') ? new("Bearer", token)
        : throw new CirrusException("The token has characters that no token has.", hint: "set HF_TOKEN to the token alone");
}
