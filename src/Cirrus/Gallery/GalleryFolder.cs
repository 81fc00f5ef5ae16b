using System.Numerics.Tensors;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>A folder of indexed pictures: append-only segments named by one manifest (docs/formats.md).</summary>
/// <remarks>A snapshot: what was there when it was opened. Thread-safe. <see cref="GalleryWriter"/> writes.</remarks>
public sealed class GalleryFolder : IDisposable
{
    private readonly List<(float[] Rows, float[] Norms, GalleryItem?[] Items)> _segments = [];
    private readonly GalleryManifest _manifest;

    private GalleryFolder(string folder, GalleryManifest manifest)
    {
        (Folder, _manifest) = (folder, manifest);
        Dictionary<long, GalleryItem> moved = [];
        if (manifest.Moved is string file)
            foreach (GalleryItem item in GalleryFiles.ReadLines(At(file), GalleryJson.Default.GalleryItem))
                moved[item.Id] = item;
        HashSet<long> gone = manifest.Gone is string names ? ReadGone(At(names)) : [];
        foreach (GallerySegment segment in manifest.Segments)
            _segments.Add(ReadSegment(segment, moved, gone));
        Problems = manifest.Problems is string problems ? GalleryFiles.ReadLines(At(problems), GalleryJson.Default.GalleryProblem) : [];
    }

    /// <summary>The folder that holds the manifest, usually <c>ROOT/.cirrus</c>.</summary>
    public string Folder { get; }

    /// <summary>The folder whose pictures are indexed, absolute.</summary>
    public string Root => Path.GetFullPath(Path.Combine(Folder, _manifest.Root));

    public EmbeddingSpace Space => _manifest.Space;

    public IReadOnlyList<GalleryProblem> Problems { get; }

    /// <summary>All pictures that count, in the order in which they were added.</summary>
    public IEnumerable<GalleryItem> Items => _segments.SelectMany(s => s.Items).OfType<GalleryItem>();

    public int Count => Items.Count();

    /// <summary>All rows as they are kept, in the order of their ids.</summary>
    public IEnumerable<StoredRow> StoredRows()
    {
        foreach ((float[] rows, float[] norms, GalleryItem?[] items) in _segments)
            for (int i = 0; i < items.Length; i++)
                if (items[i] is GalleryItem item)
                    yield return new(item, rows.AsMemory(i * Space.P, Space.P), norms[i]);
    }

    /// <summary>Opens a gallery as it is now; what is written later is seen by whoever opens it then.</summary>
    /// <exception cref="CirrusException">There is none, it is damaged, or of a newer format.</exception>
    public static GalleryFolder Open(string folder)
    {
        GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
        while (true)
        {
            try
            {
                return new(folder, manifest);
            }
            catch (CirrusException) when (GalleryFiles.ReadManifest(folder) is { } now && now.Version != manifest.Version)
            {
                manifest = GalleryFiles.ReadManifest(folder);    // a writer has put newer files in the place of those it named
            }
        }
    }

    /// <summary>Rises with every change of a gallery: tells whether what is open is still what is there.</summary>
    public static long VersionOf(string folder) => GalleryFiles.ReadManifest(folder).Version;

    public long Version => _manifest.Version;

    /// <summary>The usual name of a gallery's folder.</summary>
    public const string Name = ".cirrus";

    /// <summary>True when a folder holds a gallery.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, GalleryFiles.Manifest));

    /// <summary>The gallery folder of a place: itself, its .cirrus, that of a folder above it, or one of theirs in the user's data. Null when there is none.</summary>
    public static string? Find(string place)
    {
        if (IsOne(place))
            return place;
        for (string? at = Path.GetFullPath(place); at is not null; at = Path.GetDirectoryName(at))
            if (IsOne(Path.Combine(at, Name)))
                return Path.Combine(at, Name);
        for (string? at = Path.GetFullPath(place); at is not null; at = Path.GetDirectoryName(at))
            if (IsOne(GalleryPlace.Elsewhere(at)))
                return GalleryPlace.Elsewhere(at);
        return null;
    }

    /// <summary>The same for what a person has named.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static string Named(string place) => Find(place)
        ?? throw new CirrusException($"There is no gallery in '{place}' or above it.", hint: "make one: cirrus index FOLDER");

    /// <summary>The unit row of an item, or null when it is not here.</summary>
    public ReadOnlyMemory<float>? Row(long id)
    {
        foreach ((float[] rows, _, GalleryItem?[] items) in _segments)
            for (int i = 0; i < items.Length; i++)
                if (items[i]?.Id == id)
                    return rows.AsMemory(i * Space.P, Space.P);
        return null;
    }

    /// <summary>The raw feature of an item as the tower gave it: unit row times norm.</summary>
    public float[]? RawFeature(long id)
    {
        foreach ((float[] rows, float[] norms, GalleryItem?[] items) in _segments)
            for (int i = 0; i < items.Length; i++)
                if (items[i]?.Id == id)
                {
                    float[] raw = rows.AsSpan(i * Space.P, Space.P).ToArray();
                    TensorPrimitives.Multiply(raw, norms[i], raw);
                    return raw;
                }
        return null;
    }

    /// <summary>The k best pictures that pass the filter, exactly; equal scores stand in the order of their ids.</summary>
    /// <param name="query">unit vector, [P].</param>
    public IReadOnlyList<GalleryHit> Search(ReadOnlyMemory<float> query, int k, Predicate<GalleryItem>? filter = null) => query.Length == Space.P
        ? Search(row => TensorPrimitives.Dot(query.Span, row), k, filter)
        : throw new ArgumentException($"The query has {query.Length} numbers, the gallery's rows {Space.P}.");

    /// <summary>The same for any score of a unit row, [P].</summary>
    public IReadOnlyList<GalleryHit> Search(Func<ReadOnlySpan<float>, float> score, int k, Predicate<GalleryItem>? filter = null)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int p = Space.P;
        List<GalleryHit> hits = [];
        foreach ((float[] rows, _, GalleryItem?[] items) in _segments)
        {
            float[] scores = new float[items.Length];
            Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, items.Length, 2048), part =>
            {
                for (int i = part.Item1; i < part.Item2; i++)
                    scores[i] = score(rows.AsSpan(i * p, p));
            });
            foreach (int i in TopK.Largest(scores, k, i => items[i] is { } item && (filter is null || filter(item))))
                if (items[i] is { } item)
                    hits.Add(new(item, scores[i]));
        }
        return [.. hits.OrderByDescending(h => h.Score).ThenBy(h => h.Item.Id).Take(k)];
    }

    public void Dispose() => _segments.Clear();

    private (float[], float[], GalleryItem?[]) ReadSegment(GallerySegment segment, Dictionary<long, GalleryItem> moved, HashSet<long> gone)
    {
        List<GalleryItem> items = SegmentFile.ReadItems(Folder, segment);
        (float[] values, float[] lengths) = SegmentFile.ReadNumbers(Folder, segment, Space.P);
        return (values, lengths, [.. items.Select(i => gone.Contains(i.Id) ? null : moved.GetValueOrDefault(i.Id, i))]);
    }

    private static HashSet<long> ReadGone(string path) => [.. GalleryFiles.ReadLines(path, GalleryJson.Default.GalleryItem).Select(i => i.Id)];

    private string At(string file) => Path.Combine(Folder, file);
}
