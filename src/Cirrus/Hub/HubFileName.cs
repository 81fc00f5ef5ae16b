using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>
/// Names that come from a server and become names on this disk: what could leave the cache, or means a device
/// somewhere, is refused.
/// </summary>
internal static class HubFileName
{
    public const int MostParts = 16;

    private const int Longest = 1024, LongestPart = 200;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>True for a relative path with forward slashes that is the same file name on every system.</summary>
    public static bool IsSafe(string? name) =>
        name is { Length: > 0 and <= Longest } && name.Split('/') is { Length: <= MostParts } parts && parts.All(IsPart);

    /// <exception cref="CirrusException">It could be written outside its folder.</exception>
    public static string Check(string? name, string what) => IsSafe(name) ? name!
        : throw new CirrusException($"The server names {what} '{Printable(name)}', which is no plain relative path.",
            hint: "nothing was written; use another server, or another repository");

    /// <summary>True when it may name a blob: an etag is letters, digits, '-', '_' and '.'.</summary>
    public static bool IsEtag(string? etag) => etag is { Length: > 0 and <= LongestPart } && etag[0] != '.'
        && etag.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && IsPart(etag);

    /// <summary>True for a git commit: 40 digits in lower case.</summary>
    public static bool IsCommit(string? commit) => commit is { Length: 40 } && commit.All(char.IsAsciiHexDigitLower);

    private static bool IsPart(string part)
    {
        if (part.Length is 0 or > LongestPart || part[^1] is '.' or ' ' || part[0] == ' ')                // "." and ".." among them
            return false;
        if (part.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' || char.IsSurrogate(c)))
            return false;
        int dot = part.IndexOf('.', StringComparison.Ordinal);
        string stem = (dot < 0 ? part : part[..dot]).TrimEnd(' ').ToUpperInvariant();
        return !Devices.Contains(stem) && !(stem.Length == 4 && stem[..3] is "COM" or "LPT" && !char.IsAsciiLetter(stem[3]));
    }

    private static string Printable(string? name) =>
        name is null ? "" : string.Concat(name.Take(120).Select(c => char.IsControl(c) ? '?' : c));
}
