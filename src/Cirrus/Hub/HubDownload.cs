using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>One file on its way into the cache: resumed across breaks and runs, believed only when size and hash are right.</summary>
internal sealed class HubDownload(HubConnection connection, HubSettings settings, HubFile file, string partial, Action<long> progress)
{
    /// <summary>Of a file whose size nobody says.</summary>
    private const long LargestUnannounced = 64 << 20;

    private const int Part = 1 << 17;

    private readonly Patience _patience = new(settings);

    /// <param name="fresh">asks the hub for the location again: signed ones expire.</param>
    /// <param name="refusal">the error for an answer that says no.</param>
    public async Task RunAsync(Uri location, Func<Task<Uri>> fresh, Func<HttpResponseMessage, CirrusException> refusal, CancellationToken stop)
    {
        bool resumed = Have() > 0;
        while (true)
        {
            await FillAsync(location, fresh, refusal, stop).ConfigureAwait(false);
            string? wrong = await WrongAsync(stop).ConfigureAwait(false);
            if (wrong is null)
                return;
            File.Delete(partial);
            if (!resumed)
                throw new CirrusException($"'{file.Name}' came damaged: {wrong}. It was not kept.",
                    hint: "try again; if it repeats, the server or a proxy changes what it sends");
            resumed = false;                                                       // what an earlier run left may have been the damaged part
        }
    }

    /// <summary>Requests until all bytes are there.</summary>
    private async Task FillAsync(Uri location, Func<Task<Uri>> fresh, Func<HttpResponseMessage, CirrusException> refusal, CancellationToken stop)
    {
        while (true)
        {
            long have = Have();
            if (have > file.Size)
                File.Delete(partial);
            else if (have == file.Size && have > 0)
                return;
            string? trouble;
            TimeSpan? asked = null;
            try
            {
                using HttpResponseMessage answer = await connection.SendAsync(HttpMethod.Get, location, Have(), _ => true, stop)
                    .ConfigureAwait(false);
                if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                    trouble = await CopyAsync(answer, stop).ConfigureAwait(false);
                else if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                    trouble = Drop("it refuses to go on where the last try ended");
                else if (HubConnection.IsBusy(answer.StatusCode))
                    (trouble, asked) = (HubConnection.Status(answer), HubConnection.RetryAfter(answer));
                else if (!connection.IsHub(answer.RequestMessage?.RequestUri ?? location))
                    (trouble, location) = (HubConnection.Status(answer), await fresh().ConfigureAwait(false));
                else
                    throw refusal(answer);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException)
            {
                trouble = e.Message;
            }
            if (trouble is null)
                return;
            if (Have() > have)
                _patience.Renew();
            if (!await _patience.WaitAsync(asked, stop).ConfigureAwait(false))
                throw new CirrusException($"'{file.Name}' broke off: {trouble}",
                    hint: string.Create(CultureInfo.InvariantCulture,
                        $"run the same command again: it goes on behind the {Have():N0} bytes that are here"));
        }
    }

    /// <returns>null when the body came to its end, else what was wrong.</returns>
    private async Task<string?> CopyAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        long have = Have();
        bool part = answer.StatusCode == HttpStatusCode.PartialContent, packed = HubBody.IsPacked(answer);
        ContentRangeHeaderValue? range = answer.Content.Headers.ContentRange;
        if (part && (packed || range?.From != have))
            return Drop("it sends another part than was asked for");
        long? announced = packed ? null : part ? range!.Length : answer.Content.Headers.ContentLength;
        if (announced is long length && file.Size is long wanted && length != wanted)
            throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                $"'{file.Name}' should have {wanted:N0} bytes, the server has {length:N0}."),
                hint: "a mirror may be behind: try again, or another HF_ENDPOINT");
        long most = file.Size ?? announced ?? LargestUnannounced;
        using FileStream to = Open(part ? FileMode.Append : FileMode.Create);
        long at = part ? have : 0;
        await using HubBody body = await HubBody.OpenAsync(answer, settings.ReadTimeout, stop).ConfigureAwait(false);
        byte[] buffer = new byte[Part];
        for (int n = await body.ReadAsync(buffer, stop).ConfigureAwait(false); n > 0; n = await body.ReadAsync(buffer, stop).ConfigureAwait(false))
        {
            if ((at += n) > most)
                throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                    $"'{file.Name}' should have at most {most:N0} bytes, the server sends more."),
                    hint: "a proxy may have put its own page in its place; nothing was kept that is not verified");
            Write(to, buffer.AsSpan(0, n));
            progress(at);
        }
        if (at < (file.Size ?? announced ?? at))
            return "the body ended early";
        to.Flush(flushToDisk: true);
        return null;
    }

    private async Task<string?> WrongAsync(CancellationToken stop)
    {
        if (file.Size is long size && Have() != size)
            return string.Create(CultureInfo.InvariantCulture, $"it has {Have():N0} bytes, {size:N0} were announced");
        if (!HubHash.IsHash(file.Etag))
            return null;
        string hash = await HubHash.OfFileAsync(partial, file.Etag, stop).ConfigureAwait(false);
        return hash.Equals(file.Etag, StringComparison.OrdinalIgnoreCase) ? null : $"its hash is {hash}, announced was {file.Etag}";
    }

    private long Have() => new FileInfo(partial) is { Exists: true } found ? found.Length : 0;

    private string Drop(string why)
    {
        File.Delete(partial);
        return why;
    }

    private FileStream Open(FileMode mode)
    {
        try
        {
            return new(partial, mode, FileAccess.Write, FileShare.Read, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
    }

    private void Write(FileStream to, ReadOnlySpan<byte> bytes)
    {
        try
        {
            to.Write(bytes);
        }
        catch (IOException e)
        {
            throw Unwritable(e);
        }
    }

    private CirrusException Unwritable(Exception e) =>
        new($"'{partial}' cannot be written: {e.Message}",
            hint: "make room, or name another place with HF_HUB_CACHE; then run the same command again: it goes on where it ended", e);
}
