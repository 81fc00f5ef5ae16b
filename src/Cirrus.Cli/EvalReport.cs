using System.CommandLine;
using Cirrus.Evaluation.Reports;

namespace Cirrus.Cli;

/// <summary>--report FILE of evaluations on benchmarks of the field.</summary>
internal static class EvalReport
{
    private static readonly Option<string?> Html = new("--report") { Description = "write a self-contained HTML report to this file" };

    public static IReadOnlyList<Option> Options { get; } = [Html];

    /// <param name="create">called when a report is asked for.</param>
    public static void Write(Func<Report> create, ParseResult args)
    {
        if (args.GetValue(Html) is not string file)
            return;
        create().Save(file);
        args.InvocationConfiguration.Error.WriteLine($"report: {file}");
    }
}
