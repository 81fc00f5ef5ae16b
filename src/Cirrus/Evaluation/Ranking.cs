namespace Cirrus.Evaluation;

/// <summary>Orders candidates by score, best first; of equal scores the lower place comes first.</summary>
internal static class Ranking
{
    /// <summary>The best <paramref name="depth"/> of all candidates but one.</summary>
    /// <param name="without">a candidate to leave out, or -1.</param>
    public static int[] Top(ReadOnlySpan<float> scores, int depth, int without)
    {
        depth = Math.Min(depth, scores.Length - (without >= 0 ? 1 : 0));
        if (depth <= 0)
            return [];
        ulong[] best = new ulong[2 * depth];
        int held = 0;
        ulong worst = ulong.MaxValue;
        for (int i = 0; i < scores.Length; i++)
        {
            ulong key = Key(scores[i], i);
            if (key >= worst || i == without)
                continue;
            best[held++] = key;
            if (held < best.Length)
                continue;
            Array.Sort(best);
            held = depth;
            worst = best[depth - 1];
        }
        Array.Sort(best, 0, held);
        return Places(best.AsSpan(0, Math.Min(held, depth)));
    }

    /// <summary>Some candidates in the order of their scores, without one of them.</summary>
    public static int[] Order(ReadOnlySpan<float> scores, ReadOnlySpan<int> among, int without)
    {
        List<ulong> keys = new(among.Length);
        foreach (int place in among)
            if (place != without)
                keys.Add(Key(scores[place], place));
        ulong[] sorted = [.. keys];
        Array.Sort(sorted);
        return Places(sorted);
    }

    /// <summary>Ascending in (score descending, place ascending): the score's bits made monotonic above the place.</summary>
    private static ulong Key(float score, int place)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);     // −0 becomes 0
        uint ascending = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
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
