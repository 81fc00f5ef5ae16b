using System.Diagnostics;
using Cirrus.Cli;

namespace Cirrus.Tests.Cli;

/// <summary>What stands between a verb and the person who typed it.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_place_that_cannot_be_written_is_no_bug_of_the_program()
    {
        using TempFolder folder = new();
        string file = folder.At("file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli.dll"), "playground", "draw", "--out", Path.Combine(file, "world"), "--queries", "1"])
        {
            RedirectStandardError = true,
        })!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.UserError, process.ExitCode);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains("\nhint: check that the place is there", error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12 of 40", 80, "12 of 40")]
    [InlineData("12 of 40", 9, "12 of 40")]
    [InlineData("12 of 40", 8, "12 of 4")]
    [InlineData("12 of 40", 0, "12 of 40")]                  // no width is known
    public void A_line_that_rewrites_itself_fits_the_terminal(string line, int width, string shown) => Assert.Equal(shown, StatusLine.Fit(line, width));
}
