using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Reads and writes the small files of a gallery; every write is flushed before it is renamed into place.</summary>
internal static class GalleryFiles
{
    public const string Manifest = "manifest.json";

    /// <summary>The manifest that a rebuild makes ready beside the one that counts.</summary>
    public const string Rebuild = "rebuild.json";

    public static GalleryManifest ReadManifest(string folder, string name = Manifest)
    {
        string path = Path.Combine(folder, name);
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
        if (manifest is not { Format: > 0 })
            throw Damaged(path, "fields are missing");
        if (GalleryRules.Wrong(manifest) is string wrong)
            throw Damaged(path, wrong);
        return manifest;
    }

    public static void WriteManifest(string folder, GalleryManifest manifest, string name = Manifest) =>
        Replace(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(manifest, GalleryJson.Default.GalleryManifest));

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
            {
                T record = JsonSerializer.Deserialize(line, type) ?? throw new JsonException("an empty record");
                if (record is GalleryItem item && GalleryRules.Wrong(item) is string wrong)
                    throw new JsonException(wrong);
                records.Add(record);
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }
        return records;
    }

    public static CirrusException Damaged(string path, string why) =>
        new($"'{path}' is damaged: {why}", hint: "restore it from a copy, or cirrus gallery verify says what is whole, and --repair keeps that");

    private static void Replace(string path, byte[] content)
    {
        using AtomicFile file = AtomicFile.Create(path);
        file.Stream.Write(content);
        file.Keep();
    }
}
