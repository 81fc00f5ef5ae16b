using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Reads and writes the small files of a gallery; every write is flushed before it is renamed into place.</summary>
internal static class GalleryFiles
{
    public const string Manifest = "manifest.json";

    public static GalleryManifest ReadManifest(string folder)
    {
        string path = Path.Combine(folder, Manifest);
        if (!File.Exists(path))
            throw new CirrusException($"There is no gallery in '{folder}'.", hint: "make one: cirrus index FOLDER");
        GalleryManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), GalleryJson.Default.GalleryManifest);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }
        if (manifest is { Format: > GalleryManifest.CurrentFormat })
            throw new CirrusException($"'{path}' has format {manifest.Format}; this cirrus knows up to {GalleryManifest.CurrentFormat}.", hint: "use a newer cirrus");
        if (manifest is not { Format: > 0, Space.P: > 0, Segments: not null, Root: not null })
            throw Damaged(path, "fields are missing");
        foreach (string? name in manifest.Segments.Select(s => (string?)s.Name).Append(manifest.Gone).Append(manifest.Moved).Append(manifest.Problems))
            if (name is not null && (name.Length == 0 || name != Path.GetFileName(name)))
                throw Damaged(path, $"'{name}' is not a file of it");
        return manifest;
    }

    public static void WriteManifest(string folder, GalleryManifest manifest) =>
        Replace(Path.Combine(folder, Manifest), JsonSerializer.SerializeToUtf8Bytes(manifest, GalleryJson.Default.GalleryManifest));

    public static void WriteLines<T>(string path, IEnumerable<T> records, JsonTypeInfo<T> type)
    {
        using MemoryStream lines = new();
        foreach (T record in records)
        {
            lines.Write(JsonSerializer.SerializeToUtf8Bytes(record, type));
            lines.WriteByte((byte)'\n');
        }
        Replace(path, lines.ToArray());
    }

    public static List<T> ReadLines<T>(string path, JsonTypeInfo<T> type)
    {
        List<T> records = [];
        try
        {
            foreach (string line in File.ReadLines(path, Encoding.UTF8))
                records.Add(JsonSerializer.Deserialize(line, type) ?? throw new JsonException("an empty record"));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }
        return records;
    }

    public static CirrusException Damaged(string path, string why) =>
        new($"'{path}' is damaged: {why}", hint: "restore it from a copy, or delete the .cirrus folder and index again");

    private static void Replace(string path, byte[] content)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
