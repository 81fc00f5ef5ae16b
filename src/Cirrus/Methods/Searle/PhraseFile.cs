using System.Text.Json;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods.Searle;

/// <summary>Reads phrases: the published pickle {concept: [phrase, ...]}, JSON lines, or plain text; the last two also gzipped.</summary>
/// <remarks>
/// A JSON line is {"concept": "cat", "phrases": ["a photo of cat that ...", ...]}. A line of plain text is a concept, a tab and a phrase, or
/// a phrase that begins "a photo of CONCEPT that". The pickle runs nothing: see <see cref="PickledTexts"/>.
/// </remarks>
public static class PhraseFile
{
    private const string Lead = "a photo of ", Link = " that";

    /// <exception cref="CirrusException">It is missing or damaged, or a line is not as described.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string path)
    {
        if (!File.Exists(path))
            throw new CirrusException($"There is no file of phrases at '{path}'.",
                hint: "name a .pkl, .jsonl or .txt file; without one, phrases are made by a grammar");
        if (Path.GetExtension(path).ToUpperInvariant() is ".PKL" or ".PICKLE")
            return PickledTexts.ReadLists(path).ToDictionary(l => l.Key.Trim(), l => l.Value, StringComparer.Ordinal);
        Dictionary<string, List<string>> phrases = new(StringComparer.Ordinal);
        using TextLines lines = TextLines.Open(path);
        string plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        bool json = Path.GetExtension(plain).ToUpperInvariant() is ".JSONL" or ".NDJSON";
        while (lines.Next())
        {
            if (lines.Line is not string line)
                throw Bad(path, lines.Number, $"it is {lines.Reason}");
            if (string.IsNullOrWhiteSpace(line))
                continue;
            (string concept, IReadOnlyList<string> more) = (json ? OfJson(line) : OfText(line))
                ?? throw Bad(path, lines.Number,
                    json ? "it is no object with concept and phrases" : "it has no tab, and is no 'a photo of CONCEPT that ...'");
            if (!phrases.TryGetValue(concept.Trim(), out List<string>? known))
                phrases.Add(concept.Trim(), known = []);
            known.AddRange(more);
        }
        return phrases.ToDictionary(p => p.Key, p => (IReadOnlyList<string>)p.Value, StringComparer.Ordinal);
    }

    private static (string, IReadOnlyList<string>)? OfText(string line)
    {
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        if (tab > 0)
            return (line[..tab], [line[(tab + 1)..].Trim()]);
        int link = line.IndexOf(Link, StringComparison.Ordinal);
        return line.StartsWith(Lead, StringComparison.Ordinal) && link > Lead.Length ? (line[Lead.Length..link], [line.Trim()]) : null;
    }

    private static (string, IReadOnlyList<string>)? OfJson(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("concept", out JsonElement concept)
                || concept.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("phrases", out JsonElement all) || all.ValueKind != JsonValueKind.Array
                || all.EnumerateArray().Any(p => p.ValueKind != JsonValueKind.String))
                return null;
            return (concept.GetString()!, [.. all.EnumerateArray().Select(p => p.GetString()!)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)      // the latter: a text that is no Unicode
        {
            return null;
        }
    }

    private static CirrusException Bad(string path, int line, string why) => new($"'{path}', line {line:N0}: {why}.",
        hint: "a line is 'concept TAB phrase', 'a photo of CONCEPT that ...', or in a .jsonl {\"concept\": \"cat\", "
            + "\"phrases\": [\"a photo of cat that ...\"]}");
}
