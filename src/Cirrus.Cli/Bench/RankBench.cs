using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cirrus.Evaluation;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench rank</c>: an evaluation's ranking of all queries over a large gallery, CIRCO's unless told.</summary>
internal static class RankBench
{
    private static readonly Option<int> Candidates = new Option<int>("--gallery") { Description = "pictures that are ranked", DefaultValueFactory = _ => 123_403 }.From(1);
    private static readonly Option<int> Queries = new Option<int>("--queries") { Description = "queries", DefaultValueFactory = _ => 800 }.From(1);
    private static readonly Option<int> Width = new Option<int>("--width") { Description = "numbers of a feature", DefaultValueFactory = _ => 768 }.From(1);
    private static readonly Option<int[]> Threads = BenchCommand.Threads();
    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often it is timed; the median counts", DefaultValueFactory = _ => 3 }.From(1);
    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("rank", "Rank all queries of a benchmark over its gallery and ask its metrics.")
        {
            Candidates, Queries, Width, Threads, Runs, Json,
        };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("bench rank", "bench rank --gallery 16983 --queries 40000 --width 512 --threads 2");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        int n = args.GetValue(Candidates), q = args.GetValue(Queries), p = args.GetValue(Width);
        if ((long)n * p > Array.MaxLength || (long)q * p > Array.MaxLength)
            throw new CirrusException($"{Math.Max(n, q):N0} features of {p:N0} numbers do not fit into memory.", hint: "take fewer");
        using Device device = Device.Open("cpu");
        int[] threads = args.GetValue(Threads)!;
        Device.CpuThreads = threads.Max();
        BenchmarkQuery[] queries = [.. Enumerable.Range(0, q).Select(i => new BenchmarkQuery(0, -1, ["x"], [[i % n]], "all"))];
        Benchmark benchmark = new("bench", "bench",
            [.. Enumerable.Range(0, n).Select(i => i.ToString(CultureInfo.InvariantCulture))], ["0"], ["target"], queries,
            [Metric.MeanAveragePrecision(5), Metric.MeanAveragePrecision(50), Metric.Recall(50)]);
        float[] vectors = Values(q, p, 2);
        using Evaluator evaluator = new(benchmark, new(p, Values(n, p, 1), new float[p]), device);
        List<BenchRow> rows = [];
        foreach (int t in threads)
        {
            Device.CpuThreads = t;
            List<double> seconds = [], peaks = [];
            for (int run = -1; run < args.GetValue(Runs); run++)                  // one to warm up
            {
                long start = Stopwatch.GetTimestamp();
                evaluator.RunVectors("bench", vectors, stop);
                double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
                peaks.Add(Device.MeasureCpuPeak());
                if (run >= 0)
                    seconds.Add(took);
            }
            string size = $"{q}x{n}x{p}";
            double giga = 2e-9 * q * n * p, median = BenchReport.Median(seconds);
            rows.Add(new("ranking", size, t, giga / median, "GFLOP/s", t * peaks.Max()));
            rows.Add(new("all queries", size, t, median, "seconds"));
            rows.Add(new("a query", size, t, 1000 * median / q, "ms"));
        }
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return ExitCode.Done;
    }

    private static float[] Values(int rows, int p, ulong stream)
    {
        float[] values = new float[rows * p];
        Parallel.For(0, rows, i =>
        {
            Philox random = new Philox(1, stream).Fork((ulong)i);
            for (int k = 0; k < p; k++)
                values[(i * p) + k] = random.Uniform((ulong)k) - 0.5f;
        });
        return values;
    }
}
