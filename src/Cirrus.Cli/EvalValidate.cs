using System.CommandLine;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Submissions;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval --validate FILE [--data DIR]</c>: checks a submission before a server does.</summary>
internal static class EvalValidate
{
    private static readonly Option<string?> Validate = new("--validate")
    {
        Description = "check a file for CIRR's or CIRCO's test server; which one, its content tells. With --data also every id",
    };

    private static readonly Option<string?> Data = new("--data") { Description = "with --validate: the folder of the benchmark's download" };

    /// <summary>Makes <c>eval</c> itself check files.</summary>
    public static Command AddTo(Command eval)
    {
        eval.Add(Validate);
        eval.Add(Data);
        eval.SetAction(args =>
        {
            if (args.GetValue(Validate) is not string path)
            {
                args.InvocationConfiguration.Error
                    .WriteLine(CommandName.In("error: A benchmark is wanted, or --validate FILE.\nhint: cirrus eval --help"));
                return ExitCode.Usage;
            }
            string? data = args.GetValue(Data);
            SubmissionCheck check = SubmissionFiles.Check(path, SubmissionFormat.All, data is null ? null : f =>
                BenchmarkSource.Find(f.Benchmark).Open(new(data, f.Split, NeedsPictures: false)));
            check.WriteText(args.InvocationConfiguration.Output);
            return check.Valid ? ExitCode.Done : ExitCode.UserError;
        });
        return eval;
    }
}
