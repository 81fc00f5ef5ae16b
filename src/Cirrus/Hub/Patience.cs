namespace Cirrus.Hub;

/// <summary>Waits between tries, each time twice as long, and gives up after a few without progress.</summary>
internal sealed class Patience(HubSettings settings)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private int _tries;

    /// <summary>Something came through: all tries are left again.</summary>
    public void Renew() => _tries = 0;

    /// <param name="asked">by the server's Retry-After.</param>
    /// <returns>false when there was no use in trying any more.</returns>
    public async Task<bool> WaitAsync(TimeSpan? asked, CancellationToken stop)
    {
        if (++_tries > settings.Retries)
            return false;
        TimeSpan wait = asked ?? (settings.BackOff * Math.Pow(2, _tries - 1));
        await Task.Delay(wait < Longest ? wait : Longest, stop).ConfigureAwait(false);
        return true;
    }
}
