using System.CommandLine;
using Cirrus.Postgres;

namespace Cirrus.Cli;

/// <summary>The options of verbs that work with a database.</summary>
internal static class DatabaseSwitches
{
    public const string Connections =
        "the database, postgres://USER@HOST/NAME or Host=...;Database=...; several are shards, always in the same order; "
        + $"else {DatabasePlace.Variable}, where a password is seen by fewer";

    public static readonly Option<string> Schema = new("--schema")
    {
        Description = "the database's schema that holds the gallery",
        DefaultValueFactory = _ => "cirrus",
    };

    public static PostgresOptions Read(ParseResult args) => new() { Schema = args.GetRequiredValue(Schema) };
}
