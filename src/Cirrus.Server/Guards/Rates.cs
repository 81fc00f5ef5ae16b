using System.Threading.RateLimiting;
using Cirrus.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Guards;

/// <summary>How often one address may ask, where there is a limit.</summary>
internal sealed class Rates(ServerOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext>? _limiter = options.Limits.RequestsPerMinute == 0
        ? null : PartitionedRateLimiter.Create<HttpContext, string>(http =>
        RateLimitPartition.GetSlidingWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "", _ => new()
        {
            PermitLimit = options.Limits.RequestsPerMinute,
            Window = TimeSpan.FromMinutes(1),
            SegmentsPerWindow = 6,
        }));

    /// <exception cref="ApiException">429: it has asked too often.</exception>
    public async Task Count(HttpContext http)
    {
        if (_limiter is null || !http.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
            return;
        using RateLimitLease lease = await _limiter.AcquireAsync(http, 1, http.RequestAborted);
        if (!lease.IsAcquired)
            throw new ApiException(429, "too_many_requests", $"More than {options.Limits.RequestsPerMinute} requests in a minute.", "wait a little")
            {
                RetryAfter = 10,
            };
    }

    public void Dispose() => _limiter?.Dispose();
}
