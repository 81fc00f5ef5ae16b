using System.Security.Cryptography;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>A folder held against its gallery: which files have to be read, and which pictures are not where they were.</summary>
internal sealed class IndexPlan
{
    private readonly Dictionary<ContentHash, Queue<GalleryItem>> _vanished = [];
    private readonly HashSet<long> _taken = [];
    private readonly Dictionary<ContentHash, long> _byHash = [];

    /// <param name="count">called with the number of pictures found so far.</param>
    public IndexPlan(GalleryWriter gallery, PictureChoice choice, Action<int>? count)
    {
        foreach (GalleryProblem problem in gallery.Problems)
            Problems[problem.Path] = problem;
        foreach (GalleryItem item in gallery.Items)
        {
            if (Known.TryGetValue(item.Path, out GalleryItem? older))
                Doubled.Add(older.Id);    // a gallery of before, killed between adding and removing
            Known[item.Path] = item;
            _byHash.TryAdd(item.Content, item.Id);
        }
        IndexShard? shard = gallery.Shard is string s ? IndexShard.Parse(s) : null;
        HashSet<string> present = new(StringComparer.Ordinal);
        List<string> unread = [];
        foreach (FoundPicture file in PictureFiles.Under(gallery.Root, choice, unread.Add).Where(f => shard is null || shard.Has(f.Path)))
        {
            present.Add(file.Path);
            count?.Invoke(present.Count);
            if (Known.TryGetValue(file.Path, out GalleryItem? item) && item.Size == file.Size && item.Modified == file.Modified)
                Unchanged++;
            else if (!(Problems.TryGetValue(file.Path, out GalleryProblem? p) && p.Size == file.Size && p.Modified == file.Modified))
                ToRead.Add(file);
        }
        Dictionary<string, int> kept = unread.ToDictionary(f => f, _ => 0);
        foreach (string path in Known.Keys.Concat(Problems.Keys))
            if (!present.Contains(path) && unread.Find(f => path.StartsWith(f + "/", StringComparison.Ordinal)) is string folder)
            {
                present.Add(path);
                kept[folder] += Known.ContainsKey(path) ? 1 : 0;
            }
        Unread = [.. kept.Select(k => new UnreadFolder(k.Key, k.Value))];
        Unchanged += kept.Values.Sum();
        if (present.Count == 0 && Known.Count > 0)
            throw new CirrusException($"There is no picture in '{gallery.Root}', and its gallery has {Known.Count:N0}. Nothing was removed.",
                hint: $"is its disk there? If they are gone for good, delete '{gallery.Folder}'");
        foreach (string path in Problems.Keys.Where(p => !present.Contains(p)).ToArray())
            Problems.Remove(path);
        foreach (GalleryItem item in gallery.Items.Where(i => !present.Contains(i.Path) && !Doubled.Contains(i.Id)))
        {
            if (!_vanished.TryGetValue(item.Content, out Queue<GalleryItem>? same))
                _vanished[item.Content] = same = [];
            same.Enqueue(item);
        }
    }

    /// <summary>The gallery's pictures by their paths.</summary>
    public Dictionary<string, GalleryItem> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that could not be read, by their paths; brought up to date as indexing goes.</summary>
    public Dictionary<string, GalleryProblem> Problems { get; } = new(StringComparer.Ordinal);

    public List<FoundPicture> ToRead { get; } = [];

    public int Unchanged { get; }

    /// <summary>Nobody can say what is in them, so what they held stays.</summary>
    public IReadOnlyList<UnreadFolder> Unread { get; }

    /// <summary>Ids whose path belongs to a later one.</summary>
    public HashSet<long> Doubled { get; } = [];

    /// <summary>Pictures that are neither where they were nor, so far, anywhere else.</summary>
    public IEnumerable<GalleryItem> Vanished => _vanished.Values.SelectMany(q => q).Where(i => !_taken.Contains(i.Id));

    /// <summary>True when the gallery has had a picture of this content since before this run. Safe beside <see cref="TakeVanished"/>.</summary>
    public bool Knows(string hash) => _byHash.ContainsKey(new(hash));

    /// <summary>A picture of this content, which may be gone by now.</summary>
    public long IdOf(string hash) => _byHash[new(hash)];

    /// <summary>The first picture of this content that is not where it was: it has moved, once.</summary>
    public GalleryItem? TakeVanished(string hash)
    {
        if (!_vanished.TryGetValue(new(hash), out Queue<GalleryItem>? same) || !same.TryDequeue(out GalleryItem? item))
            return null;
        _taken.Add(item.Id);
        return item;
    }

    /// <summary>
    /// What a run would do. Of new files only those that have the size of a vanished one are read, to tell whether they
    /// have moved.
    /// </summary>
    public IndexSummary Summarise()
    {
        int added = 0, changed = 0, moved = 0;
        HashSet<long> sizes = [.. Vanished.Select(i => i.Size)];
        foreach (FoundPicture file in ToRead)
        {
            if (Known.ContainsKey(file.Path))
                changed++;
            else if (sizes.Contains(file.Size) && TakeVanished(HashOf(file)) is not null)
                moved++;
            else
                added++;
        }
        return new(added, changed, moved, Vanished.Count(), Unchanged,
            [.. Problems.Values.OrderBy(p => p.Path, StringComparer.Ordinal)], Unread, false);
    }

    public static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    private static string HashOf(FoundPicture file)
    {
        try
        {
            return HashOf(PictureInput.ReadBytes(new(file.FullPath)));
        }
        catch (CirrusException)
        {
            return "";
        }
    }
}
