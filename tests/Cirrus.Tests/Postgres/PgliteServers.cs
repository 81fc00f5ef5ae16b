using System.Diagnostics;
using System.Text.Json;

namespace Cirrus.Tests.Postgres;

/// <summary>
/// Three databases with the real pgvector, in memory: PGlite on Node. They stand from the first test that asks to the
/// end of the collection.
/// </summary>
/// <remarks>
/// One session each, whatever the clients: what they prove is pgvector's semantics, never concurrency. They let in more clients than one all
/// the same, which take turns: else who comes while the connection before is still being closed would be refused.
/// </remarks>
public sealed class PgliteServers : IDisposable
{
    public const int Shards = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly List<Process> _started = [];
    private string[]? _connections;

    /// <summary>The connection strings; skips the test, with the reason, where Node or PGlite is not installed.</summary>
    public IReadOnlyList<string> Need()
    {
        string folder = Path.Combine(Shared.Repository, "tests", "pglite"),
            script = Path.Combine(folder, "node_modules", "@electric-sql", "pglite-socket", "dist", "scripts", "server.js");
        Assert.SkipUnless(Programs.Find("node") is not null, "needs node, which is not here");
        Assert.SkipUnless(File.Exists(script), "needs PGlite: npm ci in tests/pglite (./test does it)");
        if (_connections is null)
        {
            for (int i = 0; i < Shards; i++)
                _started.Add(Start(folder, script));
            _connections = [.. _started.Select(p => Connection(PortOf(p)))];
        }
        return _connections;
    }

    public void Dispose()
    {
        foreach (Process process in _started)
            Programs.End(process);
    }

    private static string Connection(int port) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Password=postgres;Database=postgres;SSL Mode=Disable;GSS Encryption "
            + $"Mode=Disable;Maximum Pool Size=1";

    private static Process Start(string folder, string script)
    {
        ProcessStartInfo info = new(Programs.Find("node")!)
        {
            RedirectStandardInput = true, // its end is the sign to stop
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (string argument in (string[])["--require", "./with-parent.cjs", script, "-d", "memory://", "-p", "0", "-m",
            "8", "-e", "@electric-sql/pglite-pgvector:vector"])
            info.ArgumentList.Add(argument);
        return Process.Start(info)!;
    }

    /// <summary>Reads what a server says until it names its port, and then reads on, so that it never waits for a reader.</summary>
    private static int PortOf(Process process)
    {
        using CancellationTokenSource patience = new(Patience);
        List<string> said = [];
        try
        {
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            while (process.StandardOutput.ReadLineAsync(patience.Token).AsTask().GetAwaiter().GetResult() is string line)
            {
                said.Add(line);
                int json = line.IndexOf('{', StringComparison.Ordinal);
                if (line.Contains("PGLiteSocketServer listening on", StringComparison.Ordinal) && json >= 0)
                {
                    using JsonDocument place = JsonDocument.Parse(line[json..]);
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return place.RootElement.GetProperty("port").GetInt32();
                }
            }
        }
        catch (OperationCanceledException)
        {
            said.Add("(nothing more for minutes)");
        }
        throw new InvalidOperationException($"PGlite did not start: {string.Join(Environment.NewLine, said)}");
    }
}
