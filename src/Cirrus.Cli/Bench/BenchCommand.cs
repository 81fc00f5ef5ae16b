using System.CommandLine;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench WHAT</c>: how fast this machine does it.</summary>
internal static class BenchCommand
{
    public static Command Create() => new Command("bench", "Measure speed on this machine.")
    {
        GemmBench.Create(), ImageTowerBench.Create(), TrainBench.Create(), OtiBench.Create(), RankBench.Create(),
        SearchBench.Create(), ServeBench.Create(), CompoDiffBench.Create(),
    }
        .WithExamples("bench gemm", "bench image-tower --threads 1 2",
            "bench train --captions captions.tsv.gz --vocabulary bpe_simple_vocab_16e6.txt.gz");

    public static Option<int[]> Threads() => new Option<int[]>("--threads")
    {
        Description = "numbers of threads to measure with; default: one, and one a core",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => Environment.ProcessorCount > 1 ? [1, Environment.ProcessorCount] : [1],
    }.From(1, 1024);
}
