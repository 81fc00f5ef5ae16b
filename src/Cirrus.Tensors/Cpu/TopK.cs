namespace Cirrus.Tensors.Cpu;

/// <summary>The largest of many scores.</summary>
public static class TopK
{
    /// <summary>The places of the k largest scores, largest first; of equal scores the lower place comes first, NaN comes last.</summary>
    /// <param name="keep">which places count; asked only of those that would be among the best so far. Null: all.</param>
    /// <returns>k places, or fewer when fewer count.</returns>
    /// <remarks>
    /// What may belong to the best is gathered until there is twice as much as is wanted; then a sort throws out the worse half
    /// and raises the bar. Nearly all scores end at one comparison.
    /// </remarks>
    public static int[] Largest(ReadOnlySpan<float> scores, int k, Predicate<int>? keep = null)
    {
        k = Math.Min(k, scores.Length);
        if (k <= 0)
            return [];
        ulong[] best = new ulong[Math.Min(2L * k, scores.Length)];
        int held = 0;
        ulong bar = ulong.MaxValue;
        float least = float.NegativeInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] < least)
                continue;
            ulong key = Key(scores[i], i);
            if (key >= bar || (keep is not null && !keep(i)))
                continue;
            best[held++] = key;
            if (held < best.Length)
                continue;
            Array.Sort(best);
            held = k;
            bar = best[k - 1];
            least = scores[(int)(uint)bar];
        }
        Array.Sort(best, 0, held);
        return Places(best.AsSpan(0, Math.Min(held, k)));
    }

    /// <summary>Some places in the same order.</summary>
    public static int[] Order(ReadOnlySpan<float> scores, ReadOnlySpan<int> places)
    {
        ulong[] keys = new ulong[places.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = Key(scores[places[i]], places[i]);
        Array.Sort(keys);
        return Places(keys);
    }

    /// <summary>Ascending in (score descending, place ascending): the score's bits made monotonic above the place.</summary>
    private static ulong Key(float score, int place)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);     // −0 becomes 0
        uint ascending = float.IsNaN(score) ? 0 : (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return ((ulong)~ascending << 32) | (uint)place;
    }

    private static int[] Places(ReadOnlySpan<ulong> keys)
    {
        int[] places = new int[keys.Length];
        for (int i = 0; i < places.Length; i++)
            places[i] = (int)(uint)keys[i];
        return places;
    }
}
