using Cirrus.Gallery;

namespace Cirrus;

/// <summary>What is shown of what was found: nothing below the cut, and of that one page.</summary>
/// <param name="CutScore">where noise begins; null: it cannot be said.</param>
/// <param name="NextOffset">where the next page begins; null: there is none.</param>
internal sealed record SearchPage(GalleryHit[] Hits, float? CutScore, int? NextOffset)
{
    /// <summary>How many of the best are to be found: one more than is shown, which tells of a next page.</summary>
    public static int Needed(SearchOptions options) => End(options) + 1;

    /// <param name="found">from the best on; all, where they are fewer than <see cref="Needed"/>.</param>
    public static SearchPage Of(IReadOnlyList<GalleryHit> found, NoiseLevel? noise, SearchOptions options)
    {
        float? level = found.Count > 0 ? noise?.CutAt(found[0].Score) : null;
        float least = options.Cut && level is float cut ? MathF.Max(cut, options.MinScore) : options.MinScore;
        GalleryHit[] good = [.. found.Where(h => h.Score >= least)];
        int end = End(options);
        return new([.. good.Skip(options.Offset).Take(options.Top)], level, good.Length > end ? end : null);
    }

    private static int End(SearchOptions options) => (int)Math.Min((long)options.Offset + options.Top, int.MaxValue - 1);
}
