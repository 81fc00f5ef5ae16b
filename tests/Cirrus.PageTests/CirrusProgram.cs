using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Cirrus.PageTests;

/// <summary>The program as people run it: verbs that end, and servers.</summary>
internal static partial class CirrusProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"cirrus {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }

    /// <summary>Serves on a free port.</summary>
    /// <returns>the process, and where it listens, with a slash at the end.</returns>
    public static async Task<(Process Process, string Address)> ServeAsync(params string[] arguments)
    {
        Process server = Start(["serve", .. arguments, "--port", "0"]);
        TaskCompletionSource<string> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> said = [];
        void Heard(string? line)
        {
            if (line is null)
                return;
            lock (said)
                said.Add(line);
            if (HttpAddress().Match(line) is { Success: true } match)
                address.TrySetResult(match.Value.TrimEnd('/') + "/");
        }
        server.OutputDataReceived += (_, e) => Heard(e.Data);
        server.ErrorDataReceived += (_, e) => Heard(e.Data);
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        if (await Task.WhenAny(address.Task, server.WaitForExitAsync(), Task.Delay(Patience)) == address.Task)
            return (server, await address.Task);
        await StopAsync(server);
        throw new InvalidOperationException($"The server did not start:\n{string.Join('\n', said)}");
    }

    public static async Task StopAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static Process Start(params string[] arguments)
    {
        string program = Path.Combine(Site.Repository, "src", "Cirrus.Cli", "bin", "Release", "net10.0", "Cirrus.Cli.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"http://[^\s/]+")]
    private static partial Regex HttpAddress();
}
