using System.CommandLine;

namespace Cirrus.Cli;

/// <summary>The list of all verbs, and how a command line is run.</summary>
internal static class Verbs
{
    private static readonly Lock Options = new();                  // verbs' options are static, and making a verb changes them: not while others are read
    private static readonly (string Name, Func<Command> Create)[] All =
    [
        ("demo", DemoCommand.Create),
        ("index", IndexCommand.Create),
        ("gallery", GalleryCommand.Create),
        ("search", SearchCommand.Create),
        ("duplicates", DuplicatesCommand.Create),
        ("serve", ServeCommand.Create),
        ("embed", EmbedCommand.Create),
        ("info", InfoCommand.Create),
        ("models", ModelsCommand.Create),
        ("convert", ConvertCommand.Create),
        ("train", TrainCommand.Create),
        ("triplets", TripletsCommand.Create),
        ("eval", EvalCommand.Create),
        ("compare", CompareCommand.Create),
        ("playground", PlaygroundCommand.Create),
        ("bench", Bench.BenchCommand.Create),
        ("selftest", SelftestCommand.Create),
    ];

    /// <param name="first">the first word of a command line: where it is a verb, that one alone is made, as most of
    /// starting up is making verbs.</param>
    public static RootCommand Create(string? first = null)
    {
        lock (Options)
        {
            RootCommand root = new("Finds pictures from a picture plus words: \"this, but in red\".") { HelpName = "cirrus" };
            Func<Command>? asked = Array.Find(All, v => v.Name == first).Create;
            foreach (Func<Command> create in asked is null ? All.Select(v => v.Create) : [asked])
                root.Subcommands.Add(create());
            root.WithExamples("demo", "index photos", "search photo.jpg \"but in red\" -g photos");
            Examples.Attach(root);
            return root;
        }
    }

    /// <summary>What a command line means, or what is wrong with it.</summary>
    public static ParseResult Parse(string[] args, string? first = null)
    {
        lock (Options)
            return Create(first).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    public static async Task<int> Invoke(string[] args, TextWriter output, TextWriter error)
    {
        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromMinutes(2),
        };
        ParseResult result = Parse(args, args.FirstOrDefault());
        if (result.Action is Examples.Help)                         // help is given though required options are missing
            lock (Options)
                return result.Invoke(invocation);
        IReadOnlyList<string> errors = Mistyped.Errors(result, args);
        if (errors.Count == 0)
            return await result.InvokeAsync(invocation);
        foreach (string e in errors)
            await error.WriteLineAsync($"error: {e}");
        string verb = string.Concat(Path(result.CommandResult.Command).Select(name => name + " "));
        await error.WriteLineAsync(CommandName.In($"hint: cirrus {verb}--help"));
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command) => command is RootCommand
        ? []
        : command.Parents.OfType<Command>().Take(1).SelectMany(Path).Append(command.Name);
}
