using System.CommandLine;
using Cirrus.Postgres;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>search --database</c>: a gallery in PostgreSQL in place of a folder's.</summary>
internal static class DatabaseSearch
{
    public static readonly Option<string[]> Database = new("--database")
    {
        Description = "search a gallery in these databases and none in a folder: " + DatabaseSwitches.Connections,
        Arity = ArgumentArity.ZeroOrMore,
    };
    public static readonly Option<string?> Files = new("--pictures")
    {
        Description = "with --database: the folder where its pictures lie on this machine, for results with whole paths and for --open",
    };
    public static readonly Option<bool> Exact = new("--exact") { Description = "with --database: read every row and not the index" };
    public static readonly Option<bool> Partial = new("--partial")
    {
        Description = "with --database: answer without the shards that are silent, and say which",
    };

    /// <summary>The options that only count with --database.</summary>
    public static readonly Option[] All = [Database, Files, Exact, Partial, DatabaseSwitches.Schema];

    /// <summary>The databases that are asked for, opened; null when none are.</summary>
    /// <param name="folder">the option that names a folder's gallery.</param>
    /// <param name="cut">answers have to know what chance would score.</param>
    /// <exception cref="CirrusException">A database is silent or holds no gallery, or a folder's gallery is asked for as well.</exception>
    public static PostgresIndex? Open(ParseResult args, Option folder, bool cut)
    {
        if (args.GetResult(Database) is not { Implicit: false })
            return null;
        if (args.GetResult(folder) is { Implicit: false })
            throw new CirrusException($"{folder.Name} names a folder's gallery, --database another.",
                hint: "leave one out; --pictures FOLDER says where the database's pictures lie on this machine");
        if (args.GetValue(Files) is string files && !Directory.Exists(files))
            throw new CirrusException($"There is no folder '{files}'.", hint: "check the path, or leave --pictures out");
        PostgresOptions options = DatabaseSwitches.Read(args) with { Exact = args.GetValue(Exact), Sample = cut ? new PostgresOptions().Sample : 0 };
        return PostgresIndex.OpenAsync(DatabasePlace.Given(args.GetValue(Database)), options, args.GetValue(Partial)).GetAwaiter().GetResult();
    }
}
