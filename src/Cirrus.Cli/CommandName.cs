using System.Text.RegularExpressions;

namespace Cirrus.Cli;

/// <summary>What the reader typed to start this program: the script at the repository's root says it, else it is "cirrus".</summary>
internal static partial class CommandName
{
    public static string Typed { get; } = Environment.GetEnvironmentVariable("CIRRUS_NAME") is { Length: > 0 } name ? name : "cirrus";

    /// <summary>Commands of a text, written "cirrus VERB", as they can be typed here.</summary>
    public static string In(string text) => In(text, Typed);

    internal static string In(string text, string typed) =>
        typed == "cirrus" ? text : Command().Replace(text, typed.Replace("$", "$$", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<![\w./-])cirrus(?= [a-z-])")]
    private static partial Regex Command();
}
