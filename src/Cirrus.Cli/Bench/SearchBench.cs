using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text.RegularExpressions;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;
using Cirrus.Tensors.Cuda;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench search</c>: exact search of a large gallery of random unit vectors, against brute force and against a peer.</summary>
internal static class SearchBench
{
    private const int RowsAPart = 250_000, Checked = 16, Batch = 64;

    private static readonly Option<int> Rows = new Option<int>("--gallery") { Description = "rows that are searched", DefaultValueFactory = _ => 1_000_000 }.From(1);
    private static readonly Option<int> Width = new Option<int>("--width") { Description = "numbers a row", DefaultValueFactory = _ => 768 }.From(1);
    private static readonly Option<int> Count = new Option<int>("--count", "-n") { Description = "how many are wanted", DefaultValueFactory = _ => 10 }.From(1);
    private static readonly Option<int[]> Threads = BenchCommand.Threads();
    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often it is timed; the median counts", DefaultValueFactory = _ => 15 }.From(1);
    private static readonly Option<string?> Folder = new("--folder")
    {
        Description = "where the gallery is made, and deleted again; else the folder of temporary files",
    };
    private static readonly Option<string?> On = new("--device")
    {
        Description = "cuda:0: the codes lie in the memory of that card, in a second measurement",
    };
    private static readonly Option<string?> PeerCommand = new("--peer")
    {
        Description = "a command to compare with, which prints 'flat 1 query: N ms' (ends with the rows, the width and the threads)",
    };
    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("search", "Search a large gallery exactly: one query, and 64 at a time.")
        {
            Rows, Width, Count, Threads, Runs, Folder, On, PeerCommand, Json,
        };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("bench search", "bench search --device cuda:0",
            "bench search --threads 2 --peer \"/usr/bin/python3 bench/faiss_flat.py 1000000 768 2\"");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        int n = args.GetValue(Rows), p = args.GetValue(Width), k = args.GetValue(Count), runs = args.GetValue(Runs);
        string folder = Path.Combine(args.GetValue(Folder) ?? Path.GetTempPath(), $"cirrus-bench-{Guid.NewGuid():N}");
        TextWriter error = args.InvocationConfiguration.Error;
        List<RowPart> parts = [];
        List<BenchRow> rows = [];
        bool same;
        string size = $"{n}x{p}";
        Directory.CreateDirectory(folder);
        try
        {
            for (int from = 0; from < n; from += RowsAPart)
                parts.Add(Make(Path.Combine(folder, $"{from:D10}"), from, Math.Min(RowsAPart, n - from), p, stop));
            float[] queries = Unit(-Batch, Batch, p);
            foreach (RowPart part in parts)                                        // both files into memory
                for (int r = 0; r < part.Rows.Count; r++)
                    _ = part.Rows[r][0];
            foreach (int t in args.GetValue(Threads)!)
            {
                Device.CpuThreads = t;
                double bandwidth = Bandwidth(t) / 1e9;
                long rescored = 0;
                double single = Median(runs, i => RowSearch.Best(parts, queries.AsMemory(i % Batch * p, p), k, out rescored, stop));
                double batch = Median(Math.Min(runs, 5), _ => RowSearch.Best(parts, queries, k, stop)) / Batch;
                double read = ((double)n * (parts[0].Codes.Stride + 12)) + (rescored * 4.0 * p);
                rows.Add(new("one query", size, t, single * 1e3, "ms"));
                rows.Add(new("  rows scored in f32", size, t, rescored, "rows"));
                rows.Add(new("  read", size, t, read / 1e6, "MB"));
                rows.Add(new("  read a second", size, t, read / single / 1e9, "GB/s", bandwidth));
                rows.Add(new("64 queries, each", size, t, batch * 1e3, "ms"));
                rows.Add(new("  times faster", size, t, single / batch, "x"));
            }
            error.WriteLine("checking against brute force in f32 ...");
            ReadOnlyMemory<float> some = queries.AsMemory(0, Math.Min(Checked, Batch) * p);
            FoundRow[][] expected = RowSearch.Plain(parts, some, k), found = RowSearch.Best(parts, some, k, stop);
            same = expected.Zip(found).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
            rows.Add(new("answers like brute force", $"{Checked} queries", Device.CpuThreads, same ? Checked : 0, "queries", Checked));
            if (args.GetValue(On) is string name)
                same &= AddCard(rows, name, parts, queries, k, runs, expected, stop);
        }
        finally
        {
            foreach (RowPart part in parts)
            {
                part.Codes.Dispose();
                part.Rows.Dispose();
            }
            Directory.Delete(folder, recursive: true);
        }
        if (args.GetValue(PeerCommand) is string peer)
            AddPeer(rows, Peer.Output(peer), size);
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return same ? ExitCode.Done : ExitCode.UserError;
    }

    /// <summary>The same with the codes on a card; false when its answers differ.</summary>
    private static bool AddCard(List<BenchRow> rows, string name, List<RowPart> parts, float[] queries, int k, int runs,
        FoundRow[][] expected, CancellationToken stop)
    {
        int n = parts.Sum(part => part.Rows.Count), p = parts[0].Rows.Width, t = Device.CpuThreads;
        string size = $"{n}x{p}";
        using Device device = Device.Open(name);
        using CudaRowSearch search = new(device, parts);
        double single = Median(runs, i => search.Best(queries.AsMemory(i % Batch * p, p), k, stop));
        double batch = Median(Math.Min(runs, 5), _ => search.Best(queries, k, stop)) / Batch;
        bool same = expected.Zip(search.Best(queries.AsMemory(0, expected.Length * p), k, stop)).All(pair =>
            pair.First.AsSpan().SequenceEqual(pair.Second));
        rows.Add(new($"{name}, one query", size, t, single * 1e3, "ms"));
        rows.Add(new("  codes a second", size, t, (double)n * (parts[0].Codes.Stride + 12) / single / 1e9, "GB/s"));
        rows.Add(new($"{name}, 64 queries, each", size, t, batch * 1e3, "ms"));
        rows.Add(new("answers like brute force", $"{expected.Length} queries", t, same ? expected.Length : 0, "queries", expected.Length));
        return same;
    }

    private static void AddPeer(List<BenchRow> rows, string output, string size)
    {
        double one = Peer.Rate(output, "1 query", "ms");
        int threads = rows.Max(r => r.Threads);
        rows.Add(new("peer, one query", size, threads, one, "ms"));
        if (Regex.Match(output, @"64 queries: ([0-9.]+) ms") is { Success: true } many)
            rows.Add(new("peer, 64 queries, each", size, threads, double.Parse(many.Groups[1].Value, CultureInfo.InvariantCulture) / 64, "ms"));
        rows.Add(new("times faster than the peer", size, threads, one / rows.Last(r => r.Name == "one query").Value, "x"));
    }

    private static RowPart Make(string path, int first, int count, int p, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        float[] values = Unit(first, count, p), norms = new float[count];
        Array.Fill(norms, 1);
        MappedRows.Write(path + ".safetensors", values, norms);
        RowCodes.Write(path + ".codes", path + ".safetensors");
        MappedRows rows = MappedRows.Open(path + ".safetensors", "rows");
        return new(rows, RowCodes.Open(path + ".codes", rows)!);
    }

    /// <summary>Random unit vectors, [count, p]: normal numbers, four from each draw.</summary>
    private static float[] Unit(int first, int count, int p)
    {
        float[] values = new float[count * p];
        Parallel.For(0, count, i =>
        {
            Philox random = new Philox(1, 6).Fork((ulong)((long)first + i));
            Span<float> row = values.AsSpan(i * p, p), four = stackalloc float[4];
            for (int at = 0; at < p; at += 4)
            {
                (uint a, uint b, uint c, uint d) = random.Words((ulong)at);
                (four[0], four[1]) = Pair(a, b);
                (four[2], four[3]) = Pair(c, d);
                four[..Math.Min(4, p - at)].CopyTo(row[at..]);
            }
            TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row);
        });
        return values;

        static (float, float) Pair(uint a, uint b)
        {
            float length = MathF.Sqrt(-2 * MathF.Log((a + 1f) * (1f / 4294967296f)));
            (float sin, float cos) = MathF.SinCos(b * (MathF.Tau / 4294967296f));
            return (length * sin, length * cos);
        }
    }

    /// <summary>Bytes a second that so many threads read from memory: sums of 512 MB.</summary>
    private static double Bandwidth(int threads)
    {
        const int Numbers = 128 << 20;
        float[] values = new float[Numbers];
        Array.Fill(values, 1);
        double best = 0;
        for (int run = 0; run < 5; run++)
        {
            long start = Stopwatch.GetTimestamp();
            Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
                TensorPrimitives.Sum(values.AsSpan(i * (Numbers / 64), Numbers / 64)));
            best = Math.Max(best, 4.0 * Numbers / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    private static double Median(int runs, Action<int> search)
    {
        search(0);                                                                 // warm up
        List<double> seconds = [];
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            search(run);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return BenchReport.Median(seconds);
    }
}
