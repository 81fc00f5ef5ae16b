namespace Cirrus.Gallery;

/// <summary>A picture's file as it was when the folder was walked.</summary>
/// <param name="Path">relative to the root, with forward slashes.</param>
/// <param name="Size">bytes; of a link those of what it leads to.</param>
/// <param name="Modified">UTC ticks of the last write.</param>
public readonly record struct FoundPicture(string Path, string FullPath, long Size, long Modified);

/// <summary>Which files of a folder are looked at.</summary>
/// <param name="Exclude">patterns as in <c>.cirrusignore</c>; they count after those.</param>
/// <param name="Hidden">also names that begin with a dot.</param>
/// <param name="FollowLinks">also what symbolic links lead to.</param>
public sealed record PictureChoice(IReadOnlyList<string> Exclude, bool Hidden = false, bool FollowLinks = false)
{
    /// <summary>All but hidden names and links.</summary>
    public static PictureChoice Usual { get; } = new([]);

    public bool Equals(PictureChoice? other) => other is not null && Exclude.SequenceEqual(other.Exclude)
        && (Hidden, FollowLinks) == (other.Hidden, other.FollowLinks);

    public override int GetHashCode() => HashCode.Combine(Exclude.Count, Hidden, FollowLinks);

    /// <summary>In words; empty for the usual.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Exclude.Count > 0 ? $"without {string.Join(' ', Exclude)}" : "", Hidden ? "with hidden names" : "", FollowLinks ? "along links" : "",
    }.Where(said => said.Length > 0));
}
