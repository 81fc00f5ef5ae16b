using System.Numerics.Tensors;
using Cirrus.Gallery;
using Cirrus.Postgres;
using Cirrus.Tensors;

namespace Cirrus.Tests.Postgres;

/// <summary>Rows and pictures made up for tests of databases, and the answers that are right for them.</summary>
internal static class PostgresData
{
    public const int P = 32;

    public static EmbeddingSpace Space { get; } = new("tiny", "0123456789abcdef", null, P, "openai, 224", "exif");

    /// <summary>A schema that no other test has.</summary>
    public static PostgresOptions Options(bool index = true, RowType rows = RowType.Vector) =>
        new() { Schema = "g" + Guid.NewGuid().ToString("N"), Index = index, Rows = rows };

    /// <summary>Random unit rows, [n, P], some of them equal, with pictures of many kinds.</summary>
    public static StoredRow[] Rows(int n, ulong seed = 1, int first = 0)
    {
        float[] numbers = new float[n * P];
        Philox random = new(seed, 0);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = random.Normal((ulong)i);
        StoredRow[] rows = new StoredRow[n];
        for (int i = 0; i < n; i++)
        {
            Span<float> row = numbers.AsSpan((i % 50 == 49 ? i - 1 : i) * P, P);
            float norm = TensorPrimitives.Norm<float>(row);
            float[] unit = new float[P];
            TensorPrimitives.Divide(row, norm, unit);
            int at = first + i;
            string path =
                $"{(at % 3 == 0 ? "holiday/" : at % 3 == 1 ? "work/drafts/2024/" : "")}Picture {at} "
                    + $"'é'_%{(at % 4) switch { 0 => ".jpg", 1 => ".JPEG", 2 => ".tif", _ => "" }}";
            rows[i] = new(new(0, path, 1000 + (at * 37 % 5000),
                at % 11 == 0 ? 0 : new DateTime(2023, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(at).Ticks, $"{at:x32}",
                at % 13 == 0 ? 0 : 100 + (at % 7 * 100), at % 13 == 0 ? 0 : 400), unit, norm);
        }
        return rows;
    }

    /// <summary>Random unit vectors end to end, [n, P].</summary>
    public static float[] Queries(int n, ulong seed = 99) => [.. Rows(n, seed).SelectMany(r => r.Unit.ToArray())];

    /// <summary>The rows with the ids that a gallery gave them.</summary>
    public static StoredRow[] With(this StoredRow[] rows, IReadOnlyList<long> ids) => [.. rows.Select((r, i) => r with { Item = r.Item with { Id = ids[i] } })];

    /// <summary>The right answer: every row is compared.</summary>
    public static (long Id, float Score)[] Nearest(IEnumerable<StoredRow> rows, ReadOnlySpan<float> query, int k, ItemFilter? filter = null)
    {
        List<(long Id, float Score)> all = [];
        foreach (StoredRow row in rows)
            if (filter is null || filter.Matches(row.Item))
                all.Add((row.Item.Id, TensorPrimitives.Dot(query, row.Unit.Span)));
        return [.. all.OrderByDescending(a => a.Score).ThenBy(a => a.Id).Take(k)];
    }

    /// <summary>Sums are made in another order there, so that scores may differ in their last bits, and near-equal ones change places.</summary>
    public static void Same((long Id, float Score)[] wanted, IReadOnlyList<GalleryHit> found)
    {
        Assert.Equal(wanted.Length, found.Count);
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i].Score, found[i].Score, 2e-6f);
        Assert.Equal(wanted.Length, found.Select(h => h.Item.Id).Distinct().Count());
        float least = wanted[^1].Score + 4e-6f;
        Assert.Superset(wanted.Where(w => w.Score > least).Select(w => w.Id).ToHashSet(), found.Select(h => h.Item.Id).ToHashSet());
    }
}
