using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.CompoDiff;

/// <summary>
/// Raw features of pictures that are known by name alone, as <c>cirrus embed --raw</c> writes them: {"image": path,
/// "vector": [P numbers]} a line, also gzipped.
/// </summary>
/// <param name="Pictures">those that have a feature and were asked for; they cannot be read.</param>
/// <param name="Rows">[P] each, in the order of the pictures.</param>
/// <param name="Places">every name asked for that has a feature → its place.</param>
/// <param name="Notes">a line for people a file.</param>
public sealed record NamedFeatures(PictureSet Pictures, IReadOnlyList<float[]> Rows, IReadOnlyDictionary<string, int> Places,
    IReadOnlyList<string> Notes)
{
    private const float NearOne = 1e-3f;

    /// <summary>Reads the features of these pictures; of others nothing is kept.</summary>
    /// <param name="names">each a path, the end of one, or a file's name, with its ending or without.</param>
    /// <param name="length">P, of the features.</param>
    /// <exception cref="CirrusException">A file is missing or damaged, has vectors of another length or scaled ones, or
    /// a name is that of several pictures.</exception>
    public static NamedFeatures Read(IReadOnlyList<string> paths, IEnumerable<string> names, int length)
    {
        string[] wanted = [.. names.Distinct()];
        Search search = new(wanted.Select(Plain), length);
        List<string> notes = [];
        foreach (string path in paths)
        {
            if (!File.Exists(path))
                throw new CirrusException($"There is no file of features at '{path}'.",
                    hint: "write one: cirrus embed --raw --model CLIP -i photos/*.jpg -o features.jsonl");
            LineTally tally = new();
            int before = search.Rows.Count;
            JsonEntries.ReadLines(path, tally, (entry, number) =>
            {
                if (search.Add(entry, path, number) is string reason)
                    tally.Bad(reason, number);
            });
            IReadOnlyList<BadLines> bad = tally.Result();
            string left = bad.Count == 0 ? "" : $"; {bad.Sum(b => b.Count):N0} lines left out: {string.Join(", ", bad)}";
            notes.Add($"{Path.GetFileName(path)}: {search.Rows.Count - before:N0} features{left}");
        }
        if (search.Rows.Count > 0 && search.Rows.TrueForAll(r => MathF.Abs(TensorPrimitives.Norm<float>(r) - 1) < NearOne))
            throw new CirrusException("All the features have length 1; CompoDiff learns features as the image tower gives them.",
                hint: "write them with: cirrus embed --raw");
        PictureSet pictures = new(search.Images, Fingerprint(search),
            (place, _) => throw new CirrusException($"Of {search.Images[place]} there is a feature alone.",
                hint: "name the folder of the pictures instead of --features"));
        Dictionary<string, int> places = wanted.Where(n => search.Found.ContainsKey(Plain(n))).ToDictionary(n => n, n => search.Found[Plain(n)]);
        return new(pictures, search.Rows, places, notes);
    }

    private static string Plain(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    private static string Fingerprint(Search search)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < search.Rows.Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(search.Images[i] + "\n"));
            hash.AppendData(MemoryMarshal.AsBytes(search.Rows[i].AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Names that are looked for, and what was found so far.</summary>
    private sealed class Search
    {
        private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _wanted;
        private readonly HashSet<string> _seen = [];
        private readonly int _longest, _length;

        public Search(IEnumerable<string> wanted, int length)
        {
            HashSet<string> names = [.. wanted];
            (_wanted, _longest, _length) = (names.GetAlternateLookup<ReadOnlySpan<char>>(), names.Count == 0 ? 0 : names.Max(n => n.Length), length);
        }

        public List<string> Images { get; } = [];

        public List<float[]> Rows { get; } = [];

        public Dictionary<string, int> Found { get; } = [];

        /// <summary>Null, or why the line gives no feature.</summary>
        public string? Add(JsonElement line, string path, int number)
        {
            if (line.ValueKind != JsonValueKind.Object || JsonEntries.Name(line, "image") is not string image
                || !line.TryGetProperty("vector", out JsonElement vector) || vector.ValueKind != JsonValueKind.Array)
                return "without image or vector";
            if (vector.GetArrayLength() != _length)
                throw new CirrusException(
                    $"'{path}' has a vector of {vector.GetArrayLength()} numbers (line {number}); the model's pictures have {_length}.",
                    hint: "write the features with the model that is trained for: cirrus embed --raw --model CLIP");
            List<string> names = NamesOf(image.Replace('\\', '/'));
            if (names.Count == 0)
                return null;
            if (!_seen.Add(image))
                return "of a picture told before";
            float[] row = new float[_length];
            int at = 0;
            foreach (JsonElement value in vector.EnumerateArray())
                if (value.ValueKind != JsonValueKind.Number || !value.TryGetSingle(out row[at]) || !float.IsFinite(row[at++]))
                    return "with something else than finite numbers";
            foreach (string name in names)
                if (!Found.TryAdd(name, Rows.Count))
                    throw new CirrusException($"'{name}' could be '{Images[Found[name]]}' or '{image}'.",
                        hint: "name pictures by more of their path");
            Images.Add(image);
            Rows.Add(row);
            return null;
        }

        /// <summary>The wanted names that a path answers to.</summary>
        private List<string> NamesOf(string path)
        {
            List<string> names = [];
            int ending = Path.GetExtension(path.AsSpan()).Length;
            for (int from = path.Length; from > 0 && path.Length - from - ending <= _longest;)
            {
                from = path.LastIndexOf('/', from - 1) + 1;
                foreach (int to in (ReadOnlySpan<int>)(ending > 0 ? [path.Length, path.Length - ending] : [path.Length]))
                    if (_wanted.TryGetValue(path.AsSpan(from, to - from), out string? name))
                        names.Add(name);
                from--;
            }
            if (path.StartsWith('/') && _wanted.TryGetValue(path, out string? whole))
                names.Add(whole);
            return names;
        }
    }
}
