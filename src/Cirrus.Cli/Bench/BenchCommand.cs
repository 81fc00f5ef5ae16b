using System.CommandLine;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench WHAT</c>: how fast this machine does it.</summary>
internal static class BenchCommand
{
    public static Command Create() => new Command("bench", "Measure speed on this machine.") { TrainBench.Create() }
        .WithExamples("bench train --captions captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz");
}
