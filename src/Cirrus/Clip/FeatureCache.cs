using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Pictures' raw features on disk by key: a folder of segments, added and never changed (docs/formats.md).</summary>
/// <remarks>
/// A segment is there whole or not at all, under a name that no other process gives: any number of them may share a folder.
/// What is damaged, or made of something else, is told and passed over. Not thread-safe.
/// </remarks>
public sealed class FeatureCache
{
    private const string Rows = "features", Keys = "keys", Checksum = "sha256", Format = "cirrus features 1";
    private const int KeyDigits = 32;
    private readonly Dictionary<string, string> _made;
    private readonly Action<string>? _say;
    private readonly string _writer = Guid.NewGuid().ToString("N")[..8];
    private int _written;
    private bool _full;

    /// <param name="folder">made when something is kept.</param>
    /// <param name="made">what features are made of: only segments that say the same are read.</param>
    /// <param name="say">told of segments that are passed over.</param>
    public FeatureCache(string folder, IReadOnlyDictionary<string, string> made, Action<string>? say = null)
    {
        ArgumentNullException.ThrowIfNull(made);
        (Folder, _say) = (folder, say);
        _made = new(made) { ["format"] = Format };
    }

    public string Folder { get; }

    /// <summary>Features of a model's pictures as it prepares them: a folder named by both, below a common root.</summary>
    public static FeatureCache Of(ClipModel clip, string root, Action<string>? say = null)
    {
        ArgumentNullException.ThrowIfNull(clip);
        Dictionary<string, string> made = new()
        {
            ["model"] = clip.Fingerprint,
            ["preprocessing"] = clip.Preprocessing.ToString(),
            ["precision"] = clip.Weights.Values.Any(w => w.Type == ElementType.BF16) ? "bf16" : "f32",
        };
        string name = $"{clip.Fingerprint}-{made["preprocessing"].Replace(' ', '-')}-{made["precision"]}";
        return new(Path.Combine(root, name), made, say);
    }

    /// <summary>Copies the rows that are there.</summary>
    /// <param name="places">the row of each key wanted.</param>
    /// <param name="rows">[n, p].</param>
    /// <param name="have">set to true for every row that was found.</param>
    public void Read(IReadOnlyDictionary<string, int> places, int p, Span<float> rows, bool[] have)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(have);
        if (!Directory.Exists(Folder))
            return;
        Dictionary<string, int> wanted = places.ToDictionary(k => Digest(k.Key), k => k.Value, StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(Folder, "segment-*.safetensors").Order(StringComparer.Ordinal))
            if (Segment(path, p) is var (keys, values))
                for (int i = 0; i < values.Length / p; i++)
                    if (wanted.TryGetValue(keys.Substring(i * KeyDigits, KeyDigits), out int row) && !have[row])
                    {
                        values.AsSpan(i * p, p).CopyTo(rows[(row * p)..]);
                        have[row] = true;
                    }
    }

    /// <summary>Adds a segment. A folder that cannot be written is told once; nothing is kept from then on.</summary>
    /// <param name="rows">[keys.Count, P].</param>
    public void Write(IReadOnlyList<string> keys, ReadOnlyMemory<float> rows)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (_full || keys.Count == 0)
            return;
        string digests = string.Concat(keys.Select(Digest));
        Dictionary<string, string> facts = new(_made) { [Keys] = digests, [Checksum] = Sum(digests, rows.Span) };
        try
        {
            Directory.CreateDirectory(Folder);
            string name = string.Create(CultureInfo.InvariantCulture, $"segment-{_written++:D5}-{_writer}.safetensors");
            SavedTensor saved = new(Rows, StoredType.F32, [keys.Count, rows.Length / keys.Count], () => rows);
            Safetensors.Write(Path.Combine(Folder, name), [saved], facts);
        }
        catch (Exception e) when (e is CirrusException or IOException or UnauthorizedAccessException)
        {
            _full = true;
            _say?.Invoke($"features are no longer kept: {e.Message}");
        }
    }

    /// <summary>A segment's keys, end to end, and rows; null when it cannot be trusted.</summary>
    private (string Keys, float[] Rows)? Segment(string path, int p)
    {
        try
        {
            using TensorFile file = TensorFile.Open(path);
            if (_made.FirstOrDefault(m => file.Metadata.GetValueOrDefault(m.Key) != m.Value) is { Key: not null } other)
            {
                string found = file.Metadata.GetValueOrDefault(other.Key) ?? "";
                return PassedOver(path, $"its {other.Key} is '{found}', not '{other.Value}'");
            }
            string keys = file.Metadata.GetValueOrDefault(Keys) ?? "";
            if (!file.Tensors.TryGetValue(Rows, out StoredTensor? stored) || stored.Type != StoredType.F32
                || stored.Shape is not [long count, long width]
                || width != p || keys.Length != count * KeyDigits)
                return PassedOver(path, "its keys and rows do not fit");
            float[] rows = new float[stored.Count];
            file.Read(Rows, rows);
            return Sum(keys, rows) == file.Metadata.GetValueOrDefault(Checksum)
                ? (keys, rows) : PassedOver(path, "its checksum is not that of its content");
        }
        catch (CirrusException e)
        {
            return PassedOver(path, e.Message);
        }
    }

    private (string, float[])? PassedOver(string path, string why)
    {
        _say?.Invoke($"'{path}' is not used: {why}; it may be deleted");
        return null;
    }

    private static string Digest(string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..KeyDigits];

    private static string Sum(string keys, ReadOnlySpan<float> rows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(keys));
        hash.AppendData(MemoryMarshal.AsBytes(rows));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
