namespace Cirrus.Gallery;

/// <summary>What a gallery of others must not say: each answers why it is wrong, or null.</summary>
internal static class GalleryRules
{
    /// <summary>Of versions and ids; more can be counted on from here than anybody will.</summary>
    private const long Most = 1L << 60;

    public static string? Wrong(GalleryManifest manifest) =>
        manifest is not { Segments: not null, Root: not null, Space: not null } || !IsWhole(manifest.Space) ? "fields are missing"
        : manifest.Version is < 0 or > Most || manifest.NextId is < 1 or > Most ? "its version or next id is out of range"
        : manifest.Root.Contains('\0', StringComparison.Ordinal) ? "its root is no path"
        : manifest.Choice is { } choice && ((IReadOnlyList<string?>?)choice.Exclude)?.Contains(null) != false ? "what was left out is no list of patterns"
        : manifest.Segments.Any(s => (GallerySegment?)s is not { Rows: > 0 }) ? "a segment has no rows"
        : manifest.Segments.Select(s => (string?)s.Name ?? "").Append(manifest.Gone).Append(manifest.Moved).Append(manifest.Problems)
            .FirstOrDefault(n => n is not null && !IsFile(n)) is string name ? $"'{name}' is not a file of it" : null;

    private static bool IsWhole(EmbeddingSpace space) =>
        space is { P: > 0, Model: not null, Fingerprint: not null, Preprocessing: not null, Orientation: not null };

    /// <summary>A path stays below the gallery's root: who serves a gallery hands out the files that it names.</summary>
    public static string? Wrong(GalleryItem item) =>
        item.Path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(item.Path) || LeadsUp(item.Path)
        ? $"'{item.Path}' is no path below its root" : null;

    public static string? Wrong(GalleryProblem problem) => problem is not { Path: not null, Reason: not null } ? "fields are missing" : null;

    /// <summary>Splits only the rare path that may: a gallery has millions.</summary>
    private static bool LeadsUp(string path) =>
        path.Contains("..", StringComparison.Ordinal) && path.Split('/', Path.DirectorySeparatorChar).Contains("..");

    private static bool IsFile(string name) => name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..")
        && !name.Contains('\0', StringComparison.Ordinal);
}
