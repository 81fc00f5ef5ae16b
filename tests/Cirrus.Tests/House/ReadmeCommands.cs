using System.Text.RegularExpressions;
using Cirrus.Cli;

namespace Cirrus.Tests.House;

/// <summary>What README tells its reader to type: every line of every shell block, and every <c>./cirrus</c> in a sentence, in order.</summary>
internal static partial class ReadmeCommands
{
    private static readonly string[] NotForAShell = ["csharp", "text"];

    public static IReadOnlyList<string> All { get; } = [.. Read(File.ReadAllText(Path.Combine(Shared.Repository, "README.md")))];

    internal static IEnumerable<string> Read(string readme)
    {
        string? block = null;
        foreach (string line in readme.ReplaceLineEndings("\n").Split('\n'))
            if (line.StartsWith("```", StringComparison.Ordinal))
                block = block is null ? line[3..] : null;
            else if (block is null)
                foreach (Match said in Sentence().Matches(line))
                    yield return said.Groups[1].Value;
            else if (!NotForAShell.Contains(block) && line.Length > 0)
                yield return block == "sh" ? line : throw new InvalidOperationException($"A block of README is of no known kind: ```{block}\n{line}");
    }

    /// <summary>A command as the tests name it: without what README says of it.</summary>
    public static string Key(string line) => Remark().Replace(line, "");

    /// <summary>Words in capitals stand for what the reader knows; nothing else in a line is replaced.</summary>
    public static string Fill(string line, IReadOnlyDictionary<string, string> known) =>
        Placeholder().Replace(line, m => known.GetValueOrDefault(m.Value, m.Value));

    /// <summary>What the real command line finds wrong with the words that a shell makes of a line.</summary>
    public static IReadOnlyList<string> Complaints(string[] words) => [.. Verbs.Parse(words).Errors.Select(e => e.Message)];

    [GeneratedRegex("`(\\./cirrus[^`]*)`")]
    private static partial Regex Sentence();

    [GeneratedRegex(" +# [^'\"]*$")]
    private static partial Regex Remark();

    [GeneratedRegex(@"\b[A-Z]{2,}\b")]
    private static partial Regex Placeholder();
}
