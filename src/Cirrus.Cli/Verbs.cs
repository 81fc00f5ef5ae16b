using System.CommandLine;

namespace Cirrus.Cli;

/// <summary>The list of all verbs, and how a command line is run.</summary>
internal static class Verbs
{
    public static RootCommand Create()
    {
        RootCommand root = new("Finds pictures from a picture plus words: \"this, but in red\".") { HelpName = "cirrus" };
        Command[] verbs =
        [
            DemoCommand.Create(),
            IndexCommand.Create(),
            GalleryCommand.Create(),
            SearchCommand.Create(),
            DuplicatesCommand.Create(),
            ServeCommand.Create(),
            EmbedCommand.Create(),
            InfoCommand.Create(),
            ModelsCommand.Create(),
            ConvertCommand.Create(),
            TrainCommand.Create(),
            TripletsCommand.Create(),
            EvalCommand.Create(),
            CompareCommand.Create(),
            PlaygroundCommand.Create(),
            Bench.BenchCommand.Create(),
            SelftestCommand.Create(),
        ];
        foreach (Command verb in verbs)
            root.Subcommands.Add(verb);
        root.WithExamples("demo", "index photos", "search photo.jpg \"but in red\" -g photos");
        Examples.Attach(root);
        return root;
    }

    private static readonly Lock Parsing = new();

    public static async Task<int> Invoke(string[] args, TextWriter output, TextWriter error)
    {
        ParserConfiguration parser = new() { ResponseFileTokenReplacer = null };
        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromMinutes(2),
        };
        ParseResult result;
        lock (Parsing)                                          // verbs' options are static, and making a verb adds to them
            result = Create().Parse(args, parser);
        if (result.Errors.Count == 0 || result.Action is Examples.Help)   // help is given though required options are missing
            return await result.InvokeAsync(invocation);
        foreach (System.CommandLine.Parsing.ParseError e in result.Errors)
            await error.WriteLineAsync($"error: {e.Message}");
        string verb = string.Concat(Path(result.CommandResult.Command).Select(name => name + " "));
        await error.WriteLineAsync(CommandName.In($"hint: cirrus {verb}--help"));
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command) => command is RootCommand
        ? []
        : command.Parents.OfType<Command>().Take(1).SelectMany(Path).Append(command.Name);
}
