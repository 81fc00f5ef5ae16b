using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>The load itself: clients that ask one query after another, and one that has the gallery indexed again and again.</summary>
internal sealed class LoadRun(ServedGallery server, LoadGallery gallery, int connections, TimeSpan time, bool still) : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1), JobPoll = TimeSpan.FromMilliseconds(200),
        MemoryPoll = TimeSpan.FromSeconds(1);

    private readonly LoadResult _result = new(time);
    private readonly HttpClient _client = new(
        new SocketsHttpHandler { MaxConnectionsPerServer = connections + 2, PooledConnectionLifetime = Timeout.InfiniteTimeSpan })
    {
        BaseAddress = server.Address,
        Timeout = TimeSpan.FromSeconds(60),
    };

    private readonly Lock _turning = new();
    private int _settled;
    private int _turns;
    private bool _moving;

    public async Task<LoadResult> Ask(CancellationToken stop)
    {
        string name = await Name(stop);
        _settled = gallery.State;
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ends.CancelAfter(time);
        string[] bodies = [.. gallery.Queries.Select(q => q.Body(name))];
        Task refresh = still ? Task.CompletedTask : Refresh(name, ends.Token, stop), memory = Memory(ends.Token);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(c => Client(c, bodies, ends.Token, stop)).Append(refresh).Append(memory));
        return _result;
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> Name(CancellationToken stop)
    {
        using JsonDocument json = JsonDocument.Parse(await _client.GetStringAsync(new Uri("v1/galleries", UriKind.Relative), stop));
        return json.RootElement.GetProperty("galleries")[0].GetProperty("name").GetString()!;
    }

    private async Task Client(int number, string[] bodies, CancellationToken ends, CancellationToken stop)
    {
        Philox random = new Philox(1, 2).Fork((ulong)number);
        for (ulong n = 0; !ends.IsCancellationRequested; n++)
        {
            int i = random.Integer(n, bodies.Length);
            (int before, bool moving, int settled) = Now();
            long began = Stopwatch.GetTimestamp();
            HttpStatusCode status = 0;
            TimeSpan wait = TimeSpan.Zero;
            string? wrong = null;
            try
            {
                using StringContent content = new(bodies[i], Encoding.UTF8, "application/json");
                using HttpResponseMessage answer = await _client.PostAsync(new Uri("v1/search", UriKind.Relative), content, stop);
                byte[] body = await answer.Content.ReadAsByteArrayAsync(stop);
                status = answer.StatusCode;
                wait = status == HttpStatusCode.TooManyRequests ? answer.Headers.RetryAfter?.Delta ?? LongestWait : wait;
                (int after, bool movingNow, _) = Now();
                bool either = moving || movingNow || before != after;
                wrong = status switch
                {
                    HttpStatusCode.OK => Check(gallery.Queries[i], body, either ? [0, 1] : [settled]),
                    HttpStatusCode.TooManyRequests => null,
                    _ => $"status {(int)status}: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 300)))}",
                };
            }
            catch (HttpRequestException e)
            {
                wrong = $"no answer: {e.Message}";
            }
            catch (TaskCanceledException) when (!stop.IsCancellationRequested)
            {
                wrong = "no answer in time";
            }
            _result.Add(gallery.Queries[i].Kind, (int)status, Stopwatch.GetElapsedTime(began).TotalMilliseconds,
                wrong is null ? null : $"{gallery.Queries[i].Kind} query {i}: {wrong}");
            if (wait > TimeSpan.Zero || server.HasEnded)
                await Pause(wait < LongestWait ? wait : LongestWait, ends);
        }
    }

    private static string? Check(LoadQuery query, byte[] body, ReadOnlySpan<int> states)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        List<(string, float)> hits = [.. json.RootElement.GetProperty("hits").EnumerateArray().Select(h =>
            (h.GetProperty("path").GetString()!, h.GetProperty("score").GetSingle()))];
        string? wrong = null;
        foreach (int state in states)
            if ((wrong = query.Differs(hits, state)) is null)
                return null;
        return wrong;
    }

    /// <summary>Has the gallery indexed again until the time is over; the job that runs then is waited for.</summary>
    private async Task Refresh(string name, CancellationToken ends, CancellationToken stop)
    {
        while (!ends.IsCancellationRequested)
        {
            lock (_turning)
                _moving = true;
            gallery.Turn();
            string? wrong = await Job(name, stop);
            if (wrong is not null)
                _result.Add("refresh", 0, 0, $"refresh: {wrong}");
            else
                _result.Refreshed();
            lock (_turning)
                (_settled, _turns, _moving) = (gallery.State, _turns + 1, wrong is not null);
            if (wrong is not null)
                return;
            await Pause(TimeSpan.FromSeconds(1), ends);
        }
    }

    private async Task<string?> Job(string name, CancellationToken stop)
    {
        try
        {
            using HttpResponseMessage started = await _client.PostAsync(new Uri($"v1/galleries/{name}/refresh", UriKind.Relative), null, stop);
            string said = await started.Content.ReadAsStringAsync(stop);
            if (started.StatusCode != HttpStatusCode.Accepted)
                return $"status {(int)started.StatusCode}: {said}";
            using JsonDocument job = JsonDocument.Parse(said);
            JsonElement id = job.RootElement.GetProperty("id");
            while (true)
            {
                using JsonDocument state = JsonDocument.Parse(await _client.GetStringAsync(new Uri(
                    $"v1/jobs/{(id.ValueKind == JsonValueKind.String ? id.GetString() : id.GetRawText())}", UriKind.Relative), stop));
                switch (state.RootElement.GetProperty("state").GetString())
                {
                    case "done":
                        return null;
                    case "failed" or "cancelled":
                        return state.RootElement.GetRawText();
                }
                await Task.Delay(JobPoll, stop);
            }
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private async Task Memory(CancellationToken ends)
    {
        while (!ends.IsCancellationRequested)
        {
            _result.Remember(server.Memory());
            await Pause(MemoryPoll, ends);
        }
    }

    private (int Turns, bool Moving, int Settled) Now()
    {
        lock (_turning)
            return (_turns, _moving, _settled);
    }

    private static async Task Pause(TimeSpan wait, CancellationToken ends)
    {
        try
        {
            await Task.Delay(wait, ends);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
