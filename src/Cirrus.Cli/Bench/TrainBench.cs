using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench train</c>: captions a second of LinCIR's training, targets computed and targets kept, beside a peer.</summary>
internal static partial class TrainBench
{
    private static readonly Option<string[]> Captions = new("--captions", "-c")
    {
        Description = "files of captions; batches are drawn from all of them",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Vocabulary = new("--vocabulary") { Description = "bpe_simple_vocab_16e6.txt.gz", Required = true };

    private static readonly Option<string> Size = new("--size") { Description = "which CLIP's text tower, with random weights", DefaultValueFactory = _ => "ViT-B/32" };

    private static readonly Option<int> Batch = new("--batch") { Description = "captions a step", DefaultValueFactory = _ => 512 };

    private static readonly Option<int> Steps = new("--steps") { Description = "steps timed of each kind; the median counts", DefaultValueFactory = _ => 3 };

    private static readonly Option<string[]> Set = new("--set") { Description = "any option of train lincir, as name=value" };

    private static readonly Option<string[]> Peer = new("--peer") { Description = "a command to run before and after, which prints 'N captions/s'; may be repeated" };

    public static Command Create()
    {
        Command command = new("train", "Captions a second of LinCIR's training.") { Captions, Vocabulary, Size, Batch, Steps, Set, Peer };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("bench train --captions captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz",
            "bench train -c captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz --size ViT-L/14 --peer \"python3 peer.py L 32 2 3\"");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        (CaptionCorpus all, _) = CaptionFiles.Read(args.GetValue(Captions)!);
        int batch = args.GetValue(Batch), steps = args.GetValue(Steps);
        LinCirOptions options = OptionText.Apply(new LinCirOptions(), args.GetValue(Set) ?? [], LinCirJson.Default.LinCirOptions)
            with
        { Batch = batch, Steps = 1 + (2 * steps) };
        using Device device = Device.Open();
        BpeTokenizer tokenizer = BpeTokenizer.Load(args.GetValue(Vocabulary)!);
        using ClipModel clip = ClipModel.Random(ClipSizes.TextOnly(ClipSizes.Find(args.GetValue(Size)!)), tokenizer, device, seed: 1);
        List<(string Command, List<double> Rates)> peers = [.. (args.GetValue(Peer) ?? []).Select(p => (p, new List<double>()))];
        foreach ((string command, List<double> rates) in peers)
            rates.Add(RunPeer(command));
        List<LinCirStep> first = [], again = [];
        string[] sample = Sample(all, batch * steps, options.Seed);
        using (LinCirTrainer trainer = new(clip, sample, options))
            while (trainer.Step < options.Steps && !stop.IsCancellationRequested)
            {
                LinCirStep done = trainer.Next();
                error.WriteLine(Line($"step {done.Step}", done));
                if (trainer.Step == 1 && steps > 0)
                    continue;
                (trainer.Step <= steps ? first : again).Add(done);
            }
        foreach ((string command, List<double> rates) in peers)
            rates.Add(RunPeer(command));
        double cold = Median(first), warm = Median(again);
        Report(output, $"{args.GetValue(Size)}, batch {batch}, {all.Count:N0} captions, targets computed", cold, peers);
        Report(output, $"{args.GetValue(Size)}, batch {batch}, {all.Count:N0} captions, targets kept", warm, peers);
        return stop.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    /// <summary>Captions spread over the whole corpus, so that their lengths are its lengths.</summary>
    private static string[] Sample(CaptionCorpus all, int count, ulong seed)
    {
        EpochOrder order = new(all.Count, Math.Min(count, all.Count), new(seed, 99));
        return [.. order.Of(0).ToArray().Select(i => all[i])];
    }

    private static void Report(TextWriter output, string what, double rate, List<(string Command, List<double> Rates)> peers)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        output.WriteLine(string.Create(c, $"{what}: {rate:F1} captions/s"));
        foreach ((string command, List<double> rates) in peers)
            output.WriteLine(string.Create(c, $"  {rate / rates.Max():F1} times '{command}' ({rates[0]:F2} before, {rates[^1]:F2} after; the better counts)"));
    }

    private static string Line(string name, LinCirStep step) => string.Create(CultureInfo.InvariantCulture,
        $"{name}: {step.Captions / step.Seconds:F1} captions/s, {step.Tokens / (double)step.Captions:F1} tokens a caption, loss {step.Loss:G4}");

    private static double Median(List<LinCirStep> steps)
    {
        double[] rates = [.. steps.Select(s => s.Captions / s.Seconds).Order()];
        return rates.Length == 0 ? double.NaN : rates[rates.Length / 2];
    }

    private static double RunPeer(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using Process process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })
            ?? throw new CirrusException($"'{command}' did not start.", hint: "check the command after --peer");
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Match rate = Rate().Match(text);
        return rate.Success ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new CirrusException($"'{command}' printed no 'N captions/s'.", hint: "check the command after --peer");
    }

    [GeneratedRegex(@"([0-9.]+) captions/s")]
    private static partial Regex Rate();
}
