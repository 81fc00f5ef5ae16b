using System.Globalization;
using System.Numerics.Tensors;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>A found row. Score is the cosine of query and picture, unless a method has a score of its own.</summary>
public sealed record GalleryHit(GalleryItem Item, float Score);

/// <summary>A row to be added: its raw feature, [P], is stored as unit row and norm.</summary>
public sealed record NewItem(string Path, long Size, long Modified, string Hash, int Width, int Height, ReadOnlyMemory<float> Feature);

/// <summary>A folder of indexed pictures: append-only segments named by one manifest (docs/formats.md).</summary>
/// <remarks>
/// What <see cref="Append"/>, <see cref="Update"/> or <see cref="SetProblems"/> returned from is on the disk. Reading is
/// thread-safe; writing belongs to one thread and one process at a time, which the lock file holds.
/// </remarks>
public sealed class GalleryFolder : IDisposable
{
    private readonly List<(float[] Rows, float[] Norms, GalleryItem?[] Items)> _segments = [];
    private readonly FileStream? _lock;
    private GalleryManifest _manifest;

    private GalleryFolder(string folder, GalleryManifest manifest, FileStream? writeLock)
    {
        (Folder, _manifest, _lock) = (folder, manifest, writeLock);
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

    public IReadOnlyList<GalleryProblem> Problems { get; private set; }

    /// <summary>All pictures that count, in the order in which they were added.</summary>
    public IEnumerable<GalleryItem> Items => _segments.SelectMany(s => s.Items).OfType<GalleryItem>();

    public int Count => Items.Count();

    /// <summary>Makes an empty gallery for a folder of pictures.</summary>
    public static GalleryFolder Create(string folder, string root, EmbeddingSpace space)
    {
        Directory.CreateDirectory(folder);
        FileStream writeLock = Lock(folder);
        GalleryManifest manifest = new(GalleryManifest.CurrentFormat, space, Path.GetRelativePath(folder, root), 1, [], null, null, null);
        GalleryFiles.WriteManifest(folder, manifest);
        return new(folder, manifest, writeLock);
    }

    /// <summary>Opens a gallery.</summary>
    /// <param name="forWriting">takes the lock; another writer gets an error.</param>
    /// <exception cref="CirrusException">There is none, it is damaged, of a newer format, or being written.</exception>
    public static GalleryFolder Open(string folder, bool forWriting = false)
    {
        GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
        FileStream? writeLock = forWriting ? Lock(folder) : null;
        try
        {
            return new(folder, forWriting ? GalleryFiles.ReadManifest(folder) : manifest, writeLock);
        }
        catch (CirrusException)
        {
            writeLock?.Dispose();
            throw;
        }
    }

    /// <summary>The usual name of a gallery's folder.</summary>
    public const string Name = ".cirrus";

    /// <summary>True when a folder holds a gallery.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, GalleryFiles.Manifest));

    /// <summary>The gallery folder of a place: itself, its .cirrus, or that of a folder above it. Null when there is none.</summary>
    public static string? Find(string place)
    {
        if (IsOne(place))
            return place;
        for (string? at = Path.GetFullPath(place); at is not null; at = Path.GetDirectoryName(at))
            if (IsOne(Path.Combine(at, Name)))
                return Path.Combine(at, Name);
        return null;
    }

    /// <summary>Adds rows as one segment: written and flushed first, named by the manifest after.</summary>
    public void Append(IReadOnlyList<NewItem> added)
    {
        RequireLock();
        if (added.Count == 0)
            return;
        int p = Space.P;
        float[] rows = new float[added.Count * p], norms = new float[added.Count];
        GalleryItem[] items = new GalleryItem[added.Count];
        long id = _manifest.NextId;
        for (int i = 0; i < added.Count; i++)
        {
            NewItem n = added[i];
            if (n.Feature.Length != p)
                throw new ArgumentException($"A feature has {n.Feature.Length} numbers, the gallery's have {p}.");
            norms[i] = MathF.Max(TensorPrimitives.Norm(n.Feature.Span), 1e-12f);
            TensorPrimitives.Divide(n.Feature.Span, norms[i], rows.AsSpan(i * p, p));
            items[i] = new(id++, n.Path, n.Size, n.Modified, n.Hash, n.Width, n.Height);
        }
        GallerySegment segment = new($"{items[0].Id:D10}", items.Length);
        GalleryFiles.WriteLines(At(segment.Name + ".jsonl"), items, GalleryJson.Default.GalleryItem);
        Safetensors.Write(At(segment.Name + ".safetensors"),
        [
            new("rows", StoredType.F32, [items.Length, p], () => rows),
            new("norms", StoredType.F32, [items.Length], () => norms),
        ]);
        Commit(_manifest with { NextId = id, Segments = [.. _manifest.Segments, segment] });
        _segments.Add((rows, norms, items));
    }

    /// <summary>Notes pictures that moved or were touched (same id, new record), and pictures that are gone.</summary>
    public void Update(IReadOnlyCollection<GalleryItem> moved, IReadOnlyCollection<long> gone)
    {
        RequireLock();
        if (moved.Count == 0 && gone.Count == 0)
            return;
        Dictionary<long, GalleryItem> records = _manifest.Moved is string file
            ? GalleryFiles.ReadLines(At(file), GalleryJson.Default.GalleryItem).ToDictionary(i => i.Id) : [];
        foreach (GalleryItem item in moved)
            records[item.Id] = item;
        HashSet<long> dead = _manifest.Gone is string names ? ReadGone(At(names)) : [];
        dead.UnionWith(gone);
        string movedFile = Versioned("moved", _manifest.Moved, ".jsonl"), goneFile = Versioned("gone", _manifest.Gone, ".jsonl");
        GalleryFiles.WriteLines(At(movedFile), records.Values.Where(r => !dead.Contains(r.Id)), GalleryJson.Default.GalleryItem);
        GalleryFiles.WriteLines(At(goneFile), dead.Order().Select(i => new GalleryItem(i, "", 0, 0, "", 0, 0)), GalleryJson.Default.GalleryItem);
        (string? oldMoved, string? oldGone) = (_manifest.Moved, _manifest.Gone);
        Commit(_manifest with { Moved = movedFile, Gone = goneFile });
        Forget(oldMoved);
        Forget(oldGone);
        foreach ((_, _, GalleryItem?[] items) in _segments)
            for (int i = 0; i < items.Length; i++)
                if (items[i] is { } item)
                    items[i] = dead.Contains(item.Id) ? null : records.GetValueOrDefault(item.Id, item);
    }

    /// <summary>Replaces the list of unreadable files.</summary>
    public void SetProblems(IReadOnlyList<GalleryProblem> problems)
    {
        RequireLock();
        if (problems.SequenceEqual(Problems))
            return;
        string file = Versioned("problems", _manifest.Problems, ".jsonl");
        string? old = _manifest.Problems;
        GalleryFiles.WriteLines(At(file), problems, GalleryJson.Default.GalleryProblem);
        Commit(_manifest with { Problems = file });
        Forget(old);
        Problems = [.. problems];
    }

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

    public void Dispose() => _lock?.Dispose();

    private (float[], float[], GalleryItem?[]) ReadSegment(GallerySegment segment, Dictionary<long, GalleryItem> moved, HashSet<long> gone)
    {
        List<GalleryItem> items = GalleryFiles.ReadLines(At(segment.Name + ".jsonl"), GalleryJson.Default.GalleryItem);
        using TensorFile file = TensorFile.Open(At(segment.Name + ".safetensors"));
        if (items.Count != segment.Rows || !file.Tensors.TryGetValue("rows", out StoredTensor? rows) || !rows.Shape.SequenceEqual([segment.Rows, Space.P])
            || !file.Tensors.TryGetValue("norms", out StoredTensor? norms) || norms.Count != segment.Rows)
            throw GalleryFiles.Damaged(At(segment.Name), $"it should hold {segment.Rows} rows of {Space.P}");
        float[] values = new float[rows.Count], lengths = new float[norms.Count];
        file.Read("rows", values);
        file.Read("norms", lengths);
        return (values, lengths, [.. items.Select(i => gone.Contains(i.Id) ? null : moved.GetValueOrDefault(i.Id, i))]);
    }

    private static HashSet<long> ReadGone(string path) => [.. GalleryFiles.ReadLines(path, GalleryJson.Default.GalleryItem).Select(i => i.Id)];

    private static string Versioned(string name, string? current, string extension)
    {
        int version = current is not null && int.TryParse(current.AsSpan(name.Length + 1, 6), NumberStyles.None, CultureInfo.InvariantCulture, out int v) ? v : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{name}-{version + 1:D6}{extension}");
    }

    private void Commit(GalleryManifest manifest)
    {
        GalleryFiles.WriteManifest(Folder, manifest);
        _manifest = manifest;
    }

    private void Forget(string? file)
    {
        if (file is not null)
            File.Delete(At(file));
    }

    private void RequireLock()
    {
        if (_lock is null)
            throw new InvalidOperationException("The gallery was opened for reading.");
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new CirrusException($"'{folder}' is being written by another cirrus.", hint: "wait until it has ended", e);
        }
    }

    private string At(string file) => Path.Combine(Folder, file);
}
