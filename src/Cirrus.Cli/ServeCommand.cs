using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Playground;
using Cirrus.Postgres;
using Cirrus.Server;
using Cirrus.Server.Settings;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus serve photos</c>: the page and the API.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string[]> Folders = new("folder")
    {
        Description = "galleries, or folders in or below one; else the one here or above",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<int?> Port = new Option<int?>("--port", "-p") { Description = $"{ServerOptions.UsualPort} unless set; 0 takes a free one" }.From(0, 65_535);
    private static readonly Option<string?> Host = new("--host")
    {
        Description = "the address to listen at: 127.0.0.1, which only this machine reaches, unless set; * is every address",
    };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "the galleries' CLIP, where it has moved" };
    private static readonly Option<string[]> Weights = GivenWeights.Option();
    private static readonly Option<string?> KeyFile = new("--api-key-file")
    {
        Description = "a file whose first line is the key that every request must bear",
    };
    private static readonly Option<string[]> AllowHost = new("--allow-host")
    {
        Description = "a name by which the server may be called, beside its address",
    };
    private static readonly Option<string?> Config = new("--config") { Description = "a file of settings, JSON; cirrus info --config lists them" };
    private static readonly Option<string[]> Set = new("--set") { Description = "any setting: limits.top=500" };
    private static readonly Option<string[]> Database = new("--database")
    {
        Description = "search a gallery in these databases as well, and never write it: " + DatabaseSwitches.Connections,
    };
    private static readonly Option<string?> Schema = new("--schema") { Description = "the database's schema that holds the gallery" };
    private static readonly Option<string?> Pictures = new("--pictures")
    {
        Description = "with --database: the folder where its pictures lie on this machine; else the page shows none",
    };
    private static readonly Option<bool> Open = new("--open") { Description = "open the page in a browser" };

    /// <summary>How long a page waits for a shard before it is answered without it.</summary>
    private static readonly TimeSpan ShardTimeout = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        Command command = new("serve", "Serve a page and an API for searching galleries.")
        {
            Folders, Database, Schema, Pictures, Port, Host, Model, Weights, KeyFile, AllowHost, Config, Set, Open,
        };
        command.SetAction(Run);
        return command.WithExamples("serve photos", "serve photos --open", "serve photos holidays --port 8080",
            "serve photos --host 0.0.0.0 --api-key-file key.txt",
            "serve photos --set limits.requestsPerMinute=600",
            "serve --database postgres://ann@db1/pictures --database postgres://ann@db2/pictures --pictures /srv/pictures");
    }

    /// <summary>Serves until asked to stop.</summary>
    internal static async Task<int> Serve(ServerOptions options, bool open, TextWriter output, TextWriter error, CancellationToken stop)
    {
        foreach (string line in Mistyped.Variables(Environment.GetEnvironmentVariables().Keys.Cast<string>()))
            await error.WriteLineAsync(CommandName.In(line));
        options.ShippedModel = PlaygroundClip.Folder;
        if (options.Model is string model)
            options.Model = ModelPlace.Find(model, null);
        foreach ((string method, string weights) in options.Weights.ToArray())
            options.Weights[method] = ModelPlace.FindWeights(weights);
        using PostgresIndex? database = await OpenDatabase(options, stop);
        if (options.Galleries.Count == 0 && database is null)
            if (GalleryFolder.Find(".") is string here)
                options.Galleries.Add(here);
            else
                await error.WriteLineAsync(CommandName.In("there is no gallery here; make one: cirrus index FOLDER"));
        await using CirrusServer server = await CirrusServer.StartAsync(options, stop);
        await output.WriteLineAsync(server.Address);
        foreach ((string route, string summary) in server.Routes)
            await output.WriteLineAsync($"  {route,-52} {summary}");
        await output.FlushAsync(CancellationToken.None);
        if (server.IsOpenToOthers)
            await error.WriteLineAsync("warning: other machines reach this server, and no key is asked for; make one: --api-key-file FILE");
        await error.WriteLineAsync(open && Browser.TryOpen(server.Address)
            ? $"the page is open in your browser: {server.Address}" : $"open {server.Address} in a browser");
        await error.WriteLineAsync("Ctrl-C ends it");
        await server.RunAsync(stop);
        return ExitCode.Done;
    }

    /// <summary>Opens the databases that are asked for; all shards have to answer now, later a silent one is only named in answers.</summary>
    /// <exception cref="CirrusException">A database does not answer or holds no gallery, or there are no such pictures.</exception>
    private static async Task<PostgresIndex?> OpenDatabase(ServerOptions options, CancellationToken stop)
    {
        if (options.Database.Count == 0)
            return null;
        if (options.Pictures is string pictures && !Directory.Exists(pictures))
            throw new CirrusException($"There is no folder '{pictures}'.",
                hint: "check the path, or leave --pictures out: the page shows no pictures then");
        PostgresOptions how = new() { Schema = options.DatabaseSchema, ShardTimeout = ShardTimeout };
        PostgresIndex database = await PostgresIndex.OpenAsync([.. options.Database], how, stop: stop);
        options.Indexes.Add(new(how.Schema == new PostgresOptions().Schema ? database.Shards[0].Split('/')[^1] : how.Schema,
            database, options.Pictures is string place ? Path.GetFullPath(place) : null));
        return database;
    }

    private static async Task<int> Run(ParseResult args, CancellationToken stop)
    {
        (ServerOptions options, _) = ServerSettings.Read(args.GetValue(Config), Environment.GetEnvironmentVariable, Typed(args));
        return await Serve(options, args.GetValue(Open), args.InvocationConfiguration.Output, args.InvocationConfiguration.Error, stop);
    }

    private static Dictionary<string, string> Typed(ParseResult args)
    {
        Dictionary<string, string> typed = [];
        foreach (string text in args.GetValue(Set) ?? [])
            if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and int at)
                typed[text[..at]] = text[(at + 1)..];
            else
                throw new CirrusException($"'{text}' sets nothing.", hint: "write NAME=VALUE, as in --set limits.top=500");
        Put("port", args.GetValue(Port)?.ToString(CultureInfo.InvariantCulture));
        Put("host", args.GetValue(Host));
        Put("model", args.GetValue(Model));
        Put("apiKeyFile", args.GetValue(KeyFile));
        Put("galleries", Joined(args.GetValue(Folders)));
        Put("allowedHosts", Joined(args.GetValue(AllowHost)));
        Put("weights", Joined(args.GetValue(Weights)));
        Put("database", args.GetValue(Database) is { Length: > 0 } shards ? string.Join('|', shards) : null);
        Put("databaseSchema", args.GetValue(Schema));
        Put("pictures", args.GetValue(Pictures));
        return typed;

        void Put(string name, string? value)
        {
            if (value is not null)
                typed[name] = value;
        }

        static string? Joined(string[]? values) => values is { Length: > 0 } ? string.Join(';', values) : null;
    }
}
