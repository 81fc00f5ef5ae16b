namespace Cirrus.Postgres;

/// <summary>
/// What is known of one shard from searches before: how many rows match, and a sample of the rows. Counts are those of
/// one version of the shard.
/// </summary>
internal sealed class ShardMemory
{
    /// <summary>Filters remembered at most; then the memory begins anew.</summary>
    private const int MostFilters = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _counts = [];
    private long? _version;
    private (long Total, IReadOnlyList<float[]> Rows)? _sample;

    /// <param name="filter">its key; empty: every row.</param>
    /// <returns>null: it has to be counted.</returns>
    public long? Count(long? version, string filter)
    {
        lock (_gate)
            return version is not null && version == _version && _counts.TryGetValue(filter, out long count) ? count : null;
    }

    /// <param name="version">null: of a gallery that has none, where nothing can be kept.</param>
    public void Keep(long? version, string filter, long count)
    {
        if (version is null)
            return;
        lock (_gate)
        {
            if (version < _version)     // an older snapshot was slower
                return;
            if (version != _version || _counts.Count >= MostFilters)
                _counts.Clear();
            _version = version;
            _counts[filter] = count;
        }
    }

    /// <summary>A sample that still stands for the shard: it has not grown or shrunk by more than a tenth since.</summary>
    public IReadOnlyList<float[]>? Sample(long total)
    {
        lock (_gate)
            return _sample is { } s && Math.Abs(total - s.Total) <= s.Total / 10 ? s.Rows : null;
    }

    public void Keep(long total, IReadOnlyList<float[]> sample)
    {
        lock (_gate)
            _sample = (total, sample);
    }
}
