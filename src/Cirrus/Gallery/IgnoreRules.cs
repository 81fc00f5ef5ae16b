using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>What is left out: the lines of <c>.cirrusignore</c> files and of <c>--exclude</c>, a subset of what git ignores by.</summary>
/// <remarks>
/// <c>#</c> begins a comment, <c>!</c> takes a name in again, a <c>/</c> at the end means folders only, a <c>/</c> elsewhere binds the
/// pattern to the file's own folder; <c>*</c>, <c>?</c> and <c>**</c> as in <see cref="PathPattern"/>, no <c>[...]</c>; <c>\</c> takes a
/// leading <c>#</c> or <c>!</c> as it is. The last line that fits decides. What is in a folder that is left out cannot be taken in again.
/// </remarks>
internal sealed class IgnoreRules
{
    public const string FileName = ".cirrusignore";

    private const long LongestFile = 1 << 20;

    private readonly record struct Rule(string Pattern, bool TakeIn, bool FoldersOnly, bool Bound);

    private readonly IgnoreRules? _outer;
    private readonly string _below;
    private readonly List<Rule> _rules;

    private IgnoreRules(IgnoreRules? outer, string below, IEnumerable<string> lines)
    {
        (_outer, _below, _rules) = (outer, below, []);
        foreach (string raw in lines)
        {
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            bool takeIn = line[0] == '!';
            line = takeIn ? line[1..] : line.StartsWith("\\#", StringComparison.Ordinal)
                || line.StartsWith("\\!", StringComparison.Ordinal) ? line[1..] : line;
            bool folders = line.EndsWith('/');
            line = line.TrimEnd('/');
            if (line.Length is > 0 and <= PathPattern.Longest)
                _rules.Add(new(line.TrimStart('/'), takeIn, folders, line.Contains('/', StringComparison.Ordinal)));
        }
    }

    public static IgnoreRules Of(IEnumerable<string> lines) => new(null, "", lines);

    /// <summary>The rules for a folder: those around it, and those of its own file.</summary>
    /// <param name="prefix">the folder's path with a slash at the end; empty for the root.</param>
    public IgnoreRules In(string folder, string prefix)
    {
        FileInfo file = new(Path.Combine(folder, FileName));
        if (!file.Exists)
            return this;
        try
        {
            return file.Length > LongestFile
                ? throw new CirrusException($"'{file.FullName}' has {file.Length:N0} bytes; at most {LongestFile:N0} are read.",
                    hint: "it should be a short list of patterns")
                : new(this, prefix, File.ReadAllLines(file.FullName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file.FullName}' cannot be read: {e.Message}", hint: "check its permissions", e);
        }
    }

    /// <param name="path">below the root, with forward slashes.</param>
    public bool LeaveOut(string path, string name, bool folder) => Decide(path, name, folder) ?? false;

    private bool? Decide(string path, string name, bool folder)
    {
        string below = path[_below.Length..];
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            Rule rule = _rules[i];
            if ((folder || !rule.FoldersOnly) && (!rule.Bound ? PathPattern.Matches(rule.Pattern, name)
                : rule.Pattern.Contains('/', StringComparison.Ordinal) ? PathPattern.Matches(rule.Pattern, below)
                : below == name && PathPattern.Matches(rule.Pattern, name)))
                return !rule.TakeIn;
        }
        return _outer?.Decide(path, name, folder);
    }
}
