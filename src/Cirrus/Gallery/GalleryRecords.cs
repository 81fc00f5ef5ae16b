using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>What a gallery's lists say beside its segments.</summary>
/// <param name="Moved">newer records of pictures, by their ids.</param>
/// <param name="Gone">ids that no longer count.</param>
internal sealed record GalleryRecords(IReadOnlyDictionary<long, GalleryItem> Moved, HashSet<long> Gone, IReadOnlyList<GalleryProblem> Problems)
{
    /// <exception cref="CirrusException">A list is not there, damaged, or not what was written.</exception>
    public static GalleryRecords Read(string folder, GalleryManifest manifest)
    {
        Dictionary<long, GalleryItem> moved = [];
        foreach (GalleryItem item in Items(manifest.Moved))
            moved[item.Id] = item;
        return new(moved, [.. Items(manifest.Gone).Select(i => i.Id)],
            manifest.Problems is string problems ? GalleryFiles.ReadProblems(Whole(problems)) : []);

        List<GalleryItem> Items(string? file) => file is null ? [] : GalleryFiles.ReadItems(Whole(file));

        string Whole(string file)
        {
            SegmentFile.Check(folder, file, manifest);
            return Path.Combine(folder, file);
        }
    }
}
