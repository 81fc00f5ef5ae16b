using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>A folder of indexed pictures: append-only segments named by one manifest (docs/formats.md).</summary>
/// <remarks>
/// A snapshot: what was there when it was opened. Thread-safe, <see cref="Dispose"/> included: a search that runs goes on to its end, and the
/// files are closed with the last. <see cref="GalleryWriter"/> writes.
/// </remarks>
public sealed class GalleryFolder : IDisposable
{
    private const int Sampled = 1024;

    private readonly List<GalleryRows> _segments = [];
    private readonly GalleryManifest _manifest;
    private readonly Lazy<float[]> _mean;
    private readonly UseCount _uses;

    private GalleryFolder(string folder, GalleryManifest manifest)
    {
        (Folder, _manifest, _mean, _uses) = (folder, manifest, new(MeanFeature), new(Close));
        GalleryRecords records = GalleryRecords.Read(folder, manifest);
        Problems = records.Problems;
        try
        {
            foreach (GallerySegment segment in manifest.Segments)
            {
                long before = _segments is [.., { Items: [.., { } last] }] ? last.Id : 0;
                _segments.Add(new(folder, segment, manifest, records));
                if (_segments[^1].Items[0].Id <= before)
                    throw GalleryFiles.Damaged(Path.Combine(folder, segment.Name), $"its ids do not rise above {before}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The folder that holds the manifest, usually <c>ROOT/.cirrus</c>.</summary>
    public string Folder { get; }

    /// <summary>The folder whose pictures are indexed, absolute.</summary>
    public string Root => Path.GetFullPath(Path.Combine(Folder, _manifest.Root));

    public EmbeddingSpace Space => _manifest.Space;

    /// <summary>Which files of the folder were looked at when it was indexed last.</summary>
    public PictureChoice Choice => _manifest.Choice ?? PictureChoice.Usual;

    public IReadOnlyList<GalleryProblem> Problems { get; }

    /// <summary>All pictures that count, in the order in which they were added.</summary>
    public IEnumerable<GalleryItem> Items => _segments.SelectMany(s => s.Counting);

    public int Count => _segments.Sum(s => s.Count);

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

    /// <summary>
    /// The gallery folder of a place: itself, its .cirrus, that of a folder above it, or one of theirs in the user's
    /// data. Null when there is none.
    /// </summary>
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
        ?? throw new CirrusException($"There is no gallery in '{place}' or above it.",
            hint: $"make one: cirrus index {(Directory.Exists(place) ? place : "FOLDER")}");

    /// <summary>The picture with this id, or null.</summary>
    public GalleryItem? Item(long id) => Place(id) is (var segment, var row) ? segment.Items[row] : null;

    /// <summary>The unit row of an item, or null when it is not here.</summary>
    public ReadOnlyMemory<float>? Row(long id) =>
        Use(() => Place(id) is (var segment, var row) ? (ReadOnlyMemory<float>?)segment.Rows[row].ToArray() : null);

    /// <summary>An item's row with its norm, or null when it is not here.</summary>
    public StoredRow? Stored(long id) => Use(() => Place(id) is (var segment, var row) ? segment.Stored(row) : null);

    /// <summary>All rows in the order of their ids.</summary>
    public IEnumerable<StoredRow> StoredRows()
    {
        Enter();
        try
        {
            foreach (GalleryRows segment in _segments)
                for (int row = 0; row < segment.Items.Length; row++)
                    if (segment.IsCounting(row))
                        yield return segment.Stored(row);
        }
        finally
        {
            _uses.Leave();
        }
    }

    /// <summary>The raw feature of an item as the tower gave it: unit row times norm.</summary>
    public float[]? RawFeature(long id)
    {
        if (Stored(id) is not { } stored)
            return null;
        float[] raw = new float[stored.Unit.Length];
        TensorPrimitives.Multiply(stored.Unit.Span, stored.Norm, raw);
        return raw;
    }

    /// <summary>The k best pictures of each query that pass the filter, exactly; equal scores stand in the order of their ids.</summary>
    /// <param name="queries">unit vectors, [B, P]; many at once cost a fraction each.</param>
    /// <param name="also">what has to be true besides.</param>
    /// <returns>B answers. Their <see cref="IndexAnswer.Noise"/> is that of <see cref="NoiseLevel"/> over the whole gallery.</returns>
    public IReadOnlyList<IndexAnswer> Answer(ReadOnlyMemory<float> queries, int k, ItemFilter? filter = null,
        Predicate<GalleryItem>? also = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int p = Space.P, count = queries.Length % p == 0
            ? queries.Length / p
            : throw new ArgumentException($"The queries have {queries.Length} numbers, the gallery's rows {p}.");
        Predicate<GalleryItem>? passes = filter is null ? also : also is null ? filter.Matches : item => filter.Matches(item) && also(item);
        return Use<IReadOnlyList<IndexAnswer>>(() =>
        {
            RowPart[] parts = [.. _segments.Select(s => s.Part(passes, stop))];
            int searched = Count, matched = passes is null ? searched : parts.Sum(GalleryRows.CountOf);
            FoundRow[][] found = parts.Length == 0
                ? [.. Enumerable.Repeat<FoundRow[]>([], count)]
                : RowSearch.Best(parts, queries, Math.Min(k, Math.Max(matched, 1)), stop);
            return [.. found.Select((rows, q) =>
                new IndexAnswer([.. rows.Select(r => new GalleryHit(_segments[r.Part].Items[r.Row], r.Score))], searched, matched, [],
                NoiseLevel.Of(RowSearch.Sample(parts, queries.Slice(q * p, p).Span, Sampled), searched)))];
        });
    }

    /// <summary>The k best pictures that pass the filter, exactly; equal scores stand in the order of their ids.</summary>
    /// <param name="query">unit vector, [P].</param>
    public IReadOnlyList<GalleryHit> Search(ReadOnlyMemory<float> query, int k, Predicate<GalleryItem>? filter = null) => query.Length == Space.P
        ? Answer(query, k, null, filter)[0].Hits
        : throw new ArgumentException($"The query has {query.Length} numbers, the gallery's rows {Space.P}.");

    /// <summary>The same for any score of a unit row, [P].</summary>
    public IReadOnlyList<GalleryHit> Search(Func<ReadOnlySpan<float>, float> score, int k, Predicate<GalleryItem>? filter = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return Use(() => Scored(score, k, filter, stop));
    }

    private List<GalleryHit> Scored(Func<ReadOnlySpan<float>, float> score, int k, Predicate<GalleryItem>? filter, CancellationToken stop)
    {
        List<GalleryHit> hits = [];
        foreach (GalleryRows segment in _segments)
        {
            float[] scores = new float[segment.Items.Length];
            try
            {
                Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, scores.Length, 2048),
                    new ParallelOptions { CancellationToken = stop }, part =>
                {
                    for (int i = part.Item1; i < part.Item2; i++)
                        scores[i] = score(segment.Rows.Scanned(i));
                });
            }
            catch (AggregateException e) when (e.InnerException is CirrusException damaged)
            {
                ExceptionDispatchInfo.Throw(damaged);
            }
            foreach (int i in TopK.Largest(scores, k, i => segment.IsCounting(i) && (filter is null || filter(segment.Items[i]))))
                hits.Add(new(segment.Items[i], scores[i]));
        }
        hits.Sort((a, b) => a.Score.CompareTo(b.Score) is var c && c != 0 ? -c : a.Item.Id.CompareTo(b.Item.Id));
        return hits.Count <= k ? hits : hits[..k];
    }

    /// <summary>Where a picture's file is, or was.</summary>
    internal string FullPath(GalleryItem item) => Path.GetFullPath(Path.Combine(Root, item.Path));

    /// <summary>The mean of all raw features, [P].</summary>
    internal float[] Mean => _mean.Value;

    /// <summary>Groups of nearly equal pictures: each is joined to another of its group by a cosine of the threshold or more. Exact.</summary>
    /// <param name="progress">pairs compared, of all.</param>
    /// <returns>groups of two and more in the order of their first ids, pictures in that of theirs.</returns>
    public IReadOnlyList<IReadOnlyList<GalleryItem>> Duplicates(float threshold, ItemFilter? filter = null,
        Action<long, long>? progress = null, CancellationToken stop = default) =>
        Use<IReadOnlyList<IReadOnlyList<GalleryItem>>>(() =>
            [.. NearPairs.Groups([.. _segments.Select(s => s.Part(filter is null ? null : filter.Matches, stop))], threshold, progress, stop)
            .Select(g => (IReadOnlyList<GalleryItem>)[.. g.Select(r => _segments[r.Part].Items[r.Row])])]);

    /// <summary>
    /// Closes the files as soon as nothing reads them any more; what begins after this is an
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => _uses.End();

    private void Enter() => ObjectDisposedException.ThrowIf(!_uses.TryEnter(), this);

    private T Use<T>(Func<T> read)
    {
        Enter();
        try
        {
            return read();
        }
        finally
        {
            _uses.Leave();
        }
    }

    private void Close()
    {
        foreach (GalleryRows segment in _segments)
            segment.Dispose();
    }

    /// <summary>Ids rise through a gallery.</summary>
    private (GalleryRows Segment, int Row)? Place(long id)
    {
        (int low, int high) = (0, _segments.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_segments[middle].Items is [.., { } last] && last.Id < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low < _segments.Count && _segments[low].Find(id) is int row ? (_segments[low], row) : null;
    }

    private float[] MeanFeature()
    {
        double[] sum = new double[Space.P];
        int count = 0;
        foreach (GalleryItem item in Items)
            if (RawFeature(item.Id) is float[] feature)
            {
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += feature[i];
                count++;
            }
        return [.. sum.Select(s => (float)(s / Math.Max(count, 1)))];
    }
}
