using System.Diagnostics;

namespace Cirrus.Tests.Cuda;

/// <summary>The stand-ins themselves: what is right runs in every order of threads, what is wrong is found.</summary>
public sealed class EmulatedCudaTests
{
    [Fact]
    public async Task Checks_of_the_stand_ins_pass()
    {
        using Process check = Process.Start(new ProcessStartInfo(Path.Combine(EmulatedCuda.Need(), "check")) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(check.ExitCode == 0, output + await errors);
        Assert.Matches(@"^\d+ checks passed\s*$", output);
    }
}
