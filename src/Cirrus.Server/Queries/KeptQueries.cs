using System.Buffers.Text;
using System.Security.Cryptography;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Microsoft.Extensions.Caching.Memory;

namespace Cirrus.Server.Queries;

/// <summary>A composed query with how its answer is taken.</summary>
internal sealed record KeptQuery(string Id, string Gallery, PreparedQuery Query, SearchRequest Request);

/// <summary>Composed queries by an id that nobody guesses; bounded in number and time.</summary>
internal sealed class KeptQueries(ServerOptions options) : IDisposable
{
    private const int IdBytes = 15;
    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = options.Limits.Queries });
    private readonly TimeSpan _time = TimeSpan.FromMinutes(options.Limits.QueryMinutes);

    public KeptQuery Keep(string gallery, PreparedQuery query, SearchRequest request)
    {
        KeptQuery kept = new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes)), gallery, query, request);
        _kept.Set(kept.Id, kept, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = _time });
        return kept;
    }

    /// <exception cref="ApiException">404: it was forgotten, or there never was one.</exception>
    public KeptQuery Find(string id) => _kept.Get<KeptQuery>(id)
        ?? throw ApiException.NotFound("expired_query", "The query is not known any more.", "search again: POST /v1/search");

    public void Dispose() => _kept.Dispose();
}
