using System.Text.Json;
using Cirrus.Cli;
using Cirrus.Tensors;
using Cirrus.Tensors.Conformance;

namespace Cirrus.Tests.Cli;

public sealed class SelftestCommandTests
{
    [Fact]
    public async Task The_whole_table_passes_and_is_counted()
    {
        StringWriter output = new();
        Assert.Equal(ExitCode.Done, await Verbs.Invoke(["selftest", "--device", "cpu"], output, TextWriter.Null));
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal($"{ConformanceTable.Cases.Count} passed, 0 failed", lines[^1].TrimEnd());
        Assert.Equal(ConformanceTable.Cases.Count + 2, lines.Length);
    }

    [Theory, InlineData(1e-3), InlineData(double.NaN)]
    public void A_case_beyond_its_allowance_fails_the_run(double error)
    {
        using Device device = Device.Open("cpu");
        ConformanceCase[] cases = [new("A.Good", "1x1", 1e-6, "8 roundings", _ => 1e-7), new("A.Bad", "2x2", 1e-6, "8 roundings", _ => error)];
        StringWriter table = new(), json = new();
        Assert.Equal(ExitCode.UserError, SelftestCommand.Run(device, cases, table, json: false, TestContext.Current.CancellationToken));
        Assert.Matches(@"A\.Good +1x1 +1\.0e-07 +1\.0e-06  ok\s", table.ToString());
        Assert.Contains("FAILED", table.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed", table.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.UserError, SelftestCommand.Run(device, cases, json, json: true, TestContext.Current.CancellationToken));
        using JsonDocument report = JsonDocument.Parse(json.ToString());
        Assert.Equal(1, report.RootElement.GetProperty("failed").GetInt32());
        Assert.False(report.RootElement.GetProperty("cases")[1].GetProperty("passed").GetBoolean());
    }
}
