using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace Cirrus.Gallery;

/// <summary>The next state of a gallery while its files are written; none of them counts before <see cref="Publish"/>.</summary>
internal sealed class GalleryDraft
{
    private readonly string _folder;
    private readonly GalleryManifest _before;
    private readonly Dictionary<string, string> _checks;
    private GalleryManifest _next;
    private int _written;

    public GalleryDraft(string folder, GalleryManifest before)
        : this(folder, before, before)
    {
    }

    /// <param name="start">the state before without the segments that are written anew.</param>
    /// <param name="before">what counts now.</param>
    public GalleryDraft(string folder, GalleryManifest start, GalleryManifest before)
    {
        (_folder, _before) = (folder, before);
        _checks = before.Checks is null ? [] : new(before.Checks);
        _next = start with { Version = NextVersion(folder, before) };
    }

    /// <summary>Larger than that of any manifest here, so that no file's name comes twice.</summary>
    public static long NextVersion(string folder, GalleryManifest manifest)
    {
        long other = File.Exists(Path.Combine(folder, GalleryFiles.Rebuild)) && GallerySweep.Rebuilding(folder) is { } begun ? begun.Version : 0;
        return Math.Max(Math.Max(manifest.Version, other), GalleryFolder.IsOne(folder) ? GalleryFolder.VersionOf(folder) : 0) + 1;
    }

    /// <summary>A segment of before that stays as it is, behind those there are.</summary>
    public void Keep(GallerySegment segment) => _next = _next with { Segments = [.. _next.Segments, segment] };

    /// <param name="items">with the ids that they get.</param>
    /// <param name="rows">theirs, in the same order.</param>
    public void AddSegment(IReadOnlyList<GalleryItem> items, IReadOnlyList<StoredRow> rows)
    {
        int p = _next.Space.P;
        float[] units = new float[rows.Count * p], norms = new float[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Unit.Span.CopyTo(units.AsSpan(i * p));
            norms[i] = rows[i].Norm;
        }
        string name = Name("s") + (_written == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{_written}"));
        _written++;
        SegmentFile.Write(_folder, name, items, units, norms, _checks);
        _next = _next with { NextId = Math.Max(_next.NextId, items[^1].Id + 1), Segments = [.. _next.Segments, new(name, rows.Count)] };
    }

    /// <summary>Writes which of the pictures have newer records, and which are gone.</summary>
    /// <param name="pictures">all rows of segments that stay.</param>
    /// <param name="now">what is known of a picture by now; null: it is gone.</param>
    public void SetRecords(IEnumerable<GalleryItem> pictures, Func<GalleryItem, GalleryItem?> now)
    {
        List<GalleryItem> moved = [], gone = [];
        foreach (GalleryItem item in pictures)
            if (now(item) is not { } known)
                gone.Add(new(item.Id, "", 0, 0, "", 0, 0));
            else if (known != item)
                moved.Add(known);
        _next = _next with { Moved = WriteLines("moved-", moved, GalleryJson.Default.GalleryItem), Gone = WriteLines("gone-", gone, GalleryJson.Default.GalleryItem) };
    }

    public void SetProblems(IReadOnlyList<GalleryProblem> problems) => _next = _next with { Problems = WriteLines("problems-", problems, GalleryJson.Default.GalleryProblem) };

    /// <summary>A list of before there were checksums gets its own.</summary>
    public void CheckProblems()
    {
        if (_next.Problems is string file && !_checks.ContainsKey(file))
            _checks[file] = SegmentFile.HashOf(At(file));
    }

    /// <summary>The moment at which the change counts. What only the state before named is deleted behind it.</summary>
    /// <param name="manifest">the file that says what counts.</param>
    public GalleryManifest Publish(string manifest)
    {
        HashSet<string> files = [.. _next.Files];
        _next = _next with { Checks = _checks.Where(c => files.Contains(c.Key)).OrderBy(c => c.Key, StringComparer.Ordinal).ToDictionary() };
        GalleryFiles.WriteManifest(_folder, _next, manifest);
        string[] old = [.. _before.Files.Where(f => !files.Contains(f))];
        foreach (string file in old)
            GallerySweep.TryDelete(At(file));
        foreach (string file in old.Where(f => f.EndsWith(SegmentFile.Numbers, StringComparison.Ordinal)))
            GallerySweep.TryDelete(At(Path.ChangeExtension(file, SegmentFile.Codes)));
        return _next;
    }

    /// <summary>The name of the file; null when there is nothing to say.</summary>
    private string? WriteLines<T>(string kind, IReadOnlyCollection<T> records, JsonTypeInfo<T> type)
    {
        if (records.Count == 0)
            return null;
        string file = Name(kind) + SegmentFile.Items;
        GalleryFiles.WriteLines(At(file), records, type);
        _checks[file] = SegmentFile.HashOf(At(file));
        return file;
    }

    private string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}{_next.Version:D8}");

    private string At(string file) => Path.Combine(_folder, file);
}
