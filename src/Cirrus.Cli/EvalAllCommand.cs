using System.CommandLine;
using Cirrus.Clip;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval all --data DIR</c>: every benchmark of the field that is on disk.</summary>
internal static class EvalAllCommand
{
    public static Command Create()
    {
        Command command = new("all",
            "Evaluate on every benchmark that is below a folder; one that fails does not stop the others, but makes the exit code 1.");
        foreach (Option option in EvalBenchmarkCommand.Shared)
            command.Add(option);
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples(
            "eval all --data DIR -m vit-l-14 -w lincir=runs/a --report report.html --json results.json",
            "eval all --data DIR --synthetic-features 1");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        string? json = EvalBenchmarkCommand.JsonPlace(args);
        using Device device = EvalBenchmarkCommand.OpenDevice(args);
        using ClipModel? clip = EvalBenchmarkCommand.IsRehearsal(args) ? null : EvalBenchmarkCommand.OpenModel(args, device);
        BenchmarkSuite suite = BenchmarkSuite.Run(BenchmarkSource.All, EvalBenchmarkCommand.Request(args),
            data => EvalBenchmarkCommand.Evaluate(data, clip, device, args, stop), done =>
        {
            if (json is not "-")
                done.WriteText(output);
        });
        if (json is "-")
            output.Write(suite.ToJson());
        else
            suite.WriteSummary(output);
        if (json is not (null or "-"))
            suite.SaveJson(json);
        EvalReport.Write(suite.Report, args);
        foreach ((string name, string why) in suite.Failed)
            error.WriteLine($"error: {name}: {why}");
        return suite.Failed.Count > 0 ? ExitCode.UserError : ExitCode.Done;
    }
}
