using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>Features of whole captions, LinCIR's targets: computed without a graph, and once each while memory lasts.</summary>
/// <remarks>
/// The tower is frozen and a ragged row does not depend on its neighbours, so a kept feature is the computed one. Captions
/// come in uniform order, so none is worth more than another: the first that fit are kept, the others computed again.
/// </remarks>
internal sealed class TargetFeatures(TextTower text, Device device, int p, int captions, int megabytes, int chunk) : IDisposable
{
    private const int RowsPerSlab = 4096;
    private readonly Graph _graph = new(new Arena(device));
    private readonly int[] _slot = new int[captions];
    private readonly long _room = (long)megabytes * (1 << 20) / (4L * p);
    private readonly List<float[]> _slabs = [];
    private int _kept;

    /// <summary>Tokens that went through the tower so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Captions whose features are kept.</summary>
    public int Kept => _kept;

    /// <summary>Un-normalised features of captions, by their numbers → [B·P], row by row.</summary>
    /// <param name="ids">their token ids, read only for those not kept.</param>
    public float[] Of(ReadOnlySpan<int> numbers, IReadOnlyList<int[]> ids)
    {
        float[] features = new float[numbers.Length * p];
        List<int> missing = [];
        for (int b = 0; b < numbers.Length; b++)
            if (_slot[numbers[b]] > 0)
                Slot(_slot[numbers[b]] - 1).CopyTo(features.AsSpan(b * p, p));
            else
                missing.Add(b);
        for (int start = 0; start < missing.Count; start += chunk)
            Compute(missing.GetRange(start, Math.Min(chunk, missing.Count - start)), numbers, ids, features);
        return features;
    }

    public void Dispose() => _graph.Arena.Dispose();

    private void Compute(List<int> rows, ReadOnlySpan<int> numbers, IReadOnlyList<int[]> ids, float[] features)
    {
        TokenBatch tokens = TokenBatch.From([.. rows.Select(b => ids[b])]);
        float[] computed = text.Forward(_graph, tokens).ToArray();
        _graph.Reset();
        Tokens += tokens.Rows.R;
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = computed.AsSpan(i * p, p);
            row.CopyTo(features.AsSpan(rows[i] * p, p));
            if (_kept < _room && _slot[numbers[rows[i]]] == 0)
            {
                if (_kept == _slabs.Count * RowsPerSlab)
                    _slabs.Add(new float[RowsPerSlab * p]);
                row.CopyTo(Slot(_kept));
                _slot[numbers[rows[i]]] = ++_kept;
            }
        }
    }

    private Span<float> Slot(int slot) => _slabs[slot / RowsPerSlab].AsSpan(slot % RowsPerSlab * p, p);
}
