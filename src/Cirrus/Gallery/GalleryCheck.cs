using System.Numerics.Tensors;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>Something that is wrong with a file of a gallery.</summary>
/// <param name="Derived">the file is made of others, so repair loses nothing.</param>
public sealed record GalleryDamage(string File, string What, bool Derived = false);

/// <summary>Looks at every file of a gallery: checksums, shapes, numbers, records.</summary>
/// <param name="Pictures">that count, of segments that are whole.</param>
/// <param name="Unchecked">files without a checksum, of a gallery made before there were any; codes among them are never searched.</param>
public sealed record GalleryCheck(int Pictures, int Segments, int Unchecked, IReadOnlyList<GalleryDamage> Damage)
{
    /// <exception cref="CirrusException">There is no gallery, its manifest is damaged, or of a newer format.</exception>
    public static GalleryCheck Run(string folder)
    {
        GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
        List<GalleryDamage> damage = [];
        int without = manifest.Files.Count(f => manifest.Checks?.ContainsKey(f) != true);
        HashSet<long> gone = [], ids = [];
        long last = 0;
        foreach (string? list in new[] { manifest.Moved, manifest.Gone, manifest.Problems })
            if (list is not null && Whole(folder, list, manifest, damage))
                Try(list, damage, () =>
                {
                    if (list == manifest.Problems)
                        GalleryFiles.ReadProblems(Path.Combine(folder, list));
                    else if (GalleryFiles.ReadItems(Path.Combine(folder, list)) is { } items && list == manifest.Gone)
                        gone.UnionWith(items.Select(i => i.Id));
                });
        foreach (GallerySegment segment in manifest.Segments)
            if (Whole(folder, segment.Name + SegmentFile.Items, manifest, damage) & Whole(folder,
                segment.Name + SegmentFile.Numbers, manifest, damage))
            {
                Try(segment.Name, damage, () => last = LookAt(folder, segment, manifest, last, ids, damage));
                without += HasOwnCodes(folder, segment, damage) ? 0 : 1;
            }
        ids.ExceptWith(gone);
        return new(ids.Count, manifest.Segments.Count, without, damage);
    }

    /// <summary>
    /// Makes codes that are damaged or without checksums again, and takes what else is damaged out of the gallery; the
    /// next index reads those pictures again.
    /// </summary>
    /// <exception cref="CirrusException">There is no gallery, or it is being written.</exception>
    public static GalleryCheck Repair(string folder)
    {
        using FileStream writing = GalleryLock.Take(folder);
        GalleryCheck found = Run(folder);
        try
        {
            TakeOut(folder, [.. found.Damage.Where(d => !d.Derived).Select(d => Path.GetFileNameWithoutExtension(d.File))]);
            foreach (GallerySegment segment in GalleryFiles.ReadManifest(folder).Segments)
            {
                List<GalleryDamage> ofCodes = [];
                if (!HasOwnCodes(folder, segment, ofCodes) || ofCodes.Count > 0)
                    SegmentFile.WriteCodes(folder, segment.Name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The gallery '{folder}' cannot be written: {e.Message}", hint: "make room on the disk and repair again", e);
        }
        return found;
    }

    private static void TakeOut(string folder, HashSet<string> bad)
    {
        if (bad.Count == 0)
            return;
        string? Kept(string? file) => file is not null && bad.Contains(Path.GetFileNameWithoutExtension(file)) ? null : file;
        GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
        manifest = manifest with
        {
            Segments = [.. manifest.Segments.Where(s => !bad.Contains(s.Name))],
            Moved = Kept(manifest.Moved),
            Gone = Kept(manifest.Gone),
            Problems = Kept(manifest.Problems),
            Version = manifest.Version + 1,
        };
        GalleryFiles.WriteManifest(folder, manifest with { Checks = manifest.Checks?.Where(c => manifest.Files.Contains(c.Key)).ToDictionary() });
        GallerySweep.Run(folder, manifest, GallerySweep.Rebuilding(folder));
    }

    /// <summary>False when a segment has codes without checksums; those that are damaged are told.</summary>
    private static bool HasOwnCodes(string folder, GallerySegment segment, List<GalleryDamage> damage)
    {
        string file = segment.Name + SegmentFile.Codes;
        if (!File.Exists(Path.Combine(folder, file)))
            return true;
        try
        {
            using MappedRows rows = MappedRows.Open(Path.Combine(folder, segment.Name + SegmentFile.Numbers), "rows");
            using RowCodes? codes = RowCodes.Open(Path.Combine(folder, file), rows);
            return codes is not null;
        }
        catch (CirrusException e)
        {
            damage.Add(new(file, e.Message, Derived: true));
            return true;
        }
    }

    private static bool Whole(string folder, string file, GalleryManifest manifest, List<GalleryDamage> damage)
    {
        string path = Path.Combine(folder, file);
        string? found = null;
        Try(file, damage, () => found = SegmentFile.HashOf(path));
        if (found is null)
            return false;
        if (manifest.Checks?.GetValueOrDefault(file) is not string wanted || wanted == found)
            return true;
        damage.Add(new(file, $"its content has changed: SHA-256 {found[..16]}..., written was {wanted[..Math.Min(wanted.Length, 16)]}..."));
        return false;
    }

    /// <param name="before">the last id of the segments before it.</param>
    /// <returns>its own last id, when it is whole.</returns>
    private static long LookAt(string folder, GallerySegment segment, GalleryManifest manifest, long before, HashSet<long> ids,
        List<GalleryDamage> damage)
    {
        List<GalleryItem> items = SegmentFile.ReadItems(folder, segment, manifest);
        using MappedRows rows = SegmentFile.OpenRows(folder, segment, manifest.Space.P, out float[] norms);
        for (int i = 0; i < items.Count; i++)
        {
            ReadOnlySpan<float> row = rows[i];
            string? wrong = !(MathF.Abs(TensorPrimitives.Norm(row) - 1) < 1e-3f) && TensorPrimitives.Norm(row) != 0 ? "is not of length one"
                : !(norms[i] > 0 && float.IsFinite(norms[i])) ? "has no length"
                : items[i].Id >= manifest.NextId || items[i].Id <= before || !ids.Add(items[i].Id) ? $"has id {items[i].Id}, which is not its own"
                : string.IsNullOrEmpty(items[i].Path) ? "has no path" : null;
            if (wrong is not null)
            {
                damage.Add(new(segment.Name + SegmentFile.Numbers, $"row {i} {wrong}"));
                return before;
            }
        }
        return items[^1].Id;
    }

    private static void Try(string file, List<GalleryDamage> damage, Action look)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is CirrusException or IOException or UnauthorizedAccessException)
        {
            damage.Add(new(file, e is FileNotFoundException ? "it is not there" : e.Message));
        }
    }
}
