using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Gallery;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>What indexing is to do.</summary>
/// <remarks>What is null stays as the gallery was indexed before.</remarks>
/// <param name="Exclude">patterns of what to leave out, as in a <c>.cirrusignore</c>.</param>
/// <param name="MaxMegapixels">larger pictures are refused before they are decoded.</param>
/// <param name="Batch">pictures a call of the image tower.</param>
/// <param name="CheckpointSeconds">what has been encoded is saved this often.</param>
/// <param name="DryRun">only say what would be done.</param>
/// <param name="Jobs">pictures decoded at a time; 0: one a core.</param>
public sealed record IndexOptions(IReadOnlyList<string>? Exclude = null, double MaxMegapixels = 100, int Batch = 32,
    double CheckpointSeconds = 10, bool DryRun = false, bool? Hidden = null, bool? FollowLinks = null, int Jobs = 0)
{
    /// <param name="before">the gallery's.</param>
    public PictureChoice Choose(PictureChoice before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new(Exclude ?? before.Exclude, Hidden ?? before.Hidden, FollowLinks ?? before.FollowLinks);
    }
}

/// <summary>How far indexing is.</summary>
/// <param name="Total">files to be read; while they are still counted, files found.</param>
/// <param name="Saved">pictures that the gallery on the disk has.</param>
public sealed record IndexProgress(int Done, int Total, int Added, int Unreadable, int Saved, bool Counting = false);

/// <summary>A folder that may not be read.</summary>
/// <param name="Path">relative to the gallery's root, with forward slashes.</param>
/// <param name="Kept">pictures in it that the gallery has and keeps.</param>
public sealed record UnreadFolder(string Path, int Kept);

/// <summary>What indexing found.</summary>
/// <param name="Unchanged">with those in folders that may not be read: they stay as they are known.</param>
public sealed record IndexSummary(int New, int Changed, int Moved, int Gone, int Unchanged,
    IReadOnlyList<GalleryProblem> Unreadable, IReadOnlyList<UnreadFolder> Unread,
    bool Interrupted);

/// <summary>Part i of n of a folder's pictures: those whose path says so, on every machine alike.</summary>
/// <param name="Index">from 0.</param>
public sealed record IndexShard(int Index, int Count)
{
    /// <summary>Reads "2/8".</summary>
    /// <exception cref="CirrusException">It is no such part.</exception>
    public static IndexShard Parse(string text) => text.Split('/') is [string i, string n]
        && int.TryParse(i, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
        && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        && index < count && count <= 1_000_000
        ? new(index, count) : throw new CirrusException($"'{text}' is no part of a folder.",
            hint: "name part and number of parts, counted from 0: --shard 0/8 to --shard 7/8");

    /// <summary>True when the first 8 bytes of the SHA-256 of the relative path, little-endian, are Index modulo Count.</summary>
    public bool Has(string path) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(path))) % (ulong)Count == (ulong)Index;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
