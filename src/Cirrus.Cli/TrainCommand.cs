using System.CommandLine;

namespace Cirrus.Cli;

/// <summary><c>cirrus train METHOD</c>: one subcommand a method.</summary>
internal static class TrainCommand
{
    public static Command Create() => new Command("train", "Train a method's network.") { TrainLinCirCommand.Create() }
        .WithExamples("train lincir --captions captions.tsv.gz --model clip-vit-l-14 -o runs/l14", "train lincir --print-options");
}
