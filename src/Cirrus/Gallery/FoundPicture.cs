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
public sealed record PictureChoice(IReadOnlyList<string> Exclude, bool Hidden = false, bool FollowLinks = false);
