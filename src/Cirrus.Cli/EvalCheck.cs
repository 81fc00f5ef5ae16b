using System.Globalization;
using Cirrus.Evaluation.Benchmarks;

namespace Cirrus.Cli;

/// <summary><c>cirrus eval NAME --check</c>: what a download has and lacks, without a model.</summary>
internal static class EvalCheck
{
    private const int Shown = 20;

    /// <param name="json">a file to write to, - for the output instead of the table, or null.</param>
    public static int Run(BenchmarkData data, string? json, bool quiet, TextWriter output, TextWriter error, CancellationToken stop)
    {
        Progress progress = new(error);
        BenchmarkCheck check = BenchmarkCheck.Run(data, quiet ? null : (done, total) => progress.Report(done, total, "pictures"), stop);
        progress.End();
        if (json is "-")
            output.Write(check.ToJson());
        else
            WriteText(check, output);
        if (json is not null and not "-")
            check.SaveJson(json);
        return check.AllIsWell ? ExitCode.Done : ExitCode.UserError;
    }

    private static void WriteText(BenchmarkCheck check, TextWriter output)
    {
        output.WriteLine(check.Data.Protocol);
        foreach (BenchmarkCount count in check.Data.Counts)
            Line(count.What, count.Found, count.Published is not long published ? ""
                : count.Differs ? Text($"WRONG: the official download has {published:N0}")
                : "as published");
        Line("picture files", check.Files, "");
        Line("missing pictures", check.Missing.Count, "");
        Line("undecodable pictures", check.Undecodable.Count, "");
        List("missing", [.. check.Missing.Select(p => $"{p.Name} (sought at {(p.Places is [string place, ..] ? place : "no place")})")]);
        List("undecodable", [.. check.Undecodable.Select(p => $"{p.Name}: {p.Reason}")]);
        output.WriteLine(check.AllIsWell ? "all is well" : "this download is not complete");

        void Line(string what, long count, string note) => output.WriteLine(Text($"  {what,-24}{count,11:N0}  {note}").TrimEnd());

        void List(string what, string[] lines)
        {
            if (lines.Length == 0)
                return;
            output.WriteLine($"{what}:");
            foreach (string line in lines.Take(Shown))
                output.WriteLine($"  {line}");
            if (lines.Length > Shown)
                output.WriteLine(Text($"  and {lines.Length - Shown:N0} more; --json FILE lists all"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
