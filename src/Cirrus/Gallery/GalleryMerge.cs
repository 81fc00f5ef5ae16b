using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>What merging found.</summary>
/// <param name="Doubled">pictures that more than one gallery has under one path; of each the one modified last was taken.</param>
public sealed record MergeSummary(int Pictures, int Unreadable, IReadOnlyList<string> Doubled);

/// <summary>One gallery of several: the parts of a folder, or galleries of several folders. Nothing is encoded, rows stay to the bit.</summary>
/// <remarks>
/// Ids are given anew, from 1 in the order of paths, which is the order in which one run over the whole folder gives them. Of a path
/// that is there twice the file modified last counts, of equal ones that of the gallery named first. The merged gallery is made
/// beside its place and renamed: it is there whole or not at all.
/// </remarks>
public static class GalleryMerge
{
    private const string Methods = "methods";

    /// <param name="root">the folder that all paths are relative to; null: each gallery's own, and of several the folder above all.</param>
    /// <exception cref="CirrusException">The galleries do not fit each other, one is damaged, or the place is taken.</exception>
    public static MergeSummary Run(IReadOnlyList<string> folders, string output, string? root, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(folders);
        GalleryManifest[] manifests = [.. folders.Select(f => GalleryFiles.ReadManifest(f))];
        for (int i = 1; i < manifests.Length; i++)
            if (!manifests[i].Space.Fits(manifests[0].Space))
                throw new CirrusException($"'{folders[i]}' is of {Describe(manifests[i].Space)}, '{folders[0]}' of {Describe(manifests[0].Space)}.",
                    hint: "only vectors of one model and one way of reading pictures can stand together");
        string[] roots = [.. folders.Zip(manifests, (f, m) => root is null ? Path.GetFullPath(Path.Combine(f, m.Root)) : Path.GetFullPath(root))];
        string above = roots.Aggregate(Common);
        SortedDictionary<string, (Source From, int Row, GalleryItem Item)> pictures = new(ByPath);
        SortedDictionary<string, GalleryProblem> problems = new(ByPath);
        SortedSet<string> doubled = new(StringComparer.Ordinal);
        List<Source> sources = [];
        using GalleryBuild build = GalleryBuild.Begin(output);
        try
        {
            for (int i = 0; i < folders.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                string prefix = roots[i] == above ? "" : Path.GetRelativePath(above, roots[i]).Replace(Path.DirectorySeparatorChar, '/') + "/";
                Read(folders[i], manifests[i], prefix, sources, pictures, problems, doubled);
            }
            foreach (string path in problems.Keys.Where(pictures.ContainsKey).ToArray())
                problems.Remove(path);
            PictureChoice? choice = manifests.All(m => m.Choice == manifests[0].Choice) && roots.All(r => r == above) ? manifests[0].Choice : null;
            Write(build, above, manifests[0] with { Choice = choice }, pictures, [.. problems.Values], stop);
            if (folders.Select(f => Path.Combine(f, Methods)).FirstOrDefault(Directory.Exists) is string methods)
                Copy(methods, Path.Combine(build.Folder, Methods));
            build.Finish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GalleryBuild.Unwritable(build.Place, build.Folder, e);
        }
        finally
        {
            foreach (Source source in sources)
                source.Dispose();
        }
        return new(pictures.Count, problems.Count, [.. doubled]);
    }

    /// <summary>A segment that rows are taken from: whole, for what is copied gets a new checksum.</summary>
    private sealed class Source : IDisposable
    {
        public Source(string folder, GallerySegment segment, GalleryManifest manifest)
        {
            SegmentFile.Check(folder, segment.Name + SegmentFile.Numbers, manifest);
            Rows = SegmentFile.OpenRows(folder, segment, manifest.Space.P, out float[] norms);
            Norms = norms;
        }

        public MappedRows Rows { get; }

        public float[] Norms { get; }

        public void Dispose() => Rows.Dispose();
    }

    /// <summary>Paths name by name, as a folder is walked: '/' stands before all.</summary>
    private static readonly Comparer<string> ByPath = Comparer<string>.Create((a, b) =>
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        return same == a.Length || same == b.Length ? a.Length - b.Length : (a[same] == '/' ? -1 : a[same]) - (b[same] == '/' ? -1 : b[same]);
    });

    private static void Read(string folder, GalleryManifest manifest, string prefix, List<Source> sources,
        SortedDictionary<string, (Source From, int Row, GalleryItem Item)> pictures,
        SortedDictionary<string, GalleryProblem> problems, SortedSet<string> doubled)
    {
        GalleryRecords records = GalleryRecords.Read(folder, manifest);
        SortedDictionary<string, (Source, int, GalleryItem)> own = new(ByPath);
        foreach (GallerySegment segment in manifest.Segments)
        {
            Source source = new(folder, segment, manifest);
            sources.Add(source);
            List<GalleryItem> items = SegmentFile.ReadItems(folder, segment, manifest);
            for (int i = 0; i < items.Count; i++)
                if (!records.Gone.Contains(items[i].Id) && records.Moved.GetValueOrDefault(items[i].Id, items[i]) is { } item)
                    own[prefix + item.Path] = (source, i, item with { Id = 0, Path = prefix + item.Path });
        }
        foreach ((string path, (Source, int, GalleryItem) picture) in own)
            if (!pictures.TryAdd(path, picture))
            {
                doubled.Add(path);
                if (picture.Item3.Modified > pictures[path].Item.Modified)
                    pictures[path] = picture;
            }
        foreach (GalleryProblem problem in records.Problems)
            problems[prefix + problem.Path] = problem with { Path = prefix + problem.Path };
    }

    /// <summary>Segments of the new gallery; rows are taken from where they lie in the files of the others.</summary>
    private static void Write(GalleryBuild build, string root, GalleryManifest first,
        SortedDictionary<string, (Source From, int Row, GalleryItem Item)> pictures,
        List<GalleryProblem> problems, CancellationToken stop)
    {
        string building = build.Folder;
        List<GallerySegment> segments = [];
        Dictionary<string, string> checks = [];
        int p = first.Space.P;
        long id = 1;
        foreach ((Source From, int Row, GalleryItem Item)[] some in pictures.Values.Chunk(SegmentFile.MostRows(p)))
        {
            stop.ThrowIfCancellationRequested();
            float[] rows = new float[some.Length * p], norms = new float[some.Length];
            GalleryItem[] items = [.. some.Select(s => s.Item with { Id = id++ })];
            for (int i = 0; i < some.Length; i++)
            {
                some[i].From.Rows[some[i].Row].CopyTo(rows.AsSpan(i * p));
                norms[i] = some[i].From.Norms[some[i].Row];
            }
            string name = segments.Count == 0 ? "s00000001" : $"s00000001-{segments.Count}";
            SegmentFile.Write(building, name, items, rows, norms, checks);
            segments.Add(new(name, items.Length));
        }
        string? list = problems.Count == 0 ? null : "problems-00000001" + SegmentFile.Items;
        if (list is not null)
        {
            GalleryFiles.WriteLines(Path.Combine(building, list), problems, GalleryJson.Default.GalleryProblem);
            checks[list] = SegmentFile.HashOf(Path.Combine(building, list));
        }
        GalleryFiles.WriteManifest(building, new(GalleryManifest.CurrentFormat, first.Space,
            Path.GetRelativePath(build.Place, root), id, segments, null, null, list, 1, checks, Choice: first.Choice));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            using FileStream source = File.OpenRead(file);
            using AtomicFile copy = AtomicFile.Create(Path.Combine(to, Path.GetFileName(file)));
            source.CopyTo(copy.Stream);
            copy.Keep();
        }
    }

    private static string Describe(EmbeddingSpace space) =>
        $"{space.Model} ({space.Fingerprint}, {space.Preprocessing}, orientation {space.Orientation})";

    private static string Common(string a, string b)
    {
        while (!(b + Path.DirectorySeparatorChar)
            .StartsWith(a.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            a = Path.GetDirectoryName(a) ?? throw new CirrusException($"'{a}' and '{b}' have no folder in common.",
                hint: "say where the pictures are: --root FOLDER");
        return a;
    }
}
