using System.Diagnostics;
using System.Text.Json;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Tests.Postgres;

/// <summary>
/// Three databases with the real pgvector, in memory: PGlite on Node. They stand from the first test that asks to the
/// end of the collection.
/// </summary>
/// <remarks>One session each, whatever the clients: what they prove is pgvector's semantics, never concurrency.</remarks>
public sealed class PgliteServers : IDisposable
{
    public const int Shards = 3;
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

    /// <summary>Opens something on the servers; while one still closes its connection before, it refuses the next, and is asked again.</summary>
    public static async Task<T> PatientAsync<T>(Func<Task<T>> open)
    {
        for (int left = 100; ; left--)
            try
            {
                return await open();
            }
            catch (Exception e) when (left > 0 && (e is NpgsqlException { InnerException: IOException } || (e is CirrusException && e.Message.Contains("does not answer", StringComparison.Ordinal))))
            {
                await Task.Delay(50);
            }
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
            "1", "-e", "@electric-sql/pglite-pgvector:vector"])
            info.ArgumentList.Add(argument);
        return Process.Start(info)!;
    }

    /// <summary>Reads what a server says until it names its port, and then reads on, so that it never waits for a reader.</summary>
    private static int PortOf(Process process)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
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
            said.Add("(nothing more for a minute)");
        }
        throw new InvalidOperationException($"PGlite did not start: {string.Join(Environment.NewLine, said)}");
    }
}
