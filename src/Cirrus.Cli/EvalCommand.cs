using System.CommandLine;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval playground</c>: one evaluator for every benchmark.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        Command command = new("eval", "Evaluate methods on a benchmark: table, JSON, HTML report.") { EvalPlaygroundCommand.Create() };
        foreach (BenchmarkSource source in BenchmarkSource.All)
            command.Add(EvalBenchmarkCommand.Create(source));
        command.Add(EvalAllCommand.Create());
        return EvalValidate.AddTo(command).WithExamples("eval playground --report report.html",
            "eval playground --method lincir sum --weights runs/a/phi.safetensors",
            "eval cirr --data DIR --synthetic-features 1", "eval --validate submission.json --data DIR");
    }
}
