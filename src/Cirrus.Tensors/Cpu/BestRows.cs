namespace Cirrus.Tensors.Cpu;

/// <summary>Rows that may still be among the best k of a query; many threads add to it.</summary>
internal sealed class BestRows(int k)
{
    private const int Room = 4096;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<byte, float> _sure = new();                      // the k largest scores that rows have at least
    private List<(float Upper, long Row)> _rows = [];
    private int _trimAt = Room;
    private volatile float _bar = float.NegativeInfinity;

    /// <summary>k rows have at least this score: what has less at most is out.</summary>
    public float Bar => _bar;

    public void Add(ReadOnlySpan<(float Upper, float Lower, long Row)> rows)
    {
        lock (_gate)
        {
            foreach ((float upper, float lower, long row) in rows)
            {
                if (upper < _bar)
                    continue;
                _rows.Add((float.IsNaN(upper) ? float.PositiveInfinity : upper, row));
                if (!float.IsFinite(lower))
                    continue;
                if (_sure.Count < k)
                    _sure.Enqueue(0, lower);
                else
                    _sure.EnqueueDequeue(0, lower);
                if (_sure.Count == k && _sure.TryPeek(out _, out float bar))
                    _bar = bar;
            }
            if (_rows.Count < _trimAt)
                return;
            float least = _bar;
            _rows.RemoveAll(r => r.Upper < least);
            _trimAt = (2 * _rows.Count) + Room;
        }
    }

    /// <summary>All that is left, the most promising first.</summary>
    public List<(float Upper, long Row)> Take()
    {
        _rows.RemoveAll(r => r.Upper < _bar);
        _rows.Sort((a, b) => a.Upper != b.Upper ? b.Upper.CompareTo(a.Upper) : a.Row.CompareTo(b.Row));
        List<(float, long)> rows = _rows;
        _rows = [];
        return rows;
    }
}
