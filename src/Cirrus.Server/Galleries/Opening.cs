using System.Diagnostics;

namespace Cirrus.Server.Galleries;

/// <summary>
/// Something that is opened in the background. When that fails it is tried again by who asks a while later: what was
/// missing may have come.
/// </summary>
/// <param name="pause">between a failure and the next attempt.</param>
internal sealed class Opening<T>(Func<T> open, TimeSpan pause)
{
    private readonly Lock _gate = new();
    private Task<T> _attempt = Task.Run(open);
    private long _begun = Stopwatch.GetTimestamp();

    /// <summary>The last attempt.</summary>
    public Task<T> Attempt
    {
        get
        {
            lock (_gate)
                return _attempt;
        }
    }

    public TimeSpan Pause => pause;

    /// <summary>The last attempt, or a new one where that has failed and it is time.</summary>
    public Task<T> Ask()
    {
        lock (_gate)
        {
            if (_attempt.IsFaulted && Stopwatch.GetElapsedTime(_begun) >= pause)
                (_attempt, _begun) = (Task.Run(open), Stopwatch.GetTimestamp());
            return _attempt;
        }
    }
}
