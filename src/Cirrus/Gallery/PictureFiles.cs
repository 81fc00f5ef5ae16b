using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>The picture files of a folder. They are only ever read.</summary>
public static class PictureFiles
{
    private static readonly string[] Endings =
        [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".ppm",
            ".pgm", ".pnm", ".pbm", ".ico"];

    /// <summary>Folders of systems and programs that hold no pictures of people, or their thumbnails.</summary>
    private static readonly string[] Skipped = [GalleryFolder.Name, "$RECYCLE.BIN", "System Volume Information", "lost+found",
        "__MACOSX", "@eaDir", "#recycle", "node_modules"];

    /// <summary>True for a file name that ends like a picture's.</summary>
    public static bool Looks(string path) => Endings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>All pictures below a folder in the order of their paths, but for hidden names, links and what is left out.</summary>
    /// <param name="unread">told the path of each folder below it that may not be read; what is in it is passed over.</param>
    /// <exception cref="CirrusException">The folder is not there, or may not be read.</exception>
    public static IEnumerable<FoundPicture> Under(string root, PictureChoice choice, Action<string>? unread = null)
    {
        ArgumentNullException.ThrowIfNull(choice);
        DirectoryInfo folder = new(root);
        if (!folder.Exists)
            throw new CirrusException($"There is no folder '{root}'.", hint: "check the path");
        return Walk(folder, "", IgnoreRules.Of([]).In(root, ""), IgnoreRules.Of(choice.Exclude), choice, unread, [Real(folder)]);
    }

    /// <summary>The file that a stored path names below a folder; null for a path that leads out of it.</summary>
    public static string? Inside(string root, string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            return null;
        string within = Path.GetFullPath(root), full = Path.GetFullPath(Path.Combine(within, path));
        return full.StartsWith(Path.EndsInDirectorySeparator(within) ? within : within + Path.DirectorySeparatorChar,
            StringComparison.Ordinal) ? full : null;
    }

    /// <param name="chain">the real folders around this one, so that a link cannot lead in a circle.</param>
    private static IEnumerable<FoundPicture> Walk(DirectoryInfo folder, string prefix, IgnoreRules rules, IgnoreRules excluded,
        PictureChoice choice, Action<string>? unread,
        List<string> chain)
    {
        EnumerationOptions all = new()
        {
            IgnoreInaccessible = false,
            AttributesToSkip = choice.FollowLinks ? FileAttributes.None : FileAttributes.ReparsePoint,
        };
        FileSystemInfo[]? entries = Entries(folder, all);
        if (entries is null && prefix.Length == 0)
            throw new CirrusException($"'{folder.FullName}' cannot be read.", hint: "check its permissions");
        if (entries is null)
            unread?.Invoke(prefix[..^1]);
        foreach (FileSystemInfo entry in entries ?? [])
        {
            string path = prefix + entry.Name;
            FileSystemInfo? real = (entry.Attributes & FileAttributes.ReparsePoint) == 0 ? entry : Target(entry);
            bool inner = real is DirectoryInfo;
            if (real is null || Skipped.Contains(entry.Name) || (!choice.Hidden && entry.Name.StartsWith('.'))
                || rules.LeaveOut(path, entry.Name, inner) || excluded.LeaveOut(path, entry.Name, inner))
                continue;
            if (inner)
            {
                string at = Real((DirectoryInfo)real);
                if (chain.Contains(at) || GalleryFolder.IsOne(at))
                    continue;
                chain.Add(at);
                DirectoryInfo next = new(Path.Combine(folder.FullName, entry.Name));
                foreach (FoundPicture file in Walk(next, path + "/", rules.In(next.FullName, path + "/"), excluded, choice, unread, chain))
                    yield return file;
                chain.RemoveAt(chain.Count - 1);
            }
            else if (Looks(entry.Name) && real is FileInfo { Exists: true } file)
            {
                yield return new(path, Path.Combine(folder.FullName, entry.Name), file.Length, file.LastWriteTimeUtc.Ticks);
            }
        }
    }

    /// <summary>
    /// In the order of their names. A folder that has gone since it was seen is empty; one that cannot be read to its end is not taken for that.
    /// Null: we may not read it, or not look at what is in it.
    /// </summary>
    private static FileSystemInfo[]? Entries(DirectoryInfo folder, EnumerationOptions options)
    {
        try
        {
            FileSystemInfo[] entries = [.. folder.EnumerateFileSystemInfos("*", options).OrderBy(e => e.Name, StringComparer.Ordinal)];
            _ = entries.FirstOrDefault()?.LastWriteTimeUtc;    // a folder may give names and no more
            return entries;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (IOException e)
        {
            throw new CirrusException($"'{folder.FullName}' cannot be read: {e.Message}",
                hint: "is its disk there? Nothing was removed from the gallery", e);
        }
    }

    private static string Real(DirectoryInfo folder)
    {
        try
        {
            return folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)    // it has gone since it was seen
        {
            return folder.FullName;
        }
    }

    /// <summary>What a link leads to in the end; null when that is not there.</summary>
    private static FileSystemInfo? Target(FileSystemInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true } target
                ? Directory.Exists(target.FullName) ? new DirectoryInfo(target.FullName) : new FileInfo(target.FullName) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)    // links that lead in a circle
        {
            return null;
        }
    }
}
