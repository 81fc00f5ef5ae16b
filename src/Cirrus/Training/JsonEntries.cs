using System.IO.Compression;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>Entries of a file of JSON lines or of one JSON array, each also gzipped, and what may stand in them.</summary>
internal static class JsonEntries
{
    /// <summary>Every entry with its number from 1: of its line, or its place in the array. Lines that are no JSON are told.</summary>
    /// <exception cref="CirrusException">The gzip data or the array are damaged.</exception>
    public static void Read(string path, LineTally tally, Action<JsonElement, int> entry)
    {
        if (IsArray(path))
            ReadArray(path, entry);
        else
            ReadLines(path, tally, entry);
    }

    /// <summary>Every line with its number from 1; those that are no JSON are told.</summary>
    /// <exception cref="CirrusException">The gzip data are damaged.</exception>
    public static void ReadLines(string path, LineTally tally, Action<JsonElement, int> entry)
    {
        using TextLines lines = TextLines.Open(path);
        while (lines.Next())
            if (lines.Line is null)
                tally.Bad(lines.Reason, lines.Number);
            else if (!string.IsNullOrWhiteSpace(lines.Line))
                try
                {
                    using JsonDocument line = JsonDocument.Parse(lines.Line);
                    entry(line.RootElement, lines.Number);
                }
                catch (JsonException)
                {
                    tally.Bad("not JSON", lines.Number);
                }
    }

    /// <summary>What a picture is called: the first of the fields that is there, a text or a number.</summary>
    public static string? Name(JsonElement entry, params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
            if (entry.TryGetProperty(field, out JsonElement value))
                return value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(value);
        return null;
    }

    /// <summary>The texts of <c>captions</c>, or that of <c>caption</c>; none where there is neither.</summary>
    public static string[] Captions(JsonElement entry)
    {
        if (entry.TryGetProperty("captions", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
            return [.. list.EnumerateArray().Select(Text).OfType<string>()];
        return entry.TryGetProperty("caption", out JsonElement one) && Text(one) is string caption ? [caption] : [];
    }

    /// <summary>Null for what is no text, is blank, or has half a surrogate pair.</summary>
    public static string? Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString() is string text && !string.IsNullOrWhiteSpace(text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void ReadArray(string path, Action<JsonElement, int> entry)
    {
        try
        {
            using Stream stream = Open(path);
            using JsonDocument array = JsonDocument.Parse(stream);
            int number = 0;
            foreach (JsonElement one in array.RootElement.EnumerateArray())
                entry(one, ++number);
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}' is a damaged JSON array: {e.Message}", hint: "fetch the file again", e);
        }
        catch (InvalidDataException e)
        {
            throw new CirrusException($"'{path}' is damaged: {e.Message}", hint: "fetch or pack the file again", e);
        }
    }

    private static bool IsArray(string path)
    {
        try
        {
            using Stream stream = Open(path);
            using StreamReader reader = new(stream);
            int c = reader.Read();
            while (c >= 0 && char.IsWhiteSpace((char)c))
                c = reader.Read();
            return c == '[';
        }
        catch (InvalidDataException e)
        {
            throw new CirrusException($"'{path}' is damaged: {e.Message}", hint: "fetch or pack the file again", e);
        }
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
