using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Reads and writes the small files of a gallery; every write is flushed before it is renamed into place.</summary>
internal static class GalleryFiles
{
    public const string Manifest = "manifest.json";

    private const int LongestLine = 1 << 24, LongestManifest = 1 << 28;

    private static ReadOnlySpan<byte> BeforeCheck => ",\"check\":\""u8;

    private static ReadOnlySpan<byte> BehindCheck => "\"}"u8;

    /// <summary>The manifest that a rebuild makes ready beside the one that counts.</summary>
    public const string Rebuild = "rebuild.json";

    public static GalleryManifest ReadManifest(string folder, string name = Manifest)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            throw new CirrusException($"There is no gallery in '{folder}'.", hint: "make one: cirrus index FOLDER");
        GalleryManifest? manifest;
        byte[] content;
        try
        {
            content = ReadAll(path);
            manifest = JsonSerializer.Deserialize(content, GalleryJson.Default.GalleryManifest);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }
        if (manifest is { Format: > GalleryManifest.CurrentFormat })
            throw new CirrusException($"'{path}' has format {manifest.Format}; this cirrus knows up to {GalleryManifest.CurrentFormat}.",
                hint: "use a newer cirrus");
        if (!IsWhole(content))
            throw Damaged(path, "it is not what was written");
        if (manifest is not { Format: > 0 })
            throw Damaged(path, "fields are missing");
        if (GalleryRules.Wrong(manifest) is string wrong)
            throw Damaged(path, wrong);
        return manifest;
    }

    public static void WriteManifest(string folder, GalleryManifest manifest, string name = Manifest)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, GalleryJson.Default.GalleryManifest);
        using AtomicFile file = AtomicFile.Create(Path.Combine(folder, name));
        file.Stream.Write([.. json.AsSpan(..^1), .. BeforeCheck, .. HashOf(json), .. BehindCheck]);
        file.Keep();
    }

    public static void WriteLines<T>(string path, IEnumerable<T> records, JsonTypeInfo<T> type)
    {
        using AtomicFile file = AtomicFile.Create(path);
        using (Utf8JsonWriter json = new(file.Stream))
            foreach (T record in records)
            {
                JsonSerializer.Serialize(json, record, type);
                json.Flush();
                json.Reset();
                file.Stream.WriteByte((byte)'\n');
            }
        file.Keep();
    }

    /// <summary>Pictures, a line each.</summary>
    /// <exception cref="CirrusException">The file is not there or damaged.</exception>
    public static List<GalleryItem> ReadItems(string path) => ReadLines(path, line =>
    {
        GalleryItem item = ItemLine.Read(line);
        return GalleryRules.Wrong(item) is string wrong ? throw new JsonException(wrong) : item;
    });

    /// <exception cref="CirrusException">The file is not there or damaged.</exception>
    public static List<GalleryProblem> ReadProblems(string path) => ReadLines(path, line =>
    {
        GalleryProblem problem = JsonSerializer.Deserialize(line, GalleryJson.Default.GalleryProblem) ?? throw new JsonException("an empty record");
        return GalleryRules.Wrong(problem) is string wrong ? throw new JsonException(wrong) : problem;
    });

    private delegate T LineReader<T>(ReadOnlySpan<byte> line);

    private static List<T> ReadLines<T>(string path, LineReader<T> read)
    {
        List<T> records = [];
        byte[] buffer = new byte[1 << 16];
        int have = 0;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            for (int more = file.Read(buffer); more > 0; more = file.Read(buffer, have, buffer.Length - have))
            {
                have += more;
                int from = 0;
                for (int length = buffer.AsSpan(0, have)
                    .IndexOf((byte)'\n'); length >= 0; length = buffer.AsSpan(from, have - from).IndexOf((byte)'\n'))
                {
                    records.Add(read(buffer.AsSpan(from, length)));
                    from += length + 1;
                }
                buffer.AsSpan(from, have - from).CopyTo(buffer);
                have -= from;
                if (have == buffer.Length)
                    Array.Resize(ref buffer, have < LongestLine
                        ? 2 * have
                        : throw new JsonException($"a line of it has more than {LongestLine:N0} bytes"));
            }
            if (have > 0)
                records.Add(read(buffer.AsSpan(0, have)));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message);
        }
        return records;
    }

    public static CirrusException Damaged(string path, string why) =>
        new($"'{path}' is damaged: {why}", hint: "restore it from a copy, or cirrus gallery verify says what is whole, and --repair keeps that");

    /// <summary>Also while a writer puts another in its place, which Windows allows only where a reader says so.</summary>
    private static byte[] ReadAll(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        byte[] content = new byte[file.Length <= LongestManifest ? file.Length : throw new JsonException($"it has {file.Length:N0} bytes")];
        file.ReadExactly(content);
        return content;
    }

    /// <summary>True of a manifest of before, which has no checksum as its last field.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> content)
    {
        int hash = content.Length - BehindCheck.Length - (2 * SHA256.HashSizeInBytes), end = hash - BeforeCheck.Length;
        return end < 0 || !content[end..].StartsWith(BeforeCheck)
            || content[hash..^BehindCheck.Length].SequenceEqual(HashOf([.. content[..end], (byte)'}']));
    }

    private static byte[] HashOf(ReadOnlySpan<byte> json) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json)));
}
