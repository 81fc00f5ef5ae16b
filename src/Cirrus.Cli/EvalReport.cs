using System.CommandLine;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Cli;

/// <summary>--report FILE of evaluations on benchmarks of the field.</summary>
internal static class EvalReport
{
    private static readonly Option<string?> Html = new("--report") { Description = "write a self-contained HTML report to this file" };

    public static IReadOnlyList<Option> Options { get; } = [Html];

    public static void Write(EvaluatedBenchmark evaluated, ParseResult args) => Write(() => BenchmarkReport.Create(evaluated), args);

    /// <param name="said">lines on benchmarks that were not evaluated.</param>
    public static void Write(IReadOnlyList<EvaluatedBenchmark> evaluated, IReadOnlyList<string> said, ParseResult args) => Write(() => BenchmarkReport.Create(evaluated, said), args);

    private static void Write(Func<Report> create, ParseResult args)
    {
        if (args.GetValue(Html) is not string file)
            return;
        create().Save(file);
        args.InvocationConfiguration.Error.WriteLine($"report: {file}");
    }
}
