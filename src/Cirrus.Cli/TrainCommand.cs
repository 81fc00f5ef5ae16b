using System.CommandLine;
using Cirrus.Methods;

namespace Cirrus.Cli;

/// <summary><c>cirrus train METHOD</c>: one subcommand a method, and one for the tagger.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Command command = new("train", "Train a method's network, or the tagger.");
        foreach (Method method in Method.All.Where(m => m.Training is not null))
            command.Add(TrainMethodCommand.Create(method));
        command.Add(TrainTaggerCommand.Create());
        return command.WithExamples("train lincir --model playground -o runs/small",
            "train lincir --captions captions.tsv.gz --model vit-l-14 -o runs/l14",
            "train lincir --print-options");
    }
}
