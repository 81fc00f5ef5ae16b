using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Memory;

namespace Cirrus.Server.Queries;

/// <summary>Pictures that were handed over, kept for a while by the SHA-256 of their content so that they need not be sent again.</summary>
internal sealed class HandedPictures(ServerOptions options) : IDisposable
{
    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = (long)options.Limits.SessionMegabytes << 20 });
    private readonly TimeSpan _time = TimeSpan.FromMinutes(options.Limits.QueryMinutes);

    public void Keep(byte[] bytes) =>
        _kept.Set(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes,
            new MemoryCacheEntryOptions { Size = bytes.Length, SlidingExpiration = _time });

    public byte[]? Find(string hash) => _kept.Get<byte[]>(hash.ToLowerInvariant());

    public void Dispose() => _kept.Dispose();
}
