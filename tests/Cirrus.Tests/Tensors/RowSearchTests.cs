using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Tests.Tensors;

public sealed class RowSearchTests
{
    [Fact]
    public void Answers_equal_brute_force_on_all_kinds_of_rows()
    {
        using TempFolder folder = new();
        for (int round = 0; round < 60; round++)
        {
            Philox random = new(17, (ulong)round);
            int width = new[] { 1, 3, 16, 64, 70, 512 }[round % 6], partCount = random.Integer(1, 4), queries = 1 + random.Integer(2, 9);
            List<RowPart> parts = [];
            for (int p = 0; p < partCount; p++)
                parts.Add(Part(folder, $"{round}-{p}", random.Fork((ulong)p), random.Integer((ulong)(10 + p), 300), width, round));
            float[] asked = new float[queries * width];
            for (int i = 0; i < asked.Length; i++)
                asked[i] = Value(random.Fork(99), i, round);
            if (round % 7 == 3)
                asked[0] = float.NaN;
            if (round % 7 == 4)
                asked.AsSpan(0, width).Clear();
            foreach (int k in new[] { 1, 10, 1000 })
                Same(RowSearch.Plain(parts, asked, k), RowSearch.Best(parts, asked, k, TestContext.Current.CancellationToken),
                    $"round {round}, {k} best");
            foreach (RowPart part in parts)
            {
                part.Codes.Dispose();
                part.Rows.Dispose();
            }
        }
    }

    [Fact]
    public void Few_rows_are_read_in_full_and_more_threads_say_the_same()
    {
        using TempFolder folder = new();
        using MappedRows rows = Rows(folder, "r", 20_000, 64, (r, i) => new Philox(3, 1).Normal((ulong)((r * 64) + i)));
        RowCodes.Write(folder.At("r.codes"), rows.Path);
        using RowCodes codes = RowCodes.Open(folder.At("r.codes"), rows)!;
        RowPart[] parts = [new(rows, codes)];
        float[] queries = [.. Enumerable.Range(0, 5 * 64).Select(i => new Philox(3, 2).Normal((ulong)i))];
        FoundRow[][] found = RowSearch.Best(parts, queries, 10, out long rescored, TestContext.Current.CancellationToken);
        Same(RowSearch.Plain(parts, queries, 10), found, "in parallel");
        Assert.InRange(rescored, 50, 5000);
        int threads = Device.CpuThreads;
        Device.CpuThreads = 1;
        Same(found, RowSearch.Best(parts, queries, 10, TestContext.Current.CancellationToken), "alone");
        Device.CpuThreads = threads;
    }

    [Fact]
    public void Codes_of_other_rows_are_not_taken()
    {
        using TempFolder folder = new();
        using MappedRows rows = Rows(folder, "a", 100, 8, (r, i) => r + i), others = Rows(folder, "b", 100, 8, (r, i) => r - i);
        Assert.Null(RowCodes.Open(folder.At("none"), rows));
        RowCodes.Write(folder.At("a.codes"), rows.Path);
        Assert.Null(RowCodes.Open(folder.At("a.codes"), others));
        byte[] bytes = File.ReadAllBytes(folder.At("a.codes"));
        File.WriteAllBytes(folder.At("a.codes"), bytes[..^9]);
        Assert.Throws<CirrusException>(() => RowCodes.Open(folder.At("a.codes"), rows));
    }

    [Fact]
    public void Every_byte_behind_the_header_of_codes_is_checked()
    {
        using TempFolder folder = new();
        using MappedRows rows = Rows(folder, "a", 70, 3, (r, i) => r + i);
        RowCodes.Write(folder.At("a.codes"), rows.Path);
        byte[] whole = File.ReadAllBytes(folder.At("a.codes"));
        int header = 8 + BitConverter.ToInt32(whole);
        for (int at = header; at < whole.Length; at += at - header < 70 * 64 ? 7 : 1)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(folder.At("a.codes"), damaged);
            Assert.Contains("damaged", Assert.Throws<CirrusException>(() => RowCodes.Open(folder.At("a.codes"), rows)).Message,
                StringComparison.Ordinal);
        }
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));    // the check value that RFC 3720 and its users name
    }

    [Fact]
    public void Groups_are_those_of_all_pairs()
    {
        using TempFolder folder = new();
        RowPart[] parts = [.. Enumerable.Range(0, 3).Select(p => Part(folder, $"g{p}", new(5, (ulong)p), 90, 4, 0))];
        foreach (float least in new[] { 0.9f, 0.99f, 2f })
        {
            int[] group = [.. Enumerable.Range(0, 270)];
            for (int a = 0; a < 270; a++)
                for (int b = 0; b < a; b++)
                    if (Counts(a) && Counts(b) && System.Numerics.Tensors.TensorPrimitives.Dot(Row(b), Row(a)) >= least)
                    {
                        int from = Math.Max(group[a], group[b]), to = Math.Min(group[a], group[b]);
                        for (int i = 0; i < 270; i++)
                            group[i] = group[i] == from ? to : group[i];
                    }
            int[][] expected = [.. Enumerable.Range(0, 270).GroupBy(i => group[i]).Where(g => g.Count() > 1).Select(g => g.ToArray())];
            Assert.Equal(expected, NearPairs.Groups(parts, least, stop: TestContext.Current.CancellationToken).Select(g =>
                g.Select(r => (r.Part * 90) + r.Row).ToArray()));
        }

        ReadOnlySpan<float> Row(int i) => parts[i / 90].Rows[i % 90];
        bool Counts(int i) => parts[i / 90].Counts is not { } c || (c[i % 90 / 64] >> (i % 90 % 64) & 1) != 0;
    }

    // Wide rows, of which the first numbers decide most pairs: copies with noise near the threshold, tails without weight, zeros, and what is not finite.
    [Fact]
    public void Groups_of_wide_rows_are_those_of_all_pairs()
    {
        const int width = 250, count = 400;
        using TempFolder folder = new();
        Philox random = new(31, 7);
        float Raw(int r, int i) => (r % 40) switch
        {
            0 => i < 64 ? random.Normal((ulong)i) : 0,
            1 => i >= 64 ? random.Normal((ulong)i) : 0,
            2 when r > 300 => float.NaN,
            3 when r > 300 => float.PositiveInfinity,
            4 => 0,
            _ => random.Normal((ulong)((r % 20 * width) + i)) + (0.02f * (r / 20) * random.Normal((ulong)(100_000 + (r * width) + i))),
        };
        float[] norms = [.. Enumerable.Range(0, count).Select(r => MathF.Sqrt(Enumerable.Range(0, width).Sum(i => Raw(r, i) * Raw(r, i))))];
        using MappedRows rows = Rows(folder, "wide", count, width, (r, i) => norms[r] > 0 ? Raw(r, i) / norms[r] : 0);
        using RowCodes codes = RowCodes.Compute(rows);
        Assert.Equal((64, 128, null), (RowPrefixes.WidthFor(256, 0.97f), RowPrefixes.WidthFor(256, 0.85f), RowPrefixes.WidthFor(256, 0.5f)));
        foreach (float least in new[] { 0.85f, 0.95f, 0.97f, 0.985f, 1f })
        {
            int[] group = [.. Enumerable.Range(0, count)];
            for (int a = 0; a < count; a++)
                for (int b = 0; b < a; b++)
                    if (group[a] != group[b] && System.Numerics.Tensors.TensorPrimitives.Dot(rows[b], rows[a]) >= least)
                    {
                        (int from, int to) = (Math.Max(group[a], group[b]), Math.Min(group[a], group[b]));
                        for (int i = 0; i < count; i++)
                            group[i] = group[i] == from ? to : group[i];
                    }
            int[][] expected = [.. Enumerable.Range(0, count).GroupBy(i => group[i]).Where(g => g.Count() > 1).Select(g => g.ToArray())];
            long last = 0, all = 0;
            Assert.Equal(expected, NearPairs.Groups([new(rows, codes)], least, (done, of) => (last, all) = (done, of),
                TestContext.Current.CancellationToken).Select(g => g.Select(r => r.Row).ToArray()));
            Assert.Equal((count * (count - 1L) / 2, last), (all, all));
        }
    }

    [Fact]
    public void Sizes_are_checked()
    {
        using TempFolder folder = new();
        using MappedRows rows = Rows(folder, "a", 10, 8, (r, i) => r + i);
        using RowCodes codes = RowCodes.Compute(rows);
        Assert.Throws<ArgumentException>(() => RowSearch.Best([new(rows, codes)], new float[9], 1, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowSearch.Best([new(rows, codes)], new float[8], 0, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[10].ToArray());
        Assert.Throws<CirrusException>(() => MappedRows.Open(rows.Path, "lines"));
        Assert.Empty(RowSearch.Best([new(rows, codes)], Array.Empty<float>(), 1, TestContext.Current.CancellationToken));
        Assert.Empty(RowSearch.Best([], Array.Empty<float>(), 1, TestContext.Current.CancellationToken));
    }

    internal static void Same(FoundRow[][] expected, FoundRow[][] found, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int q = 0; q < expected.Length; q++)
            Assert.True(expected[q].Select(Bits).SequenceEqual(found[q].Select(Bits)), $"{what}, query {q}");

        static (int, int, int) Bits(FoundRow row) => (row.Part, row.Row, BitConverter.SingleToInt32Bits(row.Score));
    }

    /// <summary>Rows with ties, copies, zeros, tiny, huge and not finite ones; every third part has rows that do not count.</summary>
    internal static RowPart Part(TempFolder folder, string name, Philox random, int count, int width, int round)
    {
        MappedRows rows = Rows(folder, name, count, width, (r, i) => (r % 13) switch
        {
            0 => 0,
            1 => Value(random, i, round),
            2 when round % 5 == 1 => r % 2 == 0 ? float.PositiveInfinity : float.NaN,
            3 when round % 5 == 2 => Value(random, (r * width) + i, round) * 1e-36f,
            4 when round % 5 == 3 => Value(random, (r * width) + i, round) * 1e30f,
            _ => Value(random, (r * width) + i, round),
        });
        ulong[]? counts = name.EndsWith('1') ? [.. Enumerable.Range(0, (count + 63) / 64).Select(w =>
            ((ulong)random.Words((ulong)w + 7000).A << 32) | random.Words((ulong)w + 7000).B)] : null;
        return new(rows, RowCodes.Compute(rows), counts);
    }

    internal static float Value(Philox random, int i, int round) => round % 2 == 0 ? random.Normal((ulong)i) : random.Integer((ulong)i, 3) - 1;

    private static MappedRows Rows(TempFolder folder, string name, int count, int width, Func<int, int, float> value)
    {
        float[] values = new float[count * width], norms = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = value(i / width, i % width);
        string path = folder.At(name + ".safetensors");
        Safetensors.Write(path, [new("rows", StoredType.F32, [count, width], () => values), new("norms", StoredType.F32, [count], () => norms)]);
        return MappedRows.Open(path, "rows");
    }
}
