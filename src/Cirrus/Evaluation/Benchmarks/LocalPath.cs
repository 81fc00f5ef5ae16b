namespace Cirrus.Evaluation.Benchmarks;

/// <summary>Paths that files of others name, below folders of the data.</summary>
internal static class LocalPath
{
    /// <summary>False for what is no name of a file, or leads out of the folder it is relative to.</summary>
    public static bool StaysInside(string path) => path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && !Path.IsPathRooted(path)
        && !path.Split('/', '\\').Any(part => part is ".." or ".");

    /// <summary>Those of some folders that are there; all of them when none is, so that messages can name them.</summary>
    public static string[] Existing(IReadOnlyList<string> folders) =>
        folders.Where(Directory.Exists).ToArray() is { Length: > 0 } there ? there : [.. folders];
}
