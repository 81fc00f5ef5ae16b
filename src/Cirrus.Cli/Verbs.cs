using System.CommandLine;

namespace Cirrus.Cli;

/// <summary>The list of all verbs, and how a command line is run.</summary>
internal static class Verbs
{
    public static RootCommand Create()
    {
        RootCommand root = new("Finds pictures from a picture plus words: \"this, but in red\".");
        Command[] verbs =
        [
        ];
        foreach (Command verb in verbs)
            root.Subcommands.Add(verb);
        return root;
    }

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
        ParseResult result = Create().Parse(args, parser);
        if (result.Errors.Count == 0)
            return await result.InvokeAsync(invocation);
        foreach (System.CommandLine.Parsing.ParseError e in result.Errors)
            await error.WriteLineAsync($"error: {e.Message}");
        await error.WriteLineAsync($"hint: cirrus {result.CommandResult.Command.Name} --help".Replace("cirrus cirrus", "cirrus", StringComparison.Ordinal));
        return ExitCode.Usage;
    }
}
