using System.Runtime.InteropServices;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Tensors.Cuda;

/// <summary>Exact search with the 8-bit codes in the memory of a GPU: it bounds every score, the CPU scores in f32 what may win.</summary>
/// <remarks>
/// Answers are those of <see cref="RowSearch"/>, to the bit, for only bounds are computed here. The bar is the k-th largest of the best
/// lower bounds of blocks of 64 rows, a little below that of single rows: a few more rows are scored. One search at a time.
/// </remarks>
public sealed class CudaRowSearch : IDisposable
{
    private const int RowsOfBlock = 64, MostQueries = 64;
    private const long UpperBytes = 1L << 30;
    private readonly Lock _gate = new();
    private readonly CudaDevice _device;
    private readonly IReadOnlyList<RowPart> _parts;
    private readonly long[] _starts;
    private readonly int _width, _stride, _rows, _atOnce;
    private readonly Dictionary<string, nint> _memory = [];
    private int _room = 1 << 14;

    /// <param name="device">a CUDA device, as <see cref="Device.Open"/> opens it.</param>
    /// <param name="parts">rows and codes, which must live as long as this does.</param>
    /// <exception cref="ArgumentException">The device is another, or there are 2³¹ rows or more.</exception>
    /// <exception cref="CirrusException">The codes do not fit the memory of the device.</exception>
    public CudaRowSearch(Device device, IReadOnlyList<RowPart> parts)
    {
        _device = device as CudaDevice ?? throw new ArgumentException($"{device.Name} is no CUDA device.", nameof(device));
        (_parts, _starts, _width) = (parts, RowSearch.Starts(parts), RowSearch.Check(parts, 0, 1));
        if (_starts[^1] > int.MaxValue)
            throw new ArgumentException($"{_starts[^1]} rows; at most {int.MaxValue} can be searched.", nameof(parts));
        (_rows, _stride) = ((int)_starts[^1], RowCodes.StrideOf(_width));
        _atOnce = (int)Math.Clamp(UpperBytes / (4L * Math.Max(1, _rows)), 1, MostQueries);
        if (_rows > 0 && _width > 0)
            Send();
    }

    /// <inheritdoc cref="RowSearch.Best(IReadOnlyList{RowPart}, ReadOnlyMemory{float}, int, CancellationToken)"/>
    public FoundRow[][] Best(ReadOnlyMemory<float> queries, int k, CancellationToken stop = default)
    {
        RowSearch.Check(_parts, queries.Length, k);
        int count = _width == 0 ? 0 : queries.Length / _width;
        FoundRow[][] found = new FoundRow[count][];
        if (_rows == 0)
        {
            Array.Fill(found, []);
            return found;
        }
        for (int from = 0; from < count; from += _atOnce)
        {
            stop.ThrowIfCancellationRequested();
            int many = Math.Min(_atOnce, count - from), first = from;
            List<(float Upper, long Row)>[] rows = Bound(queries.Slice(from * _width, many * _width).Span, k);
            Workers.For(many, q => found[first + q] = RowSearch.Rescore(_parts, _starts,
                queries.Slice((first + q) * _width, _width), rows[q], k, stop).Found);
        }
        return found;
    }

    public void Dispose()
    {
        foreach (nint memory in _memory.Values)
            _device.Free(memory);
        _memory.Clear();
    }

    /// <summary>For each query the rows that may be among its best, the most promising first.</summary>
    private List<(float Upper, long Row)>[] Bound(ReadOnlySpan<float> queries, int k)
    {
        using QueryCodes codes = new(queries, _width);
        int count = codes.Count, blocks = (_rows + RowsOfBlock - 1) / RowsOfBlock;
        lock (_gate)
        {
            _device.Send(_memory["asked"], codes.Bytes);
            _device.Send(_memory["numbers"], MemoryMarshal.AsBytes<float>([.. codes.Scales, .. codes.OfError, .. codes.OfLength]));
            _device.Launch(_device.Kernel("RowSearch", "boundScores"), LaunchSize.Rows(blocks), _memory["upper"],
                _memory["lowest"], _memory["codes"], _memory["facts"],
                _memory.GetValueOrDefault("bits"), _memory["asked"], _memory["numbers"], _stride / 4, count, (long)_rows);
            float[] lowest = Read(_memory["lowest"], count * blocks);
            List<(float, long)>[] rows = new List<(float, long)>[count];
            for (int q = 0; q < count; q++)
                rows[q] = Candidates(q, Bar(lowest.AsSpan(q * blocks, blocks), k));
            return rows;
        }
    }

    /// <summary>The k-th largest, which k rows reach at least; −∞ when there are fewer.</summary>
    private static float Bar(ReadOnlySpan<float> lowest, int k)
    {
        PriorityQueue<byte, float> best = new();
        foreach (float value in lowest)
            if (float.IsFinite(value))
            {
                if (best.Count < k)
                    best.Enqueue(0, value);
                else
                    best.EnqueueDequeue(0, value);
            }
        return best.Count == k && best.TryPeek(out _, out float bar) ? bar : float.NegativeInfinity;
    }

    private List<(float, long)> Candidates(int q, float bar)
    {
        while (true)
        {
            nint found = _memory["found"], uppers = found + ((_room + 1) * sizeof(int));
            _device.Fill(new Tensor(_device, found, ElementType.F32, [1]), 0);
            _device.Launch(_device.Kernel("RowSearch", "candidates"), LaunchSize.Elements(_rows), found, uppers,
                _memory["upper"] + (nint)((long)q * _rows * sizeof(float)),
                _memory.GetValueOrDefault("bits"), bar, _room, (long)_rows);
            int count = MemoryMarshal.Cast<float, int>(Read(found, 1))[0];
            if (count <= _room)
            {
                float[] places = Read(found + sizeof(int), count), bounds = Read(uppers, count);
                List<(float Upper, long Row)> rows = new(count);
                for (int i = 0; i < count; i++)
                    rows.Add((float.IsNaN(bounds[i]) ? float.PositiveInfinity : bounds[i], BitConverter.SingleToInt32Bits(places[i])));
                rows.Sort((a, b) => a.Upper != b.Upper ? b.Upper.CompareTo(a.Upper) : a.Row.CompareTo(b.Row));
                return rows;
            }
            _room = count;
            Reserve("found", FoundBytes);
        }
    }

    private long FoundBytes => ((2L * _room) + 1) * sizeof(int);

    private unsafe void Send()
    {
        int blocks = (_rows + RowsOfBlock - 1) / RowsOfBlock;
        nint codes = Reserve("codes", (long)_rows * _stride), facts = Reserve("facts", 3L * _rows * sizeof(float));
        for (int p = 0; p < _parts.Count; p++)
        {
            RowCodes from = _parts[p].Codes;
            int atOnce = (1 << 30) / _stride;                                      // a span holds less than 2 GiB
            for (int row = 0; row < from.Count; row += atOnce)
                _device.Send(codes + (nint)((_starts[p] + row) * _stride),
                    new ReadOnlySpan<byte>(from.Codes + ((nint)row * _stride), Math.Min(atOnce, from.Count - row) * _stride));
            float[][] columns = [from.Scales, from.Errors, from.Lengths];
            for (int c = 0; c < columns.Length; c++)
                _device.Send(facts + (nint)((((long)c * _rows) + _starts[p]) * sizeof(float)),
                    MemoryMarshal.AsBytes(columns[c].AsSpan(0, from.Count)));
        }
        if (_parts.Any(p => p.Counts is not null))
            _device.Send(Reserve("bits", (_rows + 31) / 32 * sizeof(uint)), MemoryMarshal.AsBytes<uint>(Bits()));
        Reserve("upper", (long)_atOnce * _rows * sizeof(float));
        Reserve("lowest", (long)_atOnce * blocks * sizeof(float));
        Reserve("asked", _atOnce * _stride);
        Reserve("numbers", 3L * _atOnce * sizeof(float));
        Reserve("found", FoundBytes);
    }

    private uint[] Bits()
    {
        uint[] bits = new uint[(_rows + 31) / 32];
        for (int p = 0; p < _parts.Count; p++)
            for (int r = 0; r < _parts[p].Rows.Count; r++)
                if (_parts[p].Counts is not { } counts || (counts[r / 64] >> (r % 64) & 1) != 0)
                    bits[(_starts[p] + r) / 32] |= 1u << (int)((_starts[p] + r) % 32);
        return bits;
    }

    private nint Reserve(string name, long bytes)
    {
        if (_memory.Remove(name, out nint old))
            _device.Free(old);
        return _memory[name] = _device.Allocate(bytes);
    }

    private float[] Read(nint from, int count)
    {
        float[] values = new float[count];
        if (count > 0)
            _device.Download(values, new Tensor(_device, from, ElementType.F32, [count]));
        return values;
    }
}
