using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Captions laid end to end, without padding: caption b is ids [Rows.Offsets[b], Rows.Offsets[b + 1]).</summary>
/// <remarks>
/// Each caption begins with the start token and ends with the end token, which is where the text tower is read. The tower
/// is causal, so nothing after the end token could change the feature: padding would only cost time.
/// </remarks>
public sealed record TokenBatch(int[] Ids, Ragged Rows)
{
    public int B => Rows.B;

    /// <summary>Lays captions end to end; each is cut after its first occurrence of its largest id (the end token).</summary>
    /// <remarks>Published code pools at argmax(ids), first occurrence when tied.</remarks>
    /// <exception cref="ArgumentException">A caption has no ids.</exception>
    public static TokenBatch From(IReadOnlyList<int[]> captions)
    {
        if (captions.Any(c => c.Length == 0))
            throw new ArgumentException("A caption has no ids; start and end token at least belong to it.", nameof(captions));
        int[] offsets = new int[captions.Count + 1];
        for (int b = 0; b < captions.Count; b++)
            offsets[b + 1] = offsets[b] + Array.IndexOf(captions[b], captions[b].Max()) + 1;
        int[] ids = new int[offsets[^1]];
        for (int b = 0; b < captions.Count; b++)
            captions[b].AsSpan(0, offsets[b + 1] - offsets[b]).CopyTo(ids.AsSpan(offsets[b]));
        return new(ids, new(offsets));
    }

    public ReadOnlySpan<int> Caption(int b) => Ids.AsSpan(Rows.Offsets[b], Rows.Offsets[b + 1] - Rows.Offsets[b]);
}
