using System.Diagnostics;
using Cirrus.Server.Api;

namespace Cirrus.Server.Jobs;

/// <summary>Work in the background that can be watched and cancelled.</summary>
/// <param name="stop">cancels it too.</param>
internal sealed class Job(string id, string gallery, string kind, CancellationToken stop) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly long _started = Stopwatch.GetTimestamp();
    private JobInfo _info = new(id, gallery, kind, "queued", 0, 0, 0, 0, 0, DateTimeOffset.UtcNow, null);

    public CancellationToken Cancelled => _cancel.Token;

    public JobInfo Info
    {
        get
        {
            lock (_gate)
                return _info;
        }
    }

    public bool Ended => Info.Ended is not null;

    /// <summary>The work itself, to be waited for.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    public void Progress(IndexProgress p) => Change(i => p.Counting ? i with { State = "running", Total = p.Total } : i with
    {
        State = "running",
        Done = p.Done,
        Total = p.Total,
        Added = p.Added,
        Unreadable = p.Unreadable,
        FilesPerSecond = Math.Round(p.Done / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-3), 1),
    });

    public void End(string state, RefreshSummary? summary = null, string? error = null, string? hint = null) =>
        Change(i => i with { State = state, Ended = DateTimeOffset.UtcNow, Summary = summary, Error = error, Hint = hint });

    public void Cancel() => _cancel.Cancel();

    public void Dispose() => _cancel.Dispose();

    private void Change(Func<JobInfo, JobInfo> change)
    {
        lock (_gate)
            _info = change(_info);
    }
}
