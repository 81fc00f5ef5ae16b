using System.Buffers;
using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cirrus.Server.Guards;

/// <summary>
/// How large a body may be, and all of them together, as they lie in memory until they are answered. One that says it
/// is larger is read to its end and thrown away, within bounds, before the refusal goes out:
/// a client still sending when the connection closes sees a broken pipe and never the answer.
/// </summary>
internal sealed class BodySize(ServerOptions options)
{
    /// <summary>Of bodies of more than this many times the limit nothing is read.</summary>
    private const int MostTimes = 8;

    /// <summary>Bodies up to this many bytes are not counted.</summary>
    private const long Small = 1 << 18;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private long _held;

    public async Task Invoke(HttpContext http, RequestDelegate next)
    {
        long most = (long)options.Limits.BodyMegabytes << 20;
        if (http.Request.ContentLength is long length && length > most)
        {
            if (length <= most * MostTimes && !http.Request.Headers.ContainsKey("Expect"))
                await Drain(http);
            throw new ApiException(413, "too_large",
                $"A body of {length / 1048576.0:0.#} MB; at most {options.Limits.BodyMegabytes} are taken.",
                "send fewer or smaller pictures; the limits are in /v1/info");
        }
        long bytes = http.Request.ContentLength ?? (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? most : 0);
        if (bytes <= Small)
        {
            await next(http);
            return;
        }
        try
        {
            if (Interlocked.Add(ref _held, bytes) > Math.Max(most, (long)options.Limits.BodiesMegabytes << 20))
                throw new ApiException(429, "busy", "Too many large requests are being answered.", "ask again in a moment") { RetryAfter = 1 };
            await next(http);
        }
        finally
        {
            Interlocked.Add(ref _held, -bytes);
        }
    }

    private static async Task Drain(HttpContext http)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        late.CancelAfter(Patience);
        byte[] away = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            while (await http.Request.Body.ReadAsync(away, late.Token) > 0)
                ;
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Headers.Connection = "close";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(away);
        }
    }
}
