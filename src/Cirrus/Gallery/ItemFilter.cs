using System.Text.Json.Serialization;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

public enum ItemField { Path, Date, Width, Height, Size, Orientation, Format, Id }

public enum ItemOperator { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

public enum ItemOrientation { Portrait, Landscape, Square }

/// <summary>
/// Which pictures count: a small immutable tree, from JSON (<see cref="ItemFilterJson"/>) or from text
/// (<see cref="ItemFilterText"/>).
/// </summary>
/// <remarks>What is not known of a picture (time 0, no width and height) passes no test on it; <see cref="Not"/> turns that round as well.</remarks>
[JsonConverter(typeof(ItemFilterJson))]
public abstract record ItemFilter
{
    /// <summary>Levels and parts of the largest tree that is read from others.</summary>
    public const int Deepest = 16, MostParts = 256, MostIds = 10_000;

    private ItemFilter()
    {
    }

    /// <summary>All of them, also none.</summary>
    public sealed record All(IReadOnlyList<ItemFilter> Of) : ItemFilter;

    /// <summary>At least one.</summary>
    public sealed record Any(IReadOnlyList<ItemFilter> Of) : ItemFilter;

    public sealed record Not(ItemFilter Of) : ItemFilter;

    /// <summary>The path matches a <see cref="PathPattern"/>.</summary>
    public sealed record PathTest(string Pattern) : ItemFilter;

    /// <summary>Width or height in pixels after orientation, or size in bytes.</summary>
    public sealed record NumberTest(ItemField Field, ItemOperator Operator, long Value) : ItemFilter;

    /// <summary>
    /// The file's last write against a year, month, day or moment: the UTC ticks from <paramref name="From"/> up to,
    /// not with, <paramref name="To"/>.
    /// </summary>
    public sealed record DateTest(ItemOperator Operator, long From, long To) : ItemFilter;

    public sealed record OrientationTest(ItemOrientation Value) : ItemFilter;

    /// <summary>The file's kind by its name: jpeg, png, tiff, heic, ...</summary>
    public sealed record FormatTest(string Value) : ItemFilter;

    public sealed record IdTest(IReadOnlySet<long> Ids) : ItemFilter;

    public bool Matches(GalleryItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        switch (this)
        {
            case All all:
                foreach (ItemFilter part in all.Of)
                    if (!part.Matches(item))
                        return false;
                return true;
            case Any any:
                foreach (ItemFilter part in any.Of)
                    if (part.Matches(item))
                        return true;
                return false;
            case Not not:
                return !not.Of.Matches(item);
            case PathTest path:
                return PathPattern.Matches(path.Pattern, item.Path);
            case NumberTest number:
                long value = number.Field switch { ItemField.Width => item.Width, ItemField.Height => item.Height, _ => item.Size };
                return (value > 0 || number.Field == ItemField.Size) && Compare(number.Operator, value, number.Value, number.Value + 1);
            case DateTest date:
                return item.Modified > 0 && Compare(date.Operator, item.Modified, date.From, date.To);
            case OrientationTest orientation:
                return item.Width > 0 && item.Height > 0 && OrientationOf(item) == orientation.Value;
            case FormatTest format:
                return FormatOf(item.Path) == format.Value;
            case IdTest ids:
                return ids.Ids.Contains(item.Id);
            default:
                throw new InvalidOperationException($"{GetType().Name} is no part of a filter.");
        }
    }

    public static ItemOrientation OrientationOf(GalleryItem item) =>
        item.Width == item.Height ? ItemOrientation.Square : item.Width > item.Height ? ItemOrientation.Landscape : ItemOrientation.Portrait;

    /// <summary>The one name of a format with several endings: jpeg for .jpg, .JPG and .jpeg; empty without an ending.</summary>
    public static string FormatOf(string path) => CommonName(System.IO.Path.GetExtension(path).TrimStart('.'));

    internal static string CommonName(string ending) => ending.ToLowerInvariant() switch
    {
        "jpg" => "jpeg",
        "tif" => "tiff",
        "heif" => "heic",
        var other => other,
    };

    /// <exception cref="CirrusException">The tree has too many levels or parts.</exception>
    internal ItemFilter Checked()
    {
        int parts = 0;
        Count(this, 1);
        return this;

        void Count(ItemFilter filter, int level)
        {
            if (level > Deepest || ++parts > MostParts)
                throw Wrong($"it has more than {Deepest} levels or {MostParts} parts");
            IReadOnlyList<ItemFilter> inner = filter switch { All all => all.Of, Any any => any.Of, Not not => [not.Of], _ => [] };
            foreach (ItemFilter part in inner)
                Count(part, level + 1);
        }
    }

    internal static CirrusException Wrong(string why) => new($"The filter cannot be read: {why}.",
        hint: "for example: path:holiday/** date>=2024 width>=1000 orientation:portrait format:png,jpeg !path:**/drafts/**");

    /// <summary>A value against the range [from, to).</summary>
    private static bool Compare(ItemOperator by, long value, long from, long to) => by switch
    {
        ItemOperator.Equal => value >= from && value < to,
        ItemOperator.NotEqual => value < from || value >= to,
        ItemOperator.Less => value < from,
        ItemOperator.LessOrEqual => value < to,
        ItemOperator.Greater => value >= to,
        _ => value >= from,
    };
}
