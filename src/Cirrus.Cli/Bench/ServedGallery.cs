using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>A server in a process of its own, on a port that was free, and its memory.</summary>
internal sealed partial class ServedGallery : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    private ServedGallery(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts <c>cirrus serve</c> and waits until it answers.</summary>
    /// <param name="program">null: this program.</param>
    public static async Task<ServedGallery> Start(string? program, string gallery, CancellationToken stop)
    {
        ProcessStartInfo start = new(program ?? ThisProgram(), ["serve", gallery, "--model", PlaygroundClip.Folder, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)
            ?? throw new CirrusException($"'{start.FileName}' does not start.", hint: "name the program: --server FILE");
        TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> said = [];
        void Hear(string? line)
        {
            if (line is null)
                return;
            lock (said)
                if (said.Count < 20)
                    said.Add(line);
            if (AddressPattern().Match(line) is { Success: true } found)
                address.TrySetResult(new(found.Value));
        }
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await Task.WhenAny(address.Task, process.WaitForExitAsync(stop)).WaitAsync(Longest, stop);
            if (!address.Task.IsCompletedSuccessfully)
                throw new CirrusException($"The server ended with {process.ExitCode}: {string.Join(" / ", said)}",
                    hint: $"try it: cirrus serve {gallery}");
            ServedGallery server = new(process, await address.Task);
            await server.Ready(stop);
            return server;
        }
        catch (Exception e) when (e is CirrusException or OperationCanceledException or TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            if (e is TimeoutException)
                throw new CirrusException("The server did not say its address.", hint: $"try it: cirrus serve {gallery}", e);
            throw;
        }
    }

    /// <summary>Resident memory in MB; 0 where the system does not say.</summary>
    public double Memory()
    {
        _process.Refresh();
        return _process.HasExited ? 0 : _process.WorkingSet64 / 1e6;
    }

    public bool HasEnded => _process.HasExited;

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task Ready(CancellationToken stop)
    {
        using HttpClient client = new() { BaseAddress = Address };
        for (long began = Stopwatch.GetTimestamp(); ; await Task.Delay(100, stop))
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri("healthz/ready", UriKind.Relative), stop);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
            }
            if (Stopwatch.GetElapsedTime(began) > Longest)
                throw new CirrusException(string.Create(CultureInfo.InvariantCulture,
                    $"The server at {Address} is not ready after {Longest.TotalSeconds:0} s."), hint: "look at what it says: cirrus serve");
        }
    }

    /// <summary>This program's file; started by <c>dotnet</c> or a test it is the one beside its assembly.</summary>
    private static string ThisProgram()
    {
        string own = Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        return File.Exists(own) ? own : Environment.ProcessPath!;
    }

    [GeneratedRegex("http://[^ /]+:[0-9]+")]
    private static partial Regex AddressPattern();
}
