using System.Globalization;
using System.IO.Compression;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>An answer's body, read with a time limit for each read; gzip, which a server may send unasked, is undone.</summary>
internal sealed class HubBody(Stream stream, TimeSpan limit) : IAsyncDisposable
{
    public static async Task<HubBody> OpenAsync(HttpResponseMessage answer, TimeSpan limit, CancellationToken stop)
    {
        Stream raw = await answer.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        return new(IsPacked(answer) ? new GZipStream(raw, CompressionMode.Decompress) : raw, limit);
    }

    /// <summary>True when the body is gzip: its length is then not the content's, and a part of it is of no use.</summary>
    /// <exception cref="HttpRequestException">It is packed in another way.</exception>
    public static bool IsPacked(HttpResponseMessage answer)
    {
        string[] ways = [.. answer.Content.Headers.ContentEncoding.Where(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase))];
        return ways.Length == 0 ? false : ways is [var way] && way.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? true
            : throw new HttpRequestException("the body is packed in a way that was not asked for");
    }

    /// <exception cref="CirrusException">It is longer than allowed, or breaks off.</exception>
    public static async Task<byte[]> ReadAllAsync(HttpResponseMessage answer, int most, TimeSpan limit, CancellationToken stop)
    {
        try
        {
            await using HubBody body = await OpenAsync(answer, limit, stop).ConfigureAwait(false);
            using MemoryStream all = new();
            byte[] part = new byte[1 << 16];
            for (int n = await body.ReadAsync(part, stop).ConfigureAwait(false); n > 0; n = await body.ReadAsync(part, stop).ConfigureAwait(false))
            {
                all.Write(part, 0, n);
                if (all.Length > most)
                    throw new CirrusException($"The hub's answer is longer than {most >> 20} MiB.", hint: "check HF_ENDPOINT");
            }
            return all.ToArray();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException)
        {
            throw new CirrusException($"The hub's answer broke off: {e.Message}", hint: "try again", e);
        }
    }

    /// <exception cref="HttpRequestException">Nothing came in time.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> part, CancellationToken stop)
    {
        using CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timer.CancelAfter(limit);
        try
        {
            return await stream.ReadAsync(part, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"nothing came for {limit.TotalSeconds:0.#} s"));
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
