using System.CommandLine;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Submissions;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval cirr --split test1 ... --submission DIR</c>: files for the authors' server, one set a method.</summary>
internal static class EvalSubmission
{
    private static readonly Option<string?> Folder = new("--submission")
    {
        Description = "write files for the authors' test server into this folder, one set a method (CIRR test1, CIRCO test and val)",
    };

    public static IReadOnlyList<Option> Options { get; } = [Folder];

    /// <summary>Stops before hours of embedding where there is no server.</summary>
    public static void Check(BenchmarkData data, ParseResult args)
    {
        if (args.GetValue(Folder) is not null)
            SubmissionFiles.Formats(data.Source.Name, data.Benchmark.Split);
    }

    public static void Write(EvaluatedBenchmark evaluated, ParseResult args)
    {
        if (args.GetValue(Folder) is not string folder)
            return;
        foreach (string path in SubmissionFiles.Write(folder, evaluated.Data, evaluated.Outcomes))
            args.InvocationConfiguration.Error.WriteLine($"submission (checked): {path}");
        if (evaluated.Outcomes.Any(o => o.Method == BenchmarkEvaluation.Synthetic))
            args.InvocationConfiguration.Error.WriteLine("these are of a rehearsal: nothing to send");
        else
            args.InvocationConfiguration.Error.WriteLine(
                $"send to: {SubmissionFiles.Formats(evaluated.Data.Source.Name, evaluated.Data.Benchmark.Split)[0].Server}");
    }
}
