using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Padded captions as rows of the text tower: those that are seen, end to end, and apart the masked ones.</summary>
/// <param name="Order">where each position of each caption stands in the seen rows and, after them, the masked ones.</param>
internal sealed record PaddedRows(int[] Ids, int[] At, Ragged Seen, int[] BehindIds, int[] BehindAt, Ragged Behind, int[] Order)
{
    public static PaddedRows From(IReadOnlyList<int[]> captions, IReadOnlyList<int> seen)
    {
        int b = captions.Count, t = b == 0 ? 0 : captions[0].Length, all = seen.Sum();
        List<int> ids = [], at = [], behindIds = [], behindAt = [], order = [];
        int[] offsets = new int[b + 1], behind = new int[b + 1];
        for (int i = 0; i < b; i++)
        {
            if (captions[i].Length != t || seen[i] < 1 || seen[i] > t)
                throw new ArgumentException($"Caption {i} has {captions[i].Length} ids of which {seen[i]} are seen; "
                    + $"the first has {t}.", nameof(captions));
            for (int p = 0; p < t; p++)
            {
                bool front = p < seen[i];
                order.Add(front ? ids.Count : all + behindIds.Count);
                (front ? ids : behindIds).Add(captions[i][p]);
                (front ? at : behindAt).Add(p);
            }
            (offsets[i + 1], behind[i + 1]) = (ids.Count, behindIds.Count);
        }
        return new([.. ids], [.. at], new(offsets), [.. behindIds], [.. behindAt], new(behind), [.. order]);
    }
}
