using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Makes a filter's single tests from field, operator and value as people write them; checks that they fit.</summary>
internal static class ItemTests
{
    /// <summary>The longest operator first.</summary>
    public static readonly (string Text, ItemOperator Operator)[] Operators =
    [
        ("!=", ItemOperator.NotEqual), ("<=", ItemOperator.LessOrEqual), (">=", ItemOperator.GreaterOrEqual),
        ("=", ItemOperator.Equal), (":", ItemOperator.Equal), ("<", ItemOperator.Less), (">", ItemOperator.Greater),
    ];

    private static readonly string[] DateForms = ["yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];

    /// <summary>One test for one value, or any of several.</summary>
    /// <exception cref="CirrusException">They do not fit together.</exception>
    public static ItemFilter Create(string field, string by, IReadOnlyList<string> values)
    {
        if (!IsName(field, out ItemField f))
            throw ItemFilter.Wrong($"there is no field '{Short(field)}', but {string.Join(", ", Enum.GetNames<ItemField>()).ToLowerInvariant()}");
        int place = Array.FindIndex(Operators, o => o.Text == by);
        if (place < 0)
            throw ItemFilter.Wrong($"there is no operator '{Short(by)}', but =, !=, <, <=, > and >=");
        ItemOperator op = Operators[place].Operator;
        bool unequal = op == ItemOperator.NotEqual, ordered = !unequal && op != ItemOperator.Equal;
        if (values.Count == 0 || (values.Count > 1 && ordered))
            throw ItemFilter.Wrong(values.Count == 0 ? $"{field} has no value" : $"{field}{by} takes one value");
        if (ordered && f is ItemField.Path or ItemField.Orientation or ItemField.Format or ItemField.Id)
            throw ItemFilter.Wrong($"{field} has no order; it takes = and !=");
        if (f == ItemField.Id)
        {
            ItemFilter.IdTest ids = new(values.Count <= ItemFilter.MostIds ? new SortedSet<long>(values.Select(v => Number(v, ItemField.Id)))
                : throw ItemFilter.Wrong($"it names more than {ItemFilter.MostIds} ids"));
            return unequal ? new ItemFilter.Not(ids) : ids;
        }
        ItemFilter[] tests = [.. values.Select(v => Single(f, unequal ? ItemOperator.Equal : op, v))];
        ItemFilter test = tests.Length == 1 ? tests[0] : new ItemFilter.Any(tests);
        if (!unequal)
            return test;
        return test switch
        {
            ItemFilter.NumberTest number => number with { Operator = ItemOperator.NotEqual },
            ItemFilter.DateTest date => date with { Operator = ItemOperator.NotEqual },
            _ => new ItemFilter.Not(test),
        };
    }

    /// <summary>A date as people write it, and the first tick after what it names.</summary>
    public static (long From, long To) Date(string text)
    {
        for (int form = 0; form < DateForms.Length; form++)
            if (DateTime.TryParseExact(text.TrimEnd('Z'), DateForms[form], CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime from)
                && from.Year < 9999)
                return (from.Ticks, (form switch
                {
                    0 => from.AddYears(1),
                    1 => from.AddMonths(1),
                    2 => from.AddDays(1),
                    3 => from.AddMinutes(1),
                    _ => from.AddSeconds(1),
                }).Ticks);
        throw ItemFilter.Wrong($"'{Short(text)}' is no date like 2024, 2024-05, 2024-05-17 or 2024-05-17T12:30 (UTC)");
    }

    /// <summary>What <see cref="Date"/> reads as this range.</summary>
    public static string DateText(long from, long to)
    {
        DateTime date = new(from, DateTimeKind.Utc);
        foreach (string form in DateForms)
            if (date.ToString(form, CultureInfo.InvariantCulture) is var text && Date(text) == (from, to))
                return text;
        throw new ArgumentException($"{from} to {to} is no year, month, day, minute or second.");
    }

    private static ItemFilter Single(ItemField field, ItemOperator by, string value)
    {
        if (value.Length is 0 or > PathPattern.Longest)
            throw ItemFilter.Wrong(value.Length == 0 ? $"{field} has no value" : $"a value has more than {PathPattern.Longest} characters");
        switch (field)
        {
            case ItemField.Path:
                return new ItemFilter.PathTest(value);
            case ItemField.Date:
                (long from, long to) = Date(value);
                return new ItemFilter.DateTest(by, from, to);
            case ItemField.Orientation:
                return IsName(value, out ItemOrientation orientation) ? new ItemFilter.OrientationTest(orientation)
                    : throw ItemFilter.Wrong($"'{Short(value)}' is no orientation; there are portrait, landscape and square");
            case ItemField.Format:
                return new ItemFilter.FormatTest(ItemFilter.CommonName(value.TrimStart('.')));
            default:
                return new ItemFilter.NumberTest(field, by, Number(value, field));
        }
    }

    private static long Number(string text, ItemField field)
    {
        ReadOnlySpan<char> digits = text;
        long unit = 1;
        if (field == ItemField.Size)
            foreach ((string name, long bytes) in new[] { ("kb", 1_000L), ("mb", 1_000_000L), ("gb", 1_000_000_000L) })
                if (digits.EndsWith(name, StringComparison.OrdinalIgnoreCase))
                {
                    digits = digits[..^2];
                    unit = bytes;
                }
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            && value is >= 0 and <= 1_000_000_000_000_000_000m && value * unit <= long.MaxValue - 1
            && decimal.Truncate(value * unit) == value * unit ? (long)(value * unit)
            : throw ItemFilter.Wrong($"'{Short(text)}' is no {(field == ItemField.Size ? "size like 200000, 200KB or 1.5MB" : "whole number")}");
    }

    private static bool IsName<T>(string text, out T value) where T : struct, Enum
    {
        int place = Array.FindIndex(Enum.GetNames<T>(), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = place < 0 ? default : Enum.GetValues<T>()[place];
        return place >= 0;
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
