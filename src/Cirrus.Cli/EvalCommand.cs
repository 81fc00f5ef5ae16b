using System.CommandLine;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval playground</c>: one evaluator for every benchmark.</summary>
internal static class EvalCommand
{
    public static Command Create() => new Command("eval", "Evaluate methods on a benchmark: table, JSON, HTML report.")
    {
        EvalPlaygroundCommand.Create(),
    }.WithExamples("eval playground --report report.html", "eval playground --method lincir sum --weights runs/a/phi.safetensors");
}
