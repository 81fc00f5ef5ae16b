using System.CommandLine;

namespace Cirrus.Cli;

/// <summary><c>cirrus train METHOD</c>: one subcommand a method, and one for the tagger.</summary>
internal static class TrainCommand
{
    public static Command Create() => new Command("train", "Train a method's network, or the tagger.") { TrainLinCirCommand.Create(), TrainTaggerCommand.Create() }
        .WithExamples("train lincir --captions captions.tsv.gz --model clip-vit-l-14 -o runs/l14", "train lincir --print-options");
}
