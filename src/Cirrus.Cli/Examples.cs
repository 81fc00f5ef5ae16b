using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Cirrus.Cli;

/// <summary>Examples at the end of a verb's <c>--help</c>: the part of a help text that people read.</summary>
internal static class Examples
{
    private static readonly Dictionary<Command, string[]> ByCommand = [];
    private static readonly Lock Gate = new();

    /// <summary>Adds command lines (without the leading "cirrus ") that help shows last.</summary>
    public static Command WithExamples(this Command command, params string[] lines)
    {
        lock (Gate)
            ByCommand[command] = lines;
        return command;
    }

    public static IReadOnlyList<string> Of(Command command)
    {
        lock (Gate)
            return ByCommand.TryGetValue(command, out string[]? lines) ? lines : [];
    }

    /// <summary>Makes every help of <paramref name="root"/> and its verbs end with the verb's examples.</summary>
    public static void Attach(RootCommand root)
    {
        foreach (HelpOption option in root.Options.OfType<HelpOption>())
            option.Action = new Help((SynchronousCommandLineAction)option.Action!);
    }

    /// <summary>What <c>--help</c> does.</summary>
    public sealed class Help(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            IReadOnlyList<string> lines = Of(parseResult.CommandResult.Command);
            if (lines.Count == 0)
                return code;
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string line in lines)
                output.WriteLine($"  {CommandName.Typed} {line}");
            output.WriteLine();
            return code;
        }
    }
}
