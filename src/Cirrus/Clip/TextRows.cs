using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>The rows of a batch of captions in the text tower, and the distinct prefixes that stand before them.</summary>
/// <remarks>
/// Without a cut there are no prefixes. With one, the ids of a caption before its first pseudo-word are its prefix; the
/// row of the end token always stays behind it.
/// </remarks>
internal sealed class TextRows
{
    private readonly int[] _caption;

    private TextRows(int rows, int captions)
    {
        (Ids, At, _caption) = (new int[rows], new int[rows], new int[rows]);
        (PrefixOf, Ends) = (new int[captions], new int[captions]);
    }

    /// <summary>[R] token ids and their positions, captions end to end, prefixes left out.</summary>
    public int[] Ids { get; }

    public int[] At { get; }

    public required Ragged Rows { get; init; }

    /// <summary>[B] the row of each caption's end token.</summary>
    public int[] Ends { get; }

    /// <summary>[Rp] token ids and positions of the distinct prefixes.</summary>
    public int[] PrefixIds { get; private init; } = [];

    public int[] PrefixAt { get; private init; } = [];

    public required Ragged Prefixes { get; init; }

    /// <summary>[B] which prefix stands before a caption.</summary>
    public int[] PrefixOf { get; }

    /// <param name="placeholder">where captions are cut; null: nowhere.</param>
    public static TextRows From(TokenBatch tokens, int? placeholder)
    {
        Dictionary<string, int> known = [];
        List<int> prefixIds = [], prefixAt = [], prefixOffsets = [0];
        int[] offsets = new int[tokens.B + 1], of = new int[tokens.B];
        for (int b = 0; b < tokens.B; b++)
        {
            ReadOnlySpan<int> caption = tokens.Caption(b), prefix = caption[..Cut(caption, placeholder)];
            offsets[b + 1] = offsets[b] + caption.Length - prefix.Length;
            if (placeholder is null)
                continue;
            string key = MemoryMarshal.Cast<int, char>(prefix).ToString();
            if (!known.TryGetValue(key, out of[b]))
            {
                known.Add(key, of[b] = known.Count);
                for (int t = 0; t < prefix.Length; t++)
                {
                    prefixIds.Add(prefix[t]);
                    prefixAt.Add(t);
                }
                prefixOffsets.Add(prefixIds.Count);
            }
        }
        TextRows rows = new(offsets[^1], tokens.B)
        {
            Rows = new(offsets),
            Prefixes = new([.. prefixOffsets]),
            PrefixIds = [.. prefixIds],
            PrefixAt = [.. prefixAt],
        };
        of.CopyTo(rows.PrefixOf, 0);
        for (int b = 0; b < tokens.B; b++)
            rows.Fill(b, tokens.Caption(b));
        return rows;
    }

    /// <summary>
    /// [R] the pseudo-word that stands in a row, or -1. A caption has its <paramref name="words"/> in order, the last
    /// of them in all places left.
    /// </summary>
    /// <param name="firstOnly">no word stands in the places left.</param>
    public int[] PseudoRow(int placeholder, int words = 1, bool firstOnly = false)
    {
        int[] row = new int[Ids.Length], used = new int[Ends.Length];
        for (int r = 0; r < row.Length; r++)
        {
            row[r] = -1;
            if (Ids[r] == placeholder && used[_caption[r]]++ is var place && (place < words || !firstOnly))
                row[r] = (_caption[r] * words) + Math.Min(place, words - 1);
        }
        return row;
    }

    private static int Cut(ReadOnlySpan<int> caption, int? placeholder)
    {
        int first = placeholder is int id ? caption.IndexOf(id) : 0;
        return first < 0 ? caption.Length - 1 : first;
    }

    private void Fill(int b, ReadOnlySpan<int> caption)
    {
        int from = Rows.Offsets[b], to = Rows.Offsets[b + 1], skipped = caption.Length - (to - from);
        for (int r = from; r < to; r++)
            (Ids[r], At[r], _caption[r]) = (caption[r - from + skipped], r - from + skipped, b);
        Ends[b] = to - 1;
    }
}
