using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Cirrus.Server.Settings;

namespace Cirrus.Cli;

/// <summary>What is wrong with a command line or the environment, and what was probably meant.</summary>
internal static partial class Mistyped
{
    private const string Prefix = "CIRRUS_";

    private static readonly StringComparison Case =
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>
    /// Variables of the environment that look like ours and are read by nothing, a line each; other programs may use
    /// the prefix, so they are no errors.
    /// </summary>
    public static IEnumerable<string> Variables(IEnumerable<string> names)
    {
        string[] known =
        [
            .. ServerSettings.All.Select(s => s.Variable), "CIRRUS_CONFIG", "CIRRUS_THREADS", "CIRRUS_NAME", "CIRRUS_CUDA_PATH",
        ];
        string[] bare = [.. known.Select(k => k[Prefix.Length..])];
        foreach (string name in names.Where(n => n.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && !known.Any(k => k.Equals(n, Case))).Order(StringComparer.Ordinal))
        {
            string? meant = Closest(name[Prefix.Length..].ToUpperInvariant(), bare);
            string hint = meant is null ? "cirrus info --config lists the settings" : $"did you mean {Prefix}{meant}?";
            yield return $"warning: the variable {name} is none of this program's; {hint}";
        }
    }

    /// <summary>
    /// The parser's errors, and options that do not exist but went among the words of an argument or option that takes many.
    /// </summary>
    public static IReadOnlyList<string> Errors(ParseResult parsed, IReadOnlyList<string> args)
    {
        Command command = parsed.CommandResult.Command;
        HashSet<string> unknown = [.. parsed.UnmatchedTokens];
        if (parsed.Errors.Count > 0 && unknown.Count == 0 && command is { Subcommands.Count: > 0, Action: null })
            return [$"Nothing is named to do: one of {string.Join(", ", command.Subcommands.Select(c => c.Name))} is wanted."];
        List<string> errors = [.. parsed.Errors.Select(Told).Where(m => command.Subcommands.Count == 0 || unknown.Count == 0
            || unknown.Any(t => m.Contains($"'{t}'", StringComparison.Ordinal)))];
        errors.AddRange(WithCommas(parsed.CommandResult));
        HashSet<string> before = [.. args.TakeWhile(a => a != "--")];
        foreach (string token in Swallowed(parsed).Where(t => LooksLikeOption(t) && before.Contains(t)))
        {
            if (command.Options.Any(o => o.Name == token || o.Aliases.Contains(token)))
            {
                errors.RemoveAll(e => e.Contains($"'{token}'", StringComparison.Ordinal));
                errors.Add($"'{token}' stands where a value is wanted: what comes before it has none.");
                continue;
            }
            unknown.Add(token);
            errors.Add($"'{token}' is no option of {command.Name}; words that begin so stand behind a --.");
        }
        for (int i = 0; i < errors.Count; i++)
            if (unknown.FirstOrDefault(t => errors[i].Contains($"'{t}'", StringComparison.Ordinal)) is string token
                && Meant(token, command) is string meant)
                errors[i] = $"{errors[i]} Did you mean '{meant}'?";
        return errors;
    }

    /// <summary>What the parser says of a value, with the option and without the names of types.</summary>
    private static string Told(ParseError error)
    {
        string[] lines = error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (error.SymbolResult is not OptionResult { Option: Option option }
            || BadValue().Match(lines[0]) is not { Success: true } bad)
            return error.Message;
        string wanted = lines.Length > 1
            ? string.Join(", ", lines[1..].Select(l => l.Trim('\'')))
            : IsFraction(option) ? "a number" : "a whole number";
        string oneOf = lines.Length > 2 ? "one of " : "";
        return $"'{bad.Groups["value"].Value}' is no value for {option.Name}: wanted is {oneOf}{wanted}.";
    }

    [GeneratedRegex("^(Argument '(?<value>.*)' not recognized|Cannot parse argument '(?<value>.*)' for option )",
        RegexOptions.CultureInvariant)]
    private static partial Regex BadValue();

    /// <summary>The parser would read 0,5 as 5.</summary>
    private static IEnumerable<string> WithCommas(CommandResult command) =>
        from result in command.Children.OfType<OptionResult>()
        where IsFraction(result.Option)
        from token in result.Tokens
        where token.Value.Contains(',', StringComparison.Ordinal)
        select $"'{token.Value}' is no value for {result.Option.Name}: fractions have a point.";

    private static bool IsFraction(Option option)
    {
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type == typeof(double) || type == typeof(float);
    }

    private static bool LooksLikeOption(string token) => token.Length > 2 && token.StartsWith("--", StringComparison.Ordinal);

    private static IEnumerable<string> Swallowed(ParseResult parsed) =>
        parsed.CommandResult.Children.SelectMany(child => child switch
        {
            ArgumentResult of => of.Tokens,
            OptionResult { Option.AllowMultipleArgumentsPerToken: true } of => of.Tokens,
            _ => [],
        }).Select(t => t.Value);

    /// <summary>The verb or option that was probably meant; null when none is near.</summary>
    internal static string? Meant(string token, Command command) => Closest(token, token.StartsWith('-')
        ? command.Options.Where(o => !o.Hidden).SelectMany(o => o.Aliases.Prepend(o.Name)).Where(LooksLikeOption)
        : command.Subcommands.Select(c => c.Name));

    /// <summary>The name that differs by the fewest letters, at most a third of them; null when none does.</summary>
    private static string? Closest(string token, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: Distance(token, name)))
        .Where(c => c.Distance <= Math.Max(1, c.Name.TrimStart('-').Length / 3))
        .OrderBy(c => c.Distance).ThenBy(c => c.Name, StringComparer.Ordinal)
        .Select(c => c.Name).FirstOrDefault();

    /// <summary>Letters put in, left out, changed, or swapped with a neighbour (Damerau; each place edited once).</summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                int change = i == 0 || j == 0 || a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
