using System.Numerics;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>A segment open for reading: its rows where they lie in the file, its pictures and which of them count.</summary>
internal sealed class GalleryRows : IDisposable
{
    private readonly ulong[]? _counts;
    private readonly Lazy<RowCodes> _codes;

    /// <exception cref="CirrusException">A file is not there or damaged.</exception>
    public GalleryRows(string folder, GallerySegment segment, GalleryManifest manifest, GalleryRecords records)
    {
        Items = [.. SegmentFile.ReadItems(folder, segment, manifest)];
        Rows = SegmentFile.OpenRows(folder, segment, manifest.Space.P, out float[] norms);
        Norms = norms;
        string codes = Path.Combine(folder, segment.Name + SegmentFile.Codes);
        _codes = new(() => Open(codes));
        Count = Items.Length;
        for (int i = 0; i < Items.Length; i++)
            if (records.Gone.Contains(Items[i].Id))
            {
                _counts ??= All(Items.Length);
                _counts[i / 64] &= ~(1UL << (i % 64));
                Count--;
            }
            else if (records.Moved.TryGetValue(Items[i].Id, out GalleryItem? now))
            {
                Items[i] = now;
            }
    }

    public MappedRows Rows { get; }

    public float[] Norms { get; }

    /// <summary>A picture a row, also those that no longer count.</summary>
    public GalleryItem[] Items { get; }

    /// <summary>Pictures that count.</summary>
    public int Count { get; }

    public IEnumerable<GalleryItem> Counting => _counts is null ? Items : Items.Where((_, i) => IsCounting(i));

    public bool IsCounting(int row) => _counts is null || (_counts[row / 64] >> (row % 64) & 1) != 0;

    /// <summary>The row of a picture that counts.</summary>
    public int? Find(long id)
    {
        (int low, int high) = (0, Items.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Items[middle].Id < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low < Items.Length && Items[low].Id == id && IsCounting(low) ? low : null;
    }

    public StoredRow Stored(int row) => new(Items[row], Rows[row].ToArray(), Norms[row]);

    /// <summary>What is searched: the pictures that count and pass.</summary>
    public RowPart Part(Predicate<GalleryItem>? passes, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (passes is null)
            return new(Rows, _codes.Value, _counts);
        ulong[] counts = _counts is null ? All(Items.Length) : [.. _counts];
        Parallel.For(0, counts.Length, new ParallelOptions { CancellationToken = stop }, word =>
        {
            for (ulong left = counts[word]; left != 0; left &= left - 1)
                if (!passes(Items[(word * 64) + BitOperations.TrailingZeroCount(left)]))
                    counts[word] &= ~(left & (~left + 1));
        });
        return new(Rows, _codes.Value, counts);
    }

    /// <summary>Rows of a part that count.</summary>
    public static int CountOf(RowPart part) => part.Counts is { } counts ? counts.Sum(BitOperations.PopCount) : part.Rows.Count;

    public void Dispose()
    {
        if (_codes.IsValueCreated)
            _codes.Value.Dispose();
        Rows.Dispose();
    }

    /// <summary>Codes say nothing that the rows do not: those that are not there or damaged are made again.</summary>
    private RowCodes Open(string path)
    {
        try
        {
            return RowCodes.Open(path, Rows) ?? RowCodes.Compute(Rows);
        }
        catch (CirrusException)
        {
            return RowCodes.Compute(Rows);
        }
    }

    private static ulong[] All(int rows)
    {
        ulong[] all = new ulong[(rows + 63) / 64];
        Array.Fill(all, ulong.MaxValue);
        if (rows % 64 != 0)
            all[^1] = (1UL << (rows % 64)) - 1;
        return all;
    }
}
