using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Cirrus.Tests.Postgres;

/// <summary>Debian's PostgreSQL on a folder of its own, without pgvector: what it proves is concurrency.</summary>
public sealed class RealPostgres : IDisposable
{
    private readonly TempFolder _folder = new();
    private Process? _server;
    private string? _connection;
    private int _databases;

    /// <summary>The connection string; skips the test, with the reason, where PostgreSQL is not installed.</summary>
    public string Need()
    {
        string? bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin"))
            .Where(d => File.Exists(Path.Combine(d, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        Assert.SkipUnless(bin is not null, "needs PostgreSQL (Debian: postgresql-15), which is not here");
        bool root = Environment.UserName == "root";
        Assert.SkipUnless(!root || (Programs.Find("setpriv") is not null
            && File.ReadAllText("/etc/passwd").Contains("\npostgres:", StringComparison.Ordinal)),
            "needs the user postgres, as initdb refuses root");
        return _connection ??= Start(bin!, root ? "postgres" : "-");
    }

    /// <summary>Databases of one server, as shards; they are made once.</summary>
    public string[] Shards(int count)
    {
        string server = Need();
        using NpgsqlConnection connection = new(server + ";Pooling=false");
        connection.Open();
        for (; _databases < count; _databases++)
            using (NpgsqlCommand create = new($"CREATE DATABASE shard{_databases}", connection))
                create.ExecuteNonQuery();
        return [.. Enumerable.Range(0, count).Select(s => server.Replace("Database=postgres", $"Database=shard{s}", StringComparison.Ordinal))];
    }

    public void Dispose()
    {
        if (_server is not null)
            Programs.End(_server);
        if (Directory.Exists(_folder.Path))
            _folder.Dispose();
    }

    private string Start(string bin, string user)
    {
        int port = FreePort();
        ProcessStartInfo info = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Postgres", "postgres.sh"),
            bin, _folder.Path, $"{port}", user])
            info.ArgumentList.Add(argument);
        _server = Process.Start(info)!;
        List<string> said = [];
        while (_server.StandardOutput.ReadLine() is string line)
        {
            if (line == "ready")
                return $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;GSS Encryption "
                    + $"Mode=Disable;Maximum Pool Size=20";
            said.Add(line);
        }
        throw new InvalidOperationException($"PostgreSQL did not start: {string.Join(Environment.NewLine, said)}");
    }

    /// <summary>Below those that systems hand out, so that no other test is given it before the server has taken it.</summary>
    private static int FreePort()
    {
        while (true)
            try
            {
                using TcpListener listener = new(IPAddress.Loopback, Random.Shared.Next(20_000, 30_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
            }
    }
}
