using System.CommandLine;
using System.Diagnostics;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench image-tower</c>: pictures a second through CLIP's image tower with random weights.</summary>
internal static class ImageTowerBench
{
    private static readonly Option<string> Size = new("--size") { Description = "which CLIP's image tower", DefaultValueFactory = _ => "ViT-B/32" };

    private static readonly Option<int[]> Batches = new Option<int[]>("--batch")
    {
        Description = "pictures at a time; may be repeated",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [8],
    }.From(1);

    private static readonly Option<int[]> Threads = BenchCommand.Threads();

    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often each is timed; the median counts", DefaultValueFactory = _ => 9 }.From(1);

    private static readonly Option<string[]> Peers = new("--peer")
    {
        Description = "a command to run before and after, which prints 'batch=8: N images/s'; {threads} in it becomes the number of threads",
    };

    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("image-tower", "Pictures a second through CLIP's image tower (random weights).")
        {
            Size, Batches, Threads, Runs, Peers, Json,
        };
        command.SetAction(Run);
        return command.WithExamples("bench image-tower",
            "bench image-tower --size ViT-L/14 --batch 1 8 --peer \"node peer.cjs model.onnx {threads}\"");
    }

    private static int Run(ParseResult args)
    {
        ClipConfig config = ClipSizes.ImageOnly(ClipSizes.Find(args.GetValue(Size)!));
        using Device device = Device.Open("cpu");
        using ClipModel clip = ClipModel.Random(config, BpeTokenizer.FromMerges([]), device, seed: 1);
        List<BenchRow> rows = [];
        foreach (int threads in args.GetValue(Threads)!)
        {
            Device.CpuThreads = threads;
            List<(int Batch, double Rate, double Floor)> ours = [];
            string[] commands = [.. (args.GetValue(Peers) ?? []).Select(p => p.Replace("{threads}", $"{threads}", StringComparison.Ordinal))];
            string[] before = [.. commands.Select(Peer.Output)];
            foreach (int batch in args.GetValue(Batches)!)
                ours.Add(Measure(clip, batch, threads, Math.Max(1, args.GetValue(Runs))));
            string[] after = [.. commands.Select(Peer.Output)];
            foreach ((int batch, double rate, double floor) in ours)
            {
                string size = $"{args.GetValue(Size)} batch {batch}";
                rows.Add(new("cirrus", size, threads, rate, "images/s", floor));
                for (int i = 0; i < commands.Length; i++)
                {
                    double peer = Math.Max(Peer.Rate(before[i], $"batch={batch}:", "images/s"), Peer.Rate(after[i], $"batch={batch}:", "images/s"));
                    rows.Add(new(commands[i], size, threads, peer, "images/s", floor));
                    rows.Add(new($"cirrus / peer {i + 1}", size, threads, rate / peer, "times"));
                }
            }
        }
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return ExitCode.Done;
    }

    private static (int Batch, double Rate, double Floor) Measure(ClipModel clip, int batch, int threads, int runs)
    {
        VisionConfig v = clip.Config.Vision;
        using Arena arena = new(clip.Device), inputs = new(clip.Device);
        Graph g = new(arena);
        Tensor pixels = inputs.Zeros(batch, 3, v.ImageSize, v.ImageSize);
        Philox random = new(1, 1);
        float[] values = new float[pixels.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.Normal((ulong)i);
        clip.Device.Upload(pixels, values);
        List<double> rates = [], peaks = [];
        for (int run = -2; run < runs; run++)                       // two to warm up
        {
            g.Reset();
            long start = Stopwatch.GetTimestamp();
            clip.Vision.Forward(g, pixels);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            peaks.Add(Device.MeasureCpuPeak());
            if (run >= 0)
                rates.Add(batch / seconds);
        }
        return (batch, BenchReport.Median(rates), threads * peaks.Max() / Products(clip.Config));
    }

    /// <summary>Billions of operations in a picture's matrix products, the last block counted for the one row that is read.</summary>
    public static double Products(ClipConfig config)
    {
        VisionConfig v = config.Vision;
        double t = v.Patches + 1, w = v.Width, full = (8 * t * w * w) + (4 * t * w * v.Mlp) + (4 * t * t * w);
        double last = (4 * t * w * w) + (4 * w * w) + (4 * w * v.Mlp) + (4 * t * w);
        return 1e-9 * ((2.0 * v.Patches * 3 * v.Patch * v.Patch * w) + ((v.Layers - 1) * full) + last + (2 * w * config.P));
    }
}
