using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>Which samples make up a step: a fresh uniform permutation every epoch, the incomplete last batch dropped.</summary>
/// <remarks>A batch depends on (seed, step) alone, so a resumed run needs no stored position. Not thread-safe.</remarks>
public sealed class EpochOrder
{
    private readonly int[] _order;
    private readonly Philox _random;
    private int _epoch = -1;

    /// <exception cref="ArgumentException">There are fewer samples than one batch.</exception>
    public EpochOrder(int samples, int batch, Philox random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (samples < batch)
            throw new ArgumentException($"{samples} samples do not fill one batch of {batch}.");
        (Batch, Samples, _random, _order) = (batch, samples, random, new int[samples]);
    }

    public int Samples { get; }

    public int Batch { get; }

    public int StepsPerEpoch => Samples / Batch;

    public int EpochOf(int step) => step / StepsPerEpoch;

    /// <summary>The samples of a step; valid until the next call.</summary>
    public ReadOnlySpan<int> Of(int step)
    {
        int epoch = EpochOf(step);
        if (epoch != _epoch)
            Shuffle(epoch);
        return _order.AsSpan(step % StepsPerEpoch * Batch, Batch);
    }

    private void Shuffle(int epoch)
    {
        Philox random = _random.Fork((ulong)epoch);
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        for (int i = _order.Length - 1; i > 0; i--)
        {
            int j = random.Integer((ulong)i, i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
        _epoch = epoch;
    }
}
