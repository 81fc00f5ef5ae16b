namespace Cirrus.Gallery;

/// <summary>What a gallery of others must not say: each answers why it is wrong, or null.</summary>
internal static class GalleryRules
{
    public static string? Wrong(GalleryManifest manifest) =>
        manifest is not { Space: { P: > 0, Model: not null, Fingerprint: not null, Preprocessing: not null, Orientation: not null }, Segments: not null, Root: not null } ? "fields are missing"
        : manifest.Root.Contains('\0', StringComparison.Ordinal) ? "its root is no path"
        : manifest.Segments.Any(s => (GallerySegment?)s is not { Rows: > 0 }) ? "a segment has no rows"
        : manifest.Segments.Select(s => (string?)s.Name ?? "").Append(manifest.Gone).Append(manifest.Moved).Append(manifest.Problems).FirstOrDefault(n => n is not null && !IsFile(n)) is string name
            ? $"'{name}' is not a file of it" : null;

    /// <summary>A path stays below the gallery's root: who serves a gallery hands out the files that it names.</summary>
    public static string? Wrong(GalleryItem item) => item is not { Path: not null, Hash: not null } ? "fields are missing"
        : item.Path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(item.Path) || item.Path.Split('/').Contains("..") ? $"'{item.Path}' is no path below its root" : null;

    private static bool IsFile(string name) => name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..") && !name.Contains('\0', StringComparison.Ordinal);
}
