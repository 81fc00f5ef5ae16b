namespace Cirrus.Tensors.Cuda;

/// <summary>Rows that are added to the same row of another matrix, put together so that one block can add them in their order.</summary>
/// <param name="Count">G: how many rows are added to.</param>
/// <param name="Numbers">[G] those rows; [G + 1] where each one's rows begin in the last part; those rows, ascending within a group.</param>
internal readonly record struct RowGroups(int Count, int[] Numbers)
{
    /// <param name="targets">the row that row i is added to; below 0 it is left out.</param>
    public static RowGroups Of(ReadOnlySpan<int> targets)
    {
        long[] keys = new long[targets.Length];
        int n = 0;
        for (int i = 0; i < targets.Length; i++)
            if (targets[i] >= 0)
                keys[n++] = ((long)targets[i] << 32) | (uint)i;
        Array.Sort(keys, 0, n);
        int count = 0;
        for (int k = 0; k < n; k++)
            if (k == 0 || keys[k] >> 32 != keys[k - 1] >> 32)
                count++;
        int[] numbers = new int[count + count + 1 + n];
        Span<int> rows = numbers.AsSpan(0, count), offsets = numbers.AsSpan(count, count + 1), sources = numbers.AsSpan(count + count + 1);
        int group = -1;
        for (int k = 0; k < n; k++)
        {
            if (k == 0 || keys[k] >> 32 != keys[k - 1] >> 32)
                (rows[++group], offsets[group]) = ((int)(keys[k] >> 32), k);
            sources[k] = (int)keys[k];
        }
        offsets[count] = n;
        return new(count, numbers);
    }
}
