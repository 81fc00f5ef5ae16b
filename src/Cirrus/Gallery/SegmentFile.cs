using System.Security.Cryptography;
using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;

namespace Cirrus.Gallery;

/// <summary>The two files of a segment: its pictures, and their rows and norms.</summary>
internal static class SegmentFile
{
    public const string Items = ".jsonl", Numbers = ".safetensors", Codes = ".codes";

    /// <summary>Codes of fewer rows are made when they are searched.</summary>
    private const int FewRows = 4096;

    /// <summary>Numbers in a segment that compaction writes: 128 MB of them.</summary>
    private const int MostNumbers = 32 << 20;

    /// <summary>Rows that compaction puts into a segment.</summary>
    public static int MostRows(int p) => Math.Max(MostNumbers / p, 1);

    /// <param name="rows">[n, P]; <paramref name="norms"/> [n].</param>
    public static void Write(string folder, string name, IReadOnlyList<GalleryItem> items, float[] rows, float[] norms,
        Dictionary<string, string> checks)
    {
        string lines = Path.Combine(folder, name + Items), numbers = Path.Combine(folder, name + Numbers);
        GalleryFiles.WriteLines(lines, items, GalleryJson.Default.GalleryItem);
        MappedRows.Write(numbers, rows, norms);
        if (items.Count >= FewRows)
            WriteCodes(folder, name);
        checks[name + Items] = HashOf(lines);
        checks[name + Numbers] = HashOf(numbers);
    }

    /// <summary>Codes are made of the rows that lie on the disk.</summary>
    public static void WriteCodes(string folder, string name) =>
        RowCodes.Write(Path.Combine(folder, name + Codes), Path.Combine(folder, name + Numbers));

    /// <summary>Its pictures, while another thread holds the file against its checksum: a wrong id, date or size would be seen by nobody.</summary>
    /// <exception cref="CirrusException">The file is not there, damaged, or not what was written.</exception>
    public static List<GalleryItem> ReadItems(string folder, GallerySegment segment, GalleryManifest manifest)
    {
        string path = Path.Combine(folder, segment.Name + Items);
        Task check = Task.Run(() => Check(folder, segment.Name + Items, manifest));
        List<GalleryItem> items = GalleryFiles.ReadItems(path);
        if (items.Count != segment.Rows)
            throw GalleryFiles.Damaged(path, $"it should have {segment.Rows} lines, and has {items.Count}");
        for (int i = 1; i < items.Count; i++)
            if (items[i].Id <= items[i - 1].Id)
                throw GalleryFiles.Damaged(path, $"id {items[i].Id} stands behind {items[i - 1].Id}");
        check.GetAwaiter().GetResult();
        return items;
    }

    /// <summary>Unit rows [n, P] and norms [n].</summary>
    /// <exception cref="CirrusException">The file is not there or damaged.</exception>
    public static (float[] Rows, float[] Norms) ReadNumbers(string folder, GallerySegment segment, int p)
    {
        using MappedRows rows = OpenRows(folder, segment, p, out float[] norms);
        float[] values = new float[(long)rows.Count * p];
        for (int r = 0; r < rows.Count; r++)
            rows[r].CopyTo(values.AsSpan(r * p));
        return (values, norms);
    }

    /// <summary>Unit rows [n, P] where they lie, and a copy of the norms [n].</summary>
    /// <exception cref="CirrusException">The file is not there or damaged.</exception>
    public static MappedRows OpenRows(string folder, GallerySegment segment, int p, out float[] norms)
    {
        string path = Path.Combine(folder, segment.Name + Numbers);
        MappedRows? rows = null;
        try
        {
            rows = MappedRows.Open(path, "rows");
            norms = rows.Count == segment.Rows && rows.Width == p ? new float[rows.Count] : throw new ArgumentException("other sizes");
            rows.ReadNorms(norms);
            return rows;
        }
        catch (Exception e) when (e is ArgumentException or CirrusException)
        {
            rows?.Dispose();
            throw GalleryFiles.Damaged(path, e is CirrusException ? e.Message : $"it should hold {segment.Rows} rows of {p}");
        }
    }

    /// <summary>Holds a file against its checksum: what is copied out of it gets a new one, which must not hide damage.</summary>
    /// <exception cref="CirrusException">Its content is not what was written.</exception>
    public static void Check(string folder, string file, GalleryManifest manifest)
    {
        if (manifest.Checks?.GetValueOrDefault(file) is not string wanted)
            return;
        string path = Path.Combine(folder, file);
        try
        {
            if (HashOf(path) == wanted)
                return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GalleryFiles.Damaged(path, e.Message);
        }
        throw GalleryFiles.Damaged(path, "its content is not what was written");
    }

    public static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
