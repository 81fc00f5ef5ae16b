namespace Cirrus.Hub;

/// <summary>Under which licence weights are, as far as the place where they lie says so.</summary>
public static class WeightsLicence
{
    private const int LongestHead = 200;

    /// <summary>
    /// Of what lies in the hub's cache as a known model: as its publishers state it; of others: what the README.md
    /// beside them says in its head.
    /// </summary>
    /// <param name="path">a file or a folder.</param>
    /// <returns>null where nothing says so.</returns>
    public static string? Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? folder = Directory.Exists(full) ? full : Path.GetDirectoryName(full);
        return folder is null ? null : Known(folder) ?? Said(Path.Combine(folder, "README.md"));
    }

    private static string? Known(string folder) => folder.Split(Path.DirectorySeparatorChar) is [.., string repository, "snapshots", _]
        && HubRepository.OfFolder(repository) is { } found ? KnownModel.Find(found.Id)?.Licence : null;

    /// <summary>The line <c>license:</c> between the two lines of dashes with which a model's card begins.</summary>
    private static string? Said(string card)
    {
        try
        {
            if (!File.Exists(card))
                return null;
            string[] head = [.. File.ReadLines(card).Take(LongestHead)];
            int end = head is ["---", ..] ? Array.IndexOf(head, "---", 1) : -1;
            string? line = end < 0 ? null : head[1..end].FirstOrDefault(l => l.StartsWith("license:", StringComparison.Ordinal));
            return line?["license:".Length..].Trim().Trim('"', '\'') is { Length: > 0 and <= 100 } licence ? licence : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
