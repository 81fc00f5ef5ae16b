using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Something that is wrong with a file of a gallery.</summary>
/// <param name="Derived">repair loses nothing: what the file said can be made again from what is whole.</param>
public sealed record GalleryDamage(string File, string What, bool Derived = false)
{
    /// <summary>Paths of the pictures that repair takes out, so that the next index encodes them again; of a damaged list of pictures nobody knows.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];
}

/// <summary>Looks at every file of a gallery: checksums, shapes, numbers, records.</summary>
/// <param name="Pictures">that count and are whole.</param>
/// <param name="Unchecked">files without a checksum, of a gallery made before there were any; codes among them are never searched.</param>
public sealed record GalleryCheck(int Pictures, int Segments, int Unchecked, IReadOnlyList<GalleryDamage> Damage)
{
    /// <exception cref="CirrusException">There is no gallery, its manifest is damaged, or of a newer format.</exception>
    public static GalleryCheck Run(string folder) => new GalleryInspection(folder, GalleryFiles.ReadManifest(folder)).Found;

    /// <summary>
    /// Takes what is damaged out of the gallery, and the next index reads those pictures again; makes codes that are damaged or without
    /// checksums again. Of rows with checksums only those that are damaged go; else their whole segment.
    /// </summary>
    /// <remarks>What is whole is written anew beside what is damaged before that is named no more: a crash loses nothing, and repair can be run again.</remarks>
    /// <exception cref="CirrusException">There is no gallery, it is being written, or cannot be written; then it is as it was.</exception>
    public static GalleryCheck Repair(string folder)
    {
        GalleryFiles.ReadManifest(folder);
        using FileStream writing = GalleryLock.Take(folder);
        GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
        GalleryInspection found = new(folder, manifest);
        try
        {
            GallerySweep.Run(folder, manifest, GallerySweep.Rebuilding(folder));
            if (found.IsDamaged)
                TakeOut(folder, manifest, found);
            foreach (GallerySegment segment in found.Codes)
                SegmentFile.WriteCodes(folder, segment.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The gallery '{folder}' cannot be written: {e.Message}", hint: "make room on the disk and repair again", e);
        }
        return found.Found;
    }

    private static void TakeOut(string folder, GalleryManifest manifest, GalleryInspection found)
    {
        GalleryDraft next = new(folder, manifest with
        {
            Segments = [],
            Moved = found.List(manifest.Moved),
            Gone = found.List(manifest.Gone),
            Problems = found.List(manifest.Problems),
        }, manifest);
        foreach (GallerySegment segment in manifest.Segments)
            if (found.RowsOf(segment) is not { } whole)
                next.Keep(segment);
            else if (whole.Count > 0)
                AddRows(next, folder, segment, manifest, whole);
        next.Publish(GalleryFiles.Manifest);
    }

    private static void AddRows(GalleryDraft next, string folder, GallerySegment segment, GalleryManifest manifest, IEnumerable<int> whole)
    {
        List<GalleryItem> items = SegmentFile.ReadItems(folder, segment, manifest);
        using MappedRows rows = SegmentFile.OpenRows(folder, segment, manifest.Space.P, out float[] norms);
        foreach (int[] some in whole.Chunk(SegmentFile.MostRows(manifest.Space.P)))
            next.AddSegment([.. some.Select(r => items[r])], [.. some.Select(r => new StoredRow(items[r], rows[r].ToArray(), norms[r]))]);
    }
}
