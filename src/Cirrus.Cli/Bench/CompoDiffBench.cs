using System.CommandLine;
using System.Diagnostics;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>
/// <c>cirrus bench compodiff</c>: seconds that ten steps take at published size, one query and many, against operations
/// over the cores' peak.
/// </summary>
/// <remarks>
/// Weights are random. The words' states are taken as given, since any CLIP may make them. Operations are those of
/// products that are really computed.
/// </remarks>
internal static class CompoDiffBench
{
    private const int T = 77;

    private static readonly Option<int[]> Batches = new Option<int[]>("--batch")
    {
        Description = "queries at a time; may be repeated",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 16],
    }.From(1);

    private static readonly Option<int> Steps = new Option<int>("--steps") { Description = "steps; the network is evaluated once less", DefaultValueFactory = _ => 10 }.From(2, 1000);

    private static readonly Option<int> Samples = new Option<int>("--samples") { Description = "samples of a query", DefaultValueFactory = _ => 2 }.From(1, 64);

    private static readonly Option<int[]> Threads = BenchCommand.Threads();

    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often each is timed; the median counts", DefaultValueFactory = _ => 3 }.From(1);

    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("compodiff", "Seconds that CompoDiff takes to sample, at its published size.")
        {
            Batches, Steps, Samples, Threads, Runs, Json,
        };
        command.SetAction(Run);
        return command.WithExamples("bench compodiff", "bench compodiff --batch 1 8 64 --steps 25");
    }

    private static int Run(ParseResult args)
    {
        SamplingOptions options = new SamplingOptions { Steps = args.GetValue(Steps), Samples = args.GetValue(Samples) }.Check();
        using Device device = Device.Open("cpu");
        using Denoiser network = Denoiser.Random(DenoiserSizes.Published, device, new Philox(1, 0));
        DdimSampler sampler = new(network);
        double peak = Enumerable.Range(0, 50).Max(_ => Device.MeasureCpuPeak());
        List<BenchRow> rows = [];
        foreach (int threads in args.GetValue(Threads)!)
        {
            Device.CpuThreads = threads;
            foreach (int batch in args.GetValue(Batches)!)
            {
                SamplingQueries queries = Queries(batch);
                List<double> seconds = [];
                for (int run = 0; run <= Math.Max(1, args.GetValue(Runs)); run++)
                {
                    long began = Stopwatch.GetTimestamp();
                    sampler.Sample(queries, options);
                    if (run > 0)                                         // the first warms up
                        seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                }
                double queriesASecond = batch / BenchReport.Median(seconds),
                    floor = batch * 1e9 * threads * peak / Operations(DenoiserSizes.Published, batch, options);
                rows.Add(new("cirrus", $"{batch} of {options.Steps} steps", threads, queriesASecond, "queries/s", floor));
                rows.Add(new("a query", $"{batch} of {options.Steps} steps", threads, 1 / queriesASecond, "seconds"));
            }
        }
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return ExitCode.Done;
    }

    /// <summary>Each with words and a picture of its own, pushed away from one text.</summary>
    private static SamplingQueries Queries(int batch)
    {
        DenoiserSizes sizes = DenoiserSizes.Published;
        float[] Normal(int stream, int n) => [.. Enumerable.Range(0, n).Select(i => new Philox(2, (ulong)stream).Normal((ulong)i))];
        return new([.. Enumerable.Range(0, batch + 1).Select(i => Normal(i, T * sizes.TextWidth))], [.. Enumerable.Range(1, batch)], new int[batch],
            [.. Enumerable.Range(0, batch).Select(i => Normal(1000 + i, sizes.D))], new float[]?[batch]);
    }

    /// <summary>A multiply-add is two. Conditions once, times once, the network in every evaluation on three copies of every sample.</summary>
    private static double Operations(DenoiserSizes s, int batch, SamplingOptions options)
    {
        double d = s.D, self = (double)s.Heads * s.HeadSize, cross = DenoiserSizes.CrossHeads * (double)s.HeadSize, mlp = (4 * d * d) + (2 * d * d);
        double texts = (batch + 1) * T, rows = texts + batch + 2;
        double once = (texts * s.TextWidth * d) + (2 * d * s.MaskSide * s.MaskSide) + mlp + (rows * s.Depth * 2 * cross * d)
            + ((options.Steps - 1) * ((2 * d * d) + mlp));
        double samples = 3.0 * batch * options.Samples!.Value, tokens = 2 * samples;
        double block = tokens * ((2 * d * self) + (2 * d * s.HeadSize) + (2 * d * cross) + (12 * d * d) + (2 * 3 * self) + (2 * (T + 3) * cross));
        return 2 * (once + ((options.Steps - 1) * ((s.Depth * block) + (samples * d * d))));
    }
}
