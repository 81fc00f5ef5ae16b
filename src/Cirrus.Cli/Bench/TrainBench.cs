using System.CommandLine;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench train</c>: captions a second of LinCIR's training, targets computed and targets kept, beside a peer.</summary>
internal static class TrainBench
{
    private static readonly Option<string[]> Captions = new("--captions", "-c")
    {
        Description = "files of captions; batches are drawn from all of them",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Vocabulary = new("--vocabulary") { Description = "bpe_simple_vocab_16e6.txt.gz", Required = true };

    private static readonly Option<string> Size = new("--size")
    {
        Description = "which CLIP's text tower, with random weights",
        DefaultValueFactory = _ => "ViT-B/32",
    };

    private static readonly Option<int> Batch = new Option<int>("--batch") { Description = "captions a step", DefaultValueFactory = _ => 512 }.From(1);

    private static readonly Option<int> Steps = new Option<int>("--steps") { Description = "steps timed of each kind; the median counts", DefaultValueFactory = _ => 3 }.From(1);

    private static readonly Option<string[]> Set = new("--set") { Description = "any option of train lincir, as name=value" };

    private static readonly Option<string> OnDevice = DeviceOption.Create(), Precision = DeviceOption.Precision();

    private static readonly Option<string[]> Peers = new("--peer")
    {
        Description = "a command to run before and after, which prints 'N captions/s'; may be repeated",
    };

    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("train", "Captions a second of LinCIR's training.")
        {
            Captions, Vocabulary, Size, Batch, Steps, Set, OnDevice, Precision, Peers, Json,
        };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("bench train --captions captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz",
            "bench train -c captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz --size ViT-L/14 --peer \"python3 peer.py L 32 2 3\"");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        (CaptionCorpus all, _) = CaptionFiles.Read(args.GetValue(Captions)!);
        int batch = args.GetValue(Batch), steps = args.GetValue(Steps);
        if (all.Count < batch)
            throw new CirrusException($"{all.Count} captions do not fill a batch of {batch}.",
                hint: "give more captions, or a smaller batch: --batch 64");
        LinCirOptions options = OptionText.Apply(new LinCirOptions(), args.GetValue(Set) ?? [], LinCirJson.Default.LinCirOptions)
            with
        { Batch = batch, Steps = 1 + (2 * steps) };
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        BpeTokenizer tokenizer = BpeTokenizer.Load(args.GetValue(Vocabulary)!);
        using ClipModel clip = ClipModel.Random(ClipSizes.TextOnly(ClipSizes.Find(args.GetValue(Size)!)), tokenizer, device,
            seed: 1, DeviceOption.TypeOf(args.GetValue(Precision)!));
        List<(string Command, List<double> Rates)> peers = [.. (args.GetValue(Peers) ?? []).Select(p => (p, new List<double>()))];
        foreach ((string command, List<double> rates) in peers)
            rates.Add(Peer.Rate(Peer.Output(command), "", "captions/s"));
        List<TrainingStep> first = [], again = [];
        string[] sample = Sample(all, batch * steps, options.Seed);
        using (LinCirTrainer trainer = new(clip, sample, options))
            while (trainer.Step < options.Steps && !stop.IsCancellationRequested)
            {
                TrainingStep done = trainer.Next();
                error.WriteLine(Line($"step {done.Step}", done));
                if (trainer.Step == 1 && steps > 0)
                    continue;
                (trainer.Step <= steps ? first : again).Add(done);
            }
        foreach ((string command, List<double> rates) in peers)
            rates.Add(Peer.Rate(Peer.Output(command), "", "captions/s"));
        List<BenchRow> rows = [];
        string size =
            $"{args.GetValue(Size)} batch {batch} of {all.Count} captions{(device.IsHost ? "" : $", {args.GetValue(Precision)} on {device.Name}")}";
        foreach ((string what, List<TrainingStep> done) in new[] { ("targets computed", first), ("targets kept", again) })
        {
            if (done.Count == 0)
                continue;
            double rate = BenchReport.Median(done.Select(s => s.Samples / s.Seconds));
            rows.Add(new($"cirrus, {what}", size, Device.CpuThreads, rate, "captions/s"));
            foreach ((string command, List<double> rates) in peers)
                rows.Add(new($"cirrus, {what} / '{command}'", size, Device.CpuThreads, rate / rates.Max(), "times"));
        }
        foreach ((string command, List<double> rates) in peers)
            rows.Add(new(command, size, Device.CpuThreads, rates.Max(), "captions/s"));
        new BenchReport(rows).Write(output, args.GetValue(Json));
        return stop.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    /// <summary>Captions spread over the whole corpus, so that their lengths are its lengths.</summary>
    private static string[] Sample(CaptionCorpus all, int count, ulong seed)
    {
        EpochOrder order = new(all.Count, Math.Min(count, all.Count), new(seed, 99));
        return [.. order.Of(0).ToArray().Select(i => all[i])];
    }

    private static string Line(string name, TrainingStep step) => string.Create(CultureInfo.InvariantCulture,
        $"{name}: {step.Samples / step.Seconds:F1} captions/s, {step.Tokens / (double)step.Samples:F1} tokens a caption, loss {step.Loss:G4}");
}
