using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Changes a gallery's folder. It holds the lock: one at a time, in one process.</summary>
/// <remarks>
/// What <see cref="Commit"/> returned from is on the disk. Files are written and flushed first and named by the manifest after,
/// so that a crash at any moment leaves the state before or the one behind; what it left over the next writer deletes.
/// Readers need no lock and see whole states only.
/// </remarks>
public sealed class GalleryWriter : IDisposable
{
    private readonly FileStream _lock;
    private readonly List<(GallerySegment Segment, GalleryItem[] Items)> _segments = [];
    private readonly Dictionary<long, GalleryItem> _items = [];
    private HashSet<long> _gone = [];
    private GalleryManifest _manifest;
    private string _name;
    private (string? Name, float[] Rows, float[] Norms) _read = (null, [], []);

    private GalleryWriter(string folder, FileStream writeLock, GalleryManifest manifest, string name)
    {
        (Folder, _lock, _manifest, _name) = (folder, writeLock, manifest, name);
        Problems = Load();
    }

    /// <summary>The folder that holds the manifest, usually <c>ROOT/.cirrus</c>.</summary>
    public string Folder { get; }

    /// <summary>The folder whose pictures are indexed, absolute.</summary>
    public string Root => Path.GetFullPath(Path.Combine(Folder, _manifest.Root));

    public EmbeddingSpace Space => _manifest.Space;

    /// <summary>The part of the folder it is of, "0/8"; null: all of it.</summary>
    public string? Shard => _manifest.Shard;

    /// <summary>Which files of the folder were looked at last.</summary>
    public PictureChoice Choice => _manifest.Choice ?? PictureChoice.Usual;

    public long Version => _manifest.Version;

    /// <summary>The space of a rebuild that has begun and not ended, or null.</summary>
    public EmbeddingSpace? Rebuilding => _name == GalleryFiles.Rebuild ? null : GallerySweep.Rebuilding(Folder)?.Space;

    public IReadOnlyList<GalleryProblem> Problems { get; private set; }

    /// <summary>All pictures that count, in the order of their ids.</summary>
    public IEnumerable<GalleryItem> Items => _segments.SelectMany(s => s.Items).Where(i => !_gone.Contains(i.Id)).Select(i => _items[i.Id]);

    public int Count => _items.Count;

    /// <summary>Rows in files that no longer count.</summary>
    public int Dead => _segments.Sum(s => s.Items.Length) - Count;

    public int Segments => _segments.Count;

    /// <summary>Makes an empty gallery for a folder of pictures.</summary>
    /// <param name="shard">the part of the folder it will be of, "0/8"; null: all of it.</param>
    /// <exception cref="CirrusException">There is one already, or the folder cannot be written.</exception>
    public static GalleryWriter Create(string folder, string root, EmbeddingSpace space, string? shard = null)
    {
        FileStream writeLock = GalleryLock.Take(folder);
        return Locked(writeLock, () =>
        {
            if (GalleryFolder.IsOne(folder))
                throw new CirrusException($"There is a gallery in '{folder}' already.", hint: "name another folder, or delete it");
            GalleryManifest manifest = new(GalleryManifest.CurrentFormat, space, Path.GetRelativePath(folder, root), 1, [],
                null, null, null, 0, null, shard);
            GallerySweep.Run(folder, manifest, null);
            GalleryFiles.WriteManifest(folder, manifest);
            FolderFlush.Of(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder);
            return new(folder, writeLock, manifest, GalleryFiles.Manifest);
        });
    }

    /// <exception cref="CirrusException">There is none, it is damaged, of a newer format, being written, or not ours to write.</exception>
    public static GalleryWriter Open(string folder)
    {
        GalleryFiles.ReadManifest(folder);    // no lock file where there is no gallery
        FileStream writeLock = GalleryLock.Take(folder);
        return Locked(writeLock, () =>
        {
            GalleryManifest manifest = GalleryFiles.ReadManifest(folder);
            GallerySweep.Run(folder, manifest, GallerySweep.Rebuilding(folder));
            return new(folder, writeLock, manifest, GalleryFiles.Manifest);
        });
    }

    /// <summary>Begins a gallery of the same pictures in another space, or goes on with it; until <see cref="Finish"/> the old one counts.</summary>
    /// <exception cref="CirrusException">As of <see cref="Open"/>.</exception>
    public static GalleryWriter Rebuild(string folder, EmbeddingSpace space)
    {
        GalleryFiles.ReadManifest(folder);
        FileStream writeLock = GalleryLock.Take(folder);
        return Locked(writeLock, () =>
        {
            GalleryManifest old = GalleryFiles.ReadManifest(folder);
            if (GallerySweep.Rebuilding(folder) is { } begun && begun.Space == space)
            {
                try
                {
                    GallerySweep.Run(folder, old, begun);
                    return new(folder, writeLock, begun, GalleryFiles.Rebuild);
                }
                catch (CirrusException)    // what was begun is damaged, and begun again
                {
                }
            }
            GalleryManifest manifest = old with { Space = space, Segments = [], Moved = null, Gone = null, Problems = null, Checks = null, Version = GalleryDraft.NextVersion(folder, old) };
            GalleryFiles.WriteManifest(folder, manifest, GalleryFiles.Rebuild);
            GallerySweep.Run(folder, old, manifest);
            return new(folder, writeLock, manifest, GalleryFiles.Rebuild);
        });
    }

    /// <summary>Writes a change whole; when this returns it is kept.</summary>
    /// <returns>the ids of the added rows, in their order.</returns>
    /// <exception cref="ArgumentException">A row is not [P], or an id is not larger than all before.</exception>
    /// <exception cref="CirrusException">It cannot be written, the disk is full say; the gallery is as it was.</exception>
    public IReadOnlyList<long> Commit(GalleryChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        bool items = change.Updated.Count > 0 || change.Gone.Count > 0;
        IReadOnlyList<GalleryProblem>? problems = change.Problems is { } told && !told.SequenceEqual(Problems) ? [.. told] : null;
        PictureChoice choice = change.Choice ?? Choice;
        if (change.Added.Count == 0 && !items && problems is null && choice == Choice)
            return [];
        GalleryDraft next = new(Folder, choice == Choice ? _manifest : _manifest with { Choice = choice }, _manifest);
        GalleryItem[] added = Numbered(change.Added);
        HashSet<long> gone = [.. _gone, .. change.Gone];
        Dictionary<long, GalleryItem> updated = change.Updated.ToDictionary(i => i.Id);
        if (updated.Keys.FirstOrDefault(id => !_items.ContainsKey(id)) is not 0 and long unknown)
            throw new ArgumentException($"The gallery has no picture {unknown} to update.", nameof(change));
        OnDisk(() =>
        {
            if (added.Length > 0)
                next.AddSegment(added, change.Added);
            if (items)
                next.SetRecords(_segments.SelectMany(s => s.Items), i =>
                    gone.Contains(i.Id) ? null : updated.GetValueOrDefault(i.Id) ?? _items[i.Id]);
            if (problems is not null)
                next.SetProblems(problems);
            _manifest = next.Publish(_name);
        });
        _gone = gone;
        foreach (GalleryItem item in added)
            _items[item.Id] = item;
        foreach (GalleryItem item in change.Updated)
            _items[item.Id] = item;
        foreach (long id in gone)
            _items.Remove(id);
        if (added.Length > 0)
            _segments.Add((_manifest.Segments[^1], added));
        Problems = problems ?? Problems;
        return [.. added.Select(i => i.Id)];
    }

    /// <summary>The picture with this id that counts, or null.</summary>
    public GalleryItem? Find(long id) => _items.GetValueOrDefault(id);

    /// <summary>The row of a picture that counts, read from its file.</summary>
    /// <exception cref="ArgumentException">There is none with this id.</exception>
    /// <exception cref="CirrusException">The file is damaged.</exception>
    public StoredRow Row(long id)
    {
        GalleryItem item = Find(id) ?? throw new ArgumentException($"The gallery has no picture {id}.", nameof(id));
        (GallerySegment segment, GalleryItem[] items) = _segments.First(s => s.Items[0].Id <= id && id <= s.Items[^1].Id);
        if (_read.Name != segment.Name)
        {
            SegmentFile.Check(Folder, segment.Name + SegmentFile.Numbers, _manifest);
            (float[] rows, float[] norms) = SegmentFile.ReadNumbers(Folder, segment, Space.P);
            _read = (segment.Name, rows, norms);
        }
        int at = Array.FindIndex(items, i => i.Id == id);
        return new(item, _read.Rows.AsSpan(at * Space.P, Space.P).ToArray(), _read.Norms[at]);
    }

    /// <summary>Writes the rows of all segments from one on anew, larger, without those that are gone; vectors and ids stay.</summary>
    /// <exception cref="CirrusException">A segment is damaged, or the disk is full; the gallery is as it was.</exception>
    public void Compact(int from = 0)
    {
        GalleryDraft next = new(Folder, _manifest with { Segments = [.. _manifest.Segments.Take(from)] }, _manifest);
        OnDisk(() =>
        {
            int most = SegmentFile.MostRows(Space.P);
            List<StoredRow> rows = [];
            foreach ((GallerySegment segment, GalleryItem[] items) in _segments.Skip(from))
            {
                SegmentFile.Check(Folder, segment.Name + SegmentFile.Numbers, _manifest);
                (float[] units, float[] norms) = SegmentFile.ReadNumbers(Folder, segment, Space.P);
                for (int i = 0; i < items.Length; i++)
                {
                    if (Find(items[i].Id) is { } item)
                        rows.Add(new(item, units.AsMemory(i * Space.P, Space.P), norms[i]));
                    if (rows.Count == most)
                        Write();
                }
            }
            if (rows.Count > 0)
                Write();
            next.SetRecords(_segments.Take(from).SelectMany(s => s.Items), i => _gone.Contains(i.Id) ? null : _items[i.Id]);
            next.CheckProblems();
            _manifest = next.Publish(_name);

            void Write()
            {
                next.AddSegment([.. rows.Select(r => r.Item)], rows);
                rows.Clear();
            }
        });
        _segments.Clear();
        _items.Clear();
        Load();
    }

    /// <summary>Keeps the number of segments small: many small ones at the end become one, and many rows that are gone leave.</summary>
    public void Tidy()
    {
        if (Dead > Math.Max(256, Count / 4))
        {
            Compact();
            return;
        }
        int from = _segments.Count;
        for (long sum = 0; from > 0 && _segments[from - 1].Segment.Rows <= Math.Min(Math.Max(2 * sum, 64), SegmentFile.MostRows(Space.P) / 2); from--)
            sum += _segments[from - 1].Segment.Rows;
        if (_segments.Count - from >= 8)
            Compact(from);
    }

    /// <summary>The rebuilt gallery counts from here on. Methods' weights that do not fit it are put aside as <c>methods-FINGERPRINT</c>.</summary>
    /// <exception cref="InvalidOperationException">This is no rebuild.</exception>
    public void Finish()
    {
        if (_name != GalleryFiles.Rebuild)
            throw new InvalidOperationException("Only a rebuild is finished.");
        OnDisk(() =>
        {
            if (GalleryFiles.ReadManifest(Folder) is { } old && old.Space.Fingerprint != Space.Fingerprint)
                GallerySweep.PutMethodsAside(Folder, old.Space.Fingerprint);
            _manifest = new GalleryDraft(Folder, _manifest).Publish(_name);
            File.Move(At(GalleryFiles.Rebuild), At(GalleryFiles.Manifest), overwrite: true);
            FolderFlush.Of(Folder);
            _name = GalleryFiles.Manifest;
            GallerySweep.Run(Folder, _manifest, null);
        });
    }

    public void Dispose() => _lock.Dispose();

    private static GalleryWriter Locked(FileStream writeLock, Func<GalleryWriter> open)
    {
        GalleryWriter? opened = null;
        try
        {
            return opened = open();
        }
        finally
        {
            if (opened is null)
                writeLock.Dispose();
        }
    }

    /// <summary>What is read here is written again sooner or later, with a new checksum.</summary>
    private IReadOnlyList<GalleryProblem> Load()
    {
        GalleryRecords records = GalleryRecords.Read(Folder, _manifest);
        _gone = records.Gone;
        foreach (GallerySegment segment in _manifest.Segments)
        {
            GalleryItem[] items = [.. SegmentFile.ReadItems(Folder, segment, _manifest)];
            long before = _segments is [.., (_, [.., { } last])] ? last.Id : 0;
            if (items[0].Id <= before)
                throw GalleryFiles.Damaged(At(segment.Name), $"its ids do not rise above {before}");
            _segments.Add((segment, items));
            foreach (GalleryItem item in items)
                if (!_gone.Contains(item.Id))
                    _items[item.Id] = records.Moved.GetValueOrDefault(item.Id, item);
        }
        if (_segments is [.., (_, [.., { } newest])] && newest.Id >= _manifest.NextId)
            throw GalleryFiles.Damaged(At(_name), $"its next id, {_manifest.NextId}, has been given");
        return records.Problems;
    }

    private GalleryItem[] Numbered(IReadOnlyList<StoredRow> added)
    {
        GalleryItem[] items = new GalleryItem[added.Count];
        long id = _manifest.NextId;
        for (int i = 0; i < items.Length; i++)
        {
            StoredRow row = added[i];
            if (row.Unit.Length != Space.P)
                throw new ArgumentException($"A row has {row.Unit.Length} numbers, the gallery's have {Space.P}.");
            if (row.Item.Id != 0 && row.Item.Id < id)
                throw new ArgumentException($"Picture {row.Item.Id} cannot be added behind {id - 1}: ids rise through a gallery.");
            id = row.Item.Id == 0 ? id : row.Item.Id;
            items[i] = row.Item with { Id = id++ };
        }
        return items;
    }

    private void OnDisk(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The gallery '{Folder}' cannot be written: {e.Message}",
                hint: "make room on the disk and go on; what was saved before is whole", e);
        }
    }

    private string At(string file) => Path.Combine(Folder, file);
}
