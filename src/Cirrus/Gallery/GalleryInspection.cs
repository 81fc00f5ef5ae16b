using System.Numerics.Tensors;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>A gallery's files held against their checksums, and each row against its own: what of them is as it was written.</summary>
internal sealed class GalleryInspection
{
    private readonly string _folder;
    private readonly GalleryManifest _manifest;
    private readonly List<GalleryDamage> _damage = [];
    private readonly Dictionary<long, GalleryItem> _moved = [];
    private readonly HashSet<long> _gone = [];
    private readonly HashSet<string> _unread = [];
    private readonly Dictionary<string, int[]> _kept = [];
    private readonly List<GallerySegment> _codes = [];
    private long _last;
    private int _pictures, _unchecked;

    public GalleryInspection(string folder, GalleryManifest manifest)
    {
        (_folder, _manifest) = (folder, manifest);
        _unchecked = manifest.Files.Count(f => manifest.Checks?.ContainsKey(f) != true);
        if (manifest.Moved is string moved)
            Read(moved, path => GalleryFiles.ReadItems(path).ForEach(i => _moved[i.Id] = i));
        if (manifest.Gone is string gone)
            Read(gone, path => _gone.UnionWith(GalleryFiles.ReadItems(path).Select(i => i.Id)));
        if (manifest.Problems is string problems)
            Read(problems, path => GalleryFiles.ReadProblems(path));
        foreach (GallerySegment segment in manifest.Segments)
            Look(segment);
    }

    public GalleryCheck Found => new(_pictures, _manifest.Segments.Count, _unchecked, _damage);

    /// <summary>True when a file that the manifest names is not what was written.</summary>
    public bool IsDamaged => _unread.Count + _kept.Count > 0;

    /// <summary>Segments whose codes are damaged or without checksums.</summary>
    public IReadOnlyList<GallerySegment> Codes => _codes;

    /// <summary>The name of a list, or null when it cannot be believed.</summary>
    public string? List(string? file) => file is not null && _unread.Contains(file) ? null : file;

    /// <summary>Of a segment that is not as it was written the rows that are, maybe none; null: it is.</summary>
    public IReadOnlyList<int>? RowsOf(GallerySegment segment) => _kept.GetValueOrDefault(segment.Name);

    private void Look(GallerySegment segment)
    {
        List<GalleryItem>? items = null;
        Read(segment.Name + SegmentFile.Items, _ => items = SegmentFile.ReadItems(_folder, segment, _manifest));
        List<int> good = [];
        string file = segment.Name + SegmentFile.Numbers;
        string? what;
        try
        {
            what = Changed(file);
            using MappedRows rows = SegmentFile.OpenRows(_folder, segment, _manifest.Space.P, out float[] norms);
            if (items is not null && (what is null || rows.HasChecks))
                what = LookAt(rows, norms, items, good) ?? what;
        }
        catch (Exception e) when (e is CirrusException or IOException or UnauthorizedAccessException)
        {
            what = e is FileNotFoundException ? "it is not there" : e.Message;
        }
        if (items is not null && what is not null)
            _damage.Add(new(file, what, Derived: good.Count == items.Count)
            {
                Pictures = [.. items.Where((item, row) => !_gone.Contains(item.Id) && good.BinarySearch(row) < 0)
                    .Select(item => _moved.GetValueOrDefault(item.Id, item).Path)],
            });
        else if (what is not null)
            _damage.Add(new(file, what));
        if (items is null || what is not null)
            _kept[segment.Name] = [.. good];
        else
            LookAtCodes(segment);
        _pictures += good.Count(row => !_gone.Contains(items![row].Id));
    }

    /// <param name="good">gets the rows that are as they were written.</param>
    /// <returns>what is wrong with the others; null: there are none.</returns>
    private string? LookAt(MappedRows rows, float[] norms, List<GalleryItem> items, List<int> good)
    {
        string? first = null;
        for (int row = 0; row < items.Count; row++)
            if (Wrong(rows, row, norms[row], items[row]) is string wrong)
            {
                first ??= $"row {row:N0} {wrong}";
            }
            else
            {
                good.Add(row);
                _last = items[row].Id;
            }
        int more = items.Count - good.Count - 1;
        return more > 0 ? $"{first}, and {more:N0} more of its {items.Count:N0} rows" : first;
    }

    private string? Wrong(MappedRows rows, int row, float norm, GalleryItem item)
    {
        if (!rows.IsWhole(row))
            return "is not what was written";
        float length = TensorPrimitives.Norm(rows[row]);
        return length != 0 && !(MathF.Abs(length - 1) < 1e-3f) ? "is not of length one"
            : !(norm > 0 && float.IsFinite(norm)) ? "has no length"
            : item.Id >= _manifest.NextId || item.Id <= _last ? $"has id {item.Id}, which is not its own"
            : item.Path.Length == 0 ? "has no path" : null;
    }

    private void LookAtCodes(GallerySegment segment)
    {
        string file = segment.Name + SegmentFile.Codes;
        if (!File.Exists(Path.Combine(_folder, file)))
            return;
        try
        {
            using MappedRows rows = MappedRows.Open(Path.Combine(_folder, segment.Name + SegmentFile.Numbers), "rows");
            using RowCodes? codes = RowCodes.Open(Path.Combine(_folder, file), rows);
            if (codes is not null)
                return;
            _unchecked++;
        }
        catch (CirrusException e)
        {
            _damage.Add(new(file, e.Message, Derived: true));
        }
        _codes.Add(segment);
    }

    /// <summary>Reads a file of lines, which is damaged when that fails or its content has changed.</summary>
    private void Read(string file, Action<string> read)
    {
        string? what;
        try
        {
            what = Changed(file);
            if (what is null)
                read(Path.Combine(_folder, file));
        }
        catch (Exception e) when (e is CirrusException or IOException or UnauthorizedAccessException)
        {
            what = e is FileNotFoundException ? "it is not there" : e.Message;
        }
        if (what is null)
            return;
        _damage.Add(new(file, what));
        _unread.Add(file);
    }

    /// <summary>Null: it is what was written, or nobody knows what was.</summary>
    private string? Changed(string file)
    {
        string found = SegmentFile.HashOf(Path.Combine(_folder, file));
        return _manifest.Checks?.GetValueOrDefault(file) is not string wanted || wanted == found ? null
            : $"its content has changed: SHA-256 {found[..16]}..., written was {wanted[..Math.Min(wanted.Length, 16)]}...";
    }
}
