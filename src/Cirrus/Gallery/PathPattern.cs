namespace Cirrus.Gallery;

/// <summary>A pattern of paths: <c>*</c> and <c>?</c> are any characters and any one within a name, <c>**</c> crosses folders.</summary>
/// <remarks>
/// Upper and lower case differ, on every system. A pattern without <c>/</c> is held against the file's name, any other against the
/// whole path below the root; at a <c>/</c> at the end everything beneath is meant. <c>**/</c> is also no folder at all. A character is
/// one of Unicode: an emoji is one, though it takes two of .NET's.
/// </remarks>
public static class PathPattern
{
    public const int Longest = 1024;

    public static bool Matches(string pattern, string path)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ReadOnlySpan<char> text = path;
        if (!pattern.Contains('/', StringComparison.Ordinal))
            text = text[(text.LastIndexOf('/') + 1)..];
        return Matches(pattern.EndsWith('/') ? pattern + "**" : pattern, text);
    }

    /// <summary>A star takes as little as it can and more when what follows does not fit; only the last of each kind need be tried again.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        (int p, int t) = (0, 0);
        (int nearP, int nearT, int farP, int farT) = (-1, 0, -1, 0);
        while (true)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                if (p + 1 < pattern.Length && pattern[p + 1] == '*')
                {
                    p += p + 2 < pattern.Length && pattern[p + 2] == '/' && (p == 0 || pattern[p - 1] == '/') ? 3 : 2;
                    (farP, farT, nearP) = (p, t, -1);
                }
                else
                {
                    (nearP, nearT) = (++p, t);
                }
                continue;
            }
            if (t == text.Length && p == pattern.Length)
                return true;
            if (p < pattern.Length && t < text.Length && (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != '/')))
            {
                bool pair = pattern[p] == '?' && char.IsHighSurrogate(text[t]) && t + 1 < text.Length && char.IsLowSurrogate(text[t + 1]);
                (p, t) = (p + 1, t + (pair ? 2 : 1));
            }
            else if (nearP >= 0 && nearT < text.Length && text[nearT] != '/')
            {
                (p, t) = (nearP, ++nearT);
            }
            else if (farP >= 0 && farT < text.Length)
            {
                farT = pattern[farP - 1] == '/' ? NextFolder(text, farT) : farT + 1;
                if (farT < 0)
                    return false;
                (p, t, nearP) = (farP, farT, -1);
            }
            else
            {
                return false;
            }
        }
    }

    private static int NextFolder(ReadOnlySpan<char> text, int from)
    {
        int slash = text[from..].IndexOf('/');
        return slash < 0 ? -1 : from + slash + 1;
    }
}
