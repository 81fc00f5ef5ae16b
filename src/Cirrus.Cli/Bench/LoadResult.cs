namespace Cirrus.Cli.Bench;

/// <summary>What a load has met. Thread-safe while it is filled.</summary>
internal sealed class LoadResult(TimeSpan time)
{
    /// <summary>The share of the samples of memory at each end that is averaged.</summary>
    private const double End = 0.1;

    private readonly Lock _adding = new();
    private readonly Dictionary<string, List<double>> _milliseconds = [];
    private readonly SortedDictionary<int, int> _statuses = [];
    private readonly List<string> _wrong = [];
    private readonly List<double> _memory = [];
    private int _refreshes;

    /// <summary>Answers that were wrong, refused or missing, in words.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    public bool IsGood => _wrong.Count == 0 && _statuses.GetValueOrDefault(200) > 0;

    /// <param name="status">of HTTP; 0: no answer.</param>
    /// <param name="wrong">null: the answer is right, or 429.</param>
    public void Add(string kind, int status, double milliseconds, string? wrong)
    {
        lock (_adding)
        {
            if (status == 200)
            {
                if (!_milliseconds.TryGetValue(kind, out List<double>? list))
                    _milliseconds.Add(kind, list = []);
                list.Add(milliseconds);
            }
            _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
            if (wrong is not null)
                _wrong.Add(wrong);
        }
    }

    public void Refreshed() => Interlocked.Increment(ref _refreshes);

    public void Remember(double megabytes)
    {
        lock (_adding)
            _memory.Add(megabytes);
    }

    public IReadOnlyList<BenchRow> Rows(int connections)
    {
        List<BenchRow> rows = [];
        void Row(string name, string size, double value, string unit) => rows.Add(new(name, size, connections, value, unit));
        Row("throughput", "all", _milliseconds.Values.Sum(m => m.Count) / time.TotalSeconds, "answers/s");
        foreach ((string kind, List<double> list) in _milliseconds.OrderBy(m => m.Key, StringComparer.Ordinal)
            .Append(new("all", [.. _milliseconds.Values.SelectMany(m => m)])))
        {
            double[] sorted = [.. list.Order()];
            foreach (int percent in new[] { 50, 95, 99 })
                if (sorted.Length > 0)
                    Row($"p{percent}", kind, sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)], "ms");
        }
        foreach ((int status, int count) in _statuses)
            Row(status == 0 ? "no answer" : $"status {status}", "all", count, "answers");
        Row("wrong answers", "all", _wrong.Count, "answers");
        Row("indexed again", "gallery", _refreshes, "times");
        int end = Math.Max(1, (int)(_memory.Count * End));
        if (_memory.Count > 0)
        {
            Row("memory", "at first", _memory.Skip(end).Take(end).DefaultIfEmpty(_memory[0]).Average(), "MB");
            Row("memory", "at the end", _memory.TakeLast(end).Average(), "MB");
            Row("memory", "at most", _memory.Max(), "MB");
        }
        return rows;
    }
}
