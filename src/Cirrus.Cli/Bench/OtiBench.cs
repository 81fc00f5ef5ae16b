using System.CommandLine;
using System.Diagnostics;
using System.Numerics.Tensors;
using Cirrus.Clip;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>
/// <c>cirrus bench oti</c>: pictures an hour that SEARLE-OTI inverts, one at a time and in batches, against what the
/// machine could do.
/// </summary>
/// <remarks>
/// Two floors: the tower's products, forward and back, at the peak of the cores; and its weights' way from memory, once forward and once
/// back a step, which is what a picture alone waits for. Only rows that are really computed count: no padding, no row before <c>$</c> twice.
/// </remarks>
internal static class OtiBench
{
    private static readonly Option<string> Model = new("--model", "-m")
    {
        Description = ModelPlace.Description,
        DefaultValueFactory = _ => ModelPlace.Shipped,
    };

    private static readonly Option<string?> Random = new("--random")
    {
        Description = "instead of a model: a text tower of this size (ViT-B/32, ...) with random weights",
    };

    private static readonly Option<string?> Vocabulary = new("--vocabulary") { Description = "with --random: bpe_simple_vocab_16e6.txt.gz" };

    private static readonly Option<int[]> Batches = new Option<int[]>("--batch")
    {
        Description = "pictures at a time; may be repeated",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 32],
    }.From(1);

    private static readonly Option<int[]> Threads = BenchCommand.Threads();

    private static readonly Option<int> Steps = new Option<int>("--steps") { Description = "steps timed; a picture takes 350", DefaultValueFactory = _ => 64 }.From(1);

    private static readonly Option<int> Runs = new Option<int>("--runs") { Description = "how often each is timed; the median counts", DefaultValueFactory = _ => 3 }.From(1);

    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("oti", "Pictures an hour that SEARLE-OTI inverts (350 steps each).")
        {
            Model, Random, Vocabulary, Batches, Threads, Steps, Runs, Json,
        };
        command.SetAction(Run);
        return command.WithExamples("bench oti", "bench oti --random ViT-B/32 --vocabulary bpe_simple_vocab_16e6.txt.gz --batch 1 8 32");
    }

    private static int Run(ParseResult args)
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = args.GetValue(Random) is string size
            ? ClipModel.Random(ClipSizes.TextOnly(ClipSizes.Find(size)), BpeTokenizer.Load(args.GetValue(Vocabulary)
                ?? throw new CirrusException("--random needs a vocabulary.",
                    hint: "name one: --vocabulary bpe_simple_vocab_16e6.txt.gz")), device, seed: 1)
            : ClipModel.Load(ModelPlace.Find(args.GetValue(Model), null), device);
        using ConceptTable concepts = ConceptTable.Open(clip, new([.. EverydayWords.ThingsOf(clip.Tokenizer).Take(32)], "a few everyday words"));
        double peak = Enumerable.Range(0, 50).Max(_ => Device.MeasureCpuPeak());
        List<BenchRow> rows = [];
        foreach (int threads in args.GetValue(Threads)!)
        {
            Device.CpuThreads = threads;
            foreach (int batch in args.GetValue(Batches)!)
            {
                (double seconds, double busy, double work) = Measure(clip, concepts, batch, args.GetValue(Steps), Math.Max(1, args.GetValue(Runs)));
                string of = $"{clip.Config.Name} batch {batch}";
                rows.Add(new("cirrus", of, threads, PicturesAnHour(batch, seconds), "pictures/h",
                    PicturesAnHour(batch, work / (1e9 * threads * peak))));
                rows.Add(new("memory's pace", of, threads, PicturesAnHour(batch, 2 * Bytes(clip) / Bandwidth(threads)), "pictures/h"));
                rows.Add(new("a picture", of, threads, 3600 / PicturesAnHour(batch, seconds), "seconds"));
                rows.Add(new("a picture, all cores added", of, threads, 3600 / PicturesAnHour(batch, busy), "CPU seconds"));
            }
        }
        new BenchReport(rows).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
        return ExitCode.Done;
    }

    private static double PicturesAnHour(int batch, double secondsAStep) => 3600 * batch / (secondsAStep * new OtiOptions().Steps);

    /// <summary>A step's seconds, seconds of processor time, and floating-point operations.</summary>
    private static (double Seconds, double Busy, double Work) Measure(ClipModel clip, ConceptTable concepts, int batch, int steps, int runs)
    {
        float[] pictures = [.. Enumerable.Range(0, batch * clip.Config.P).Select(i => new Philox(1, 1).Normal((ulong)i))];
        PhraseBook phrases = PhraseBook.Open(null, clip.Tokenizer);
        OtiOptions options = new() { Steps = steps, Batch = batch };
        List<double> seconds = [], busy = [];
        double work = 0;
        for (int run = 0; run <= runs; run++)
        {
            using TextualInversion inversion = new(clip, concepts, phrases, options);
            long began = Stopwatch.GetTimestamp();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            inversion.Invert(pictures);
            if (run == 0)                                        // it warms up
                continue;
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds / steps);
            busy.Add((Environment.CpuUsage.TotalTime - used).TotalSeconds / steps);
        }
        using TextualInversion counted = new(clip, concepts, phrases, options);
        counted.Invert(pictures, step =>
            work += Work(clip.Config.Text, step) + (step.Step == steps ? Forward(clip.Config.Text, step.References) : 0));
        return (BenchReport.Median(seconds), BenchReport.Median(busy), work / steps);
    }

    /// <summary>Rows that need a gradient go forward and back; of the last block all give keys and values, the end token's alone goes on.</summary>
    private static double Work(TextConfig text, InversionStep step)
    {
        double w = text.Width, mlp = text.Mlp, ends = 2 * step.Pictures;
        double back = ((text.Layers - 1) * Forward(text with { Layers = 1 }, step.Rows)) + (4 * w * w * step.Rows)
            + (((4 * w * w) + (4 * w * mlp)) * ends);
        return (2 * back) + ((text.Layers - 1) * Forward(text with { Layers = 1 }, step.Prefixes)) + (6 * w * w * step.Prefixes);
    }

    /// <summary>A multiply-add is two: q, k, v and output 4W², the perceptron 2·W·mlp, a row and block.</summary>
    private static double Forward(TextConfig text, double rows) =>
        2.0 * text.Layers * rows * ((4.0 * text.Width * text.Width) + (2.0 * text.Width * text.Mlp));

    private static double Bytes(ClipModel clip) => sizeof(float) * clip.Weights
        .Where(w => w.Key.StartsWith("transformer.", StringComparison.Ordinal)).Sum(w => (double)w.Value.Count);

    /// <summary>Bytes a second that the threads read from memory: the best of a few passes over more than any cache holds.</summary>
    private static double Bandwidth(int threads)
    {
        float[] values = new float[1 << 26];
        double best = 0, sink = 0;
        for (int pass = 0; pass < 4; pass++)
        {
            long began = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
            {
                int part = values.Length / threads;
                double sum = TensorPrimitives.Sum<float>(values.AsSpan(t * part, part));
                Interlocked.Exchange(ref sink, sum);
            });
            best = Math.Max(best, sizeof(float) * (double)values.Length / Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return best;
    }
}
