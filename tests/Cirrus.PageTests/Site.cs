using System.Diagnostics;
using System.Text.RegularExpressions;

[assembly: AssemblyFixture(typeof(Cirrus.PageTests.Site))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Cirrus.PageTests;

/// <summary>The demo gallery, the real server over it, and Debian's chromium: made once for all tests. Where something is missing, tests are skipped with the reason.</summary>
public sealed partial class Site : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"cirrus-page-{Environment.ProcessId}");
    private Process? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where the server listens, with a slash at the end.</summary>
    public string Address { get; private set; } = "";

    public IBrowser Browser => _browser!;

    /// <summary>Why there is nothing to test with; null when there is.</summary>
    public string? Missing { get; private set; }

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Screenshots go here; git ignores it.</summary>
    public static string Shots => Path.Combine(Repository, "out", "page");

    public async ValueTask InitializeAsync()
    {
        string? chromium = new[] { Environment.GetEnvironmentVariable("CIRRUS_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        if (chromium is null)
        {
            Missing = "needs chromium, which is not here (Debian: apt-get install chromium)";
            return;
        }
        Address = Environment.GetEnvironmentVariable("CIRRUS_PAGE") ?? await ServeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
        {
            _server.Kill(entireProcessTree: true);
            await _server.WaitForExitAsync();
            _server.Dispose();
        }
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Draws the demo's pictures, two of them twice, and serves them.</summary>
    private async Task<string> ServeAsync()
    {
        await RunAsync("demo", "--output", _folder, "--pictures", "140", "--steps", "20", "--seeds", "1", "--queries", "14", "--quiet");
        string pictures = Path.Combine(_folder, "pictures");
        foreach (string file in Directory.GetFiles(pictures, "*.png").Order(StringComparer.Ordinal).Take(2))
            File.Copy(file, Path.Combine(pictures, "copy-of-" + Path.GetFileName(file)));
        await RunAsync("index", pictures, "-g", Path.Combine(_folder, ".cirrus"), "--quiet");
        _server = Start("serve", _folder, "--port", "0");
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
        _server.OutputDataReceived += (_, e) => Heard(e.Data);
        _server.ErrorDataReceived += (_, e) => Heard(e.Data);
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        Task first = await Task.WhenAny(address.Task, _server.WaitForExitAsync(), Task.Delay(Patience));
        return first == address.Task ? await address.Task : throw new InvalidOperationException($"The server did not start:\n{string.Join('\n', said)}");
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"cirrus {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }

    private static Process Start(params string[] arguments)
    {
        string program = Path.Combine(Repository, "src", "Cirrus.Cli", "bin", "Release", "net10.0", "Cirrus.Cli.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start)!;
    }

    private static string FindRepository()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Cirrus.slnx")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("Cirrus.slnx is not above the tests.");
    }

    [GeneratedRegex(@"http://[^\s/]+")]
    private static partial Regex HttpAddress();
}
