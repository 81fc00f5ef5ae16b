using System.IO.Enumeration;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>The picture files of a folder. They are only ever read.</summary>
public static class PictureFiles
{
    private static readonly string[] Endings =
        [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm", ".pnm", ".pbm", ".ico"];

    /// <summary>True for a file name that ends like a picture's.</summary>
    public static bool Looks(string path) => Endings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>All pictures below a folder in the order of their paths, but for hidden names, links and what is left out.</summary>
    /// <param name="exclude">patterns; those of a <c>.cirrusignore</c> in the root are added.</param>
    public static IEnumerable<FileInfo> Under(string root, IReadOnlyList<string> exclude, bool hidden)
    {
        if (!Directory.Exists(root))
            throw new CirrusException($"There is no folder '{root}'.", hint: "check the path");
        List<string> patterns = [.. exclude];
        string ignore = Path.Combine(root, ".cirrusignore");
        if (File.Exists(ignore))
            patterns.AddRange(File.ReadLines(ignore).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.TrimEnd('/')));
        return Walk(new DirectoryInfo(root), "", patterns, hidden);
    }

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder, string prefix, List<string> patterns, bool hidden)
    {
        EnumerationOptions all = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos("*", all).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string path = prefix + entry.Name;
            if (entry.Name == GalleryFolder.Name || (!hidden && entry.Name.StartsWith('.')) || patterns.Any(p =>
                FileSystemName.MatchesSimpleExpression(p, entry.Name, ignoreCase: false) || FileSystemName.MatchesSimpleExpression(p, path, ignoreCase: false)))
                continue;
            if (entry is DirectoryInfo inner)
            {
                foreach (FileInfo file in Walk(inner, path + "/", patterns, hidden))
                    yield return file;
            }
            else if (entry is FileInfo file && Looks(entry.Name))
            {
                yield return file;
            }
        }
    }
}
