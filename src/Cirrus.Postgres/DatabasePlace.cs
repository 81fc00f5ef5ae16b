using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>Where a database is: reads connection strings and never shows what is secret in them.</summary>
public static class DatabasePlace
{
    /// <summary>Names the databases when a command names none; several stand on lines of their own or between bars (|).</summary>
    public const string Variable = "CIRRUS_DATABASE";

    /// <summary>The connection strings given, or those of the environment.</summary>
    /// <exception cref="CirrusException">There are none.</exception>
    public static IReadOnlyList<string> Given(IReadOnlyList<string>? given)
    {
        if (given is { Count: > 0 })
            return given;
        string[] named = (Environment.GetEnvironmentVariable(Variable) ?? "")
            .Split(['\n', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return named.Length > 0 ? named : throw new CirrusException("No database is named.",
            hint: $"give one, postgres://USER@HOST/DATABASE, or set {Variable}");
    }

    /// <summary>Host, port and name: what may be shown.</summary>
    public static string Show(string connection)
    {
        NpgsqlConnectionStringBuilder parts = Parse(connection);
        return $"{parts.Host}:{parts.Port}/{parts.Database ?? parts.Username}";
    }

    /// <summary>Reads <c>postgres://user:password@host:port/database?key=value</c> or <c>Host=...;Database=...</c>.</summary>
    /// <exception cref="CirrusException">It is neither; the message does not repeat it, as it may hold a password.</exception>
    internal static NpgsqlConnectionStringBuilder Parse(string connection)
    {
        try
        {
            NpgsqlConnectionStringBuilder parts = IsAddress(connection) ? FromAddress(new Uri(connection)) : new(connection);
            if (string.IsNullOrEmpty(parts.Host))
                throw Wrong();
            parts.ApplicationName ??= "cirrus";
            parts.NoResetOnClose = true;     // nothing is left in a session, so there is nothing to reset: one statement less, and right behind pgbouncer
            return parts;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            throw Wrong();
        }
    }

    /// <summary>True for an address of a database, not of a file.</summary>
    public static bool IsAddress(string text) =>
        text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal);

    private static NpgsqlConnectionStringBuilder FromAddress(Uri address)
    {
        NpgsqlConnectionStringBuilder parts = new() { Host = address.Host };
        if (address.Port > 0)
            parts.Port = address.Port;
        if (address.AbsolutePath.Length > 1)
            parts.Database = Uri.UnescapeDataString(address.AbsolutePath[1..]);
        string[] user = address.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            parts.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            parts.Password = Uri.UnescapeDataString(user[1]);
        foreach (string option in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = option.Split('=', 2);
            string name = Uri.UnescapeDataString(pair[0]), value = Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? "");
            // libpq writes verify-full and disable; Npgsql VerifyFull and Disable
            parts[name switch { "sslmode" => "SSL Mode", "application_name" => "Application Name", "connect_timeout" => "Timeout", _ => name }] =
                name == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        return parts;
    }

    private static CirrusException Wrong() =>
        new("A connection string cannot be read (it is not repeated here, as it may hold a password).",
            hint: "write postgres://USER@HOST:PORT/DATABASE or Host=...;Port=...;Database=...;Username=...");
}
