using System.CommandLine;
using System.Diagnostics;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench gemm</c>: matrix products in f32 beside OpenBLAS and the machine's peak.</summary>
internal static class GemmBench
{
    private static readonly (int M, int K, int N)[] Usual = [(1280, 768, 2304), (400, 768, 3072), (400, 3072, 768),
        (8000, 512, 512), (2000, 128, 384), (16, 512, 2048)];

    private static readonly Option<int[]> Threads = BenchCommand.Threads();

    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often each is timed; the median counts", DefaultValueFactory = _ => 7 }.From(1);

    private static readonly Option<string[]> Sizes = new("--size")
    {
        Description = "rows x inner x columns, as 1280x768x2304; may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("gemm", "Matrix products x·wᵀ in f32, beside OpenBLAS where it is installed.") { Threads, Runs, Sizes, Json };
        command.SetAction(Run);
        return command.WithExamples("bench gemm", "bench gemm --size 1280x768x2304 --threads 1 --runs 31 --json");
    }

    private static int Run(ParseResult args)
    {
        TextWriter error = args.InvocationConfiguration.Error;
        OpenBlas? peer = OpenBlas.Find();
        error.WriteLine(peer is null
            ? "OpenBLAS is not here, so there are no rows of it: apt-get install libopenblas0-pthread"
            : $"peer: {peer.Version}");
        (int M, int K, int N)[] sizes = args.GetValue(Sizes) is { Length: > 0 } asked ? [.. asked.Select(Parse)] : Usual;
        List<BenchRow> rows = [];
        using Device device = Device.Open("cpu");
        foreach ((int m, int k, int n) in sizes)
            foreach (int threads in args.GetValue(Threads)!)
                Measure(rows, device, peer, m, k, n, threads, Math.Max(1, args.GetValue(Runs)));
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return ExitCode.Done;
    }

    private static void Measure(List<BenchRow> rows, Device device, OpenBlas? peer, int m, int k, int n, int threads, int runs)
    {
        using Arena weights = new(device), arena = new(device);
        Graph g = new(arena);
        float[] a = Values((long)m * k, 1), b = Values((long)n * k, 2), c = new float[(long)m * n];
        Tensor x = weights.New(m, k), w = weights.New(n, k);
        device.Upload(x, a);
        device.Upload(w, b);
        double giga = 2e-9 * m * k * n;
        int repeats = (int)Math.Max(1, 20 / giga);
        List<double> ours = [], theirs = [], peaks = [];
        Device.CpuThreads = threads;
        if (peer is not null)
            peer.Threads = threads;
        for (int run = -2; run < runs; run++)                       // two to warm up
        {
            double ourTime = Time(repeats, threads, () =>
            {
                g.Reset();
                g.Linear(x, w);
            });
            double theirTime = peer is null ? 0 : Time(repeats, threads, () => peer.Multiply(c, a, b, m, n, k));
            if (threads > 1 && peer is not null)
                Thread.Sleep(300);                                  // its threads spin for a while after their work
            double peak = Device.MeasureCpuPeak();
            if (run < 0)
                continue;
            ours.Add(giga / ourTime);
            theirs.Add(giga / theirTime);
            peaks.Add(peak);
        }
        string size = $"[{m}x{k}]·[{k}x{n}]";
        double floor = threads * peaks.Max();
        rows.Add(new("cirrus", size, threads, BenchReport.Median(ours), "GFLOP/s", floor));
        if (peer is not null)
        {
            rows.Add(new("openblas", size, threads, BenchReport.Median(theirs), "GFLOP/s", floor));
            rows.Add(new("cirrus / openblas", size, threads, BenchReport.Median(ours) / BenchReport.Median(theirs), "times"));
        }
        if (threads > 1 && rows.FirstOrDefault(r => r is { Name: "cirrus", Threads: 1 } && r.Size == size) is BenchRow one)
            rows.Add(new("cirrus / one thread", size, threads, BenchReport.Median(ours) / one.Value, "times"));
    }

    /// <remarks>For a while before that it runs untimed: threads that slept may share one core until the system spreads them.</remarks>
    private static double Time(int repeats, int threads, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        do
            action();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < (threads > 1 ? 500 : 50));
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private static float[] Values(long count, ulong stream)
    {
        Philox random = new(1, stream);
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
            values[i] = random.Uniform((ulong)i) - 0.5f;
        return values;
    }

    private static (int M, int K, int N) Parse(string text)
    {
        string[] parts = text.Split('x');
        return parts.Length == 3 && int.TryParse(parts[0], out int m) && int.TryParse(parts[1], out int k) && int.TryParse(parts[2], out int n)
            && m > 0 && k > 0 && n > 0 && (long)m * k < 1 << 30 && (long)k * n < 1 << 30 && (long)m * n < 1 << 30
            ? (m, k, n)
            : throw new CirrusException($"'{text}' is not a size.",
                hint: "write rows x inner x columns, as 1280x768x2304, each matrix below 2^30 values");
    }
}
