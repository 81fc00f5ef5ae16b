using System.Globalization;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A JSON file of annotations. What is wrong with it is told by file, record and field, beside what the official download has.</summary>
internal sealed class AnnotationFile : IDisposable
{
    private const long MostBytes = 1L << 30;
    private readonly JsonDocument? _json;
    private readonly IReadOnlyList<(int Line, JsonElement Value)> _lines = [];

    private AnnotationFile(string path, string? official, JsonDocument json) => (Path, Official, _json) = (path, official, json);

    private AnnotationFile(string path, IReadOnlyList<(int Line, JsonElement Value)> lines) => (Path, _lines) = (path, lines);

    public string Path { get; }

    /// <summary>Where the file comes from; null: the user wrote it.</summary>
    public string? Official { get; }

    /// <exception cref="ArgumentException">The file is one of lines.</exception>
    public AnnotationRecord Root => _json is null ? throw new ArgumentException($"'{Path}' was opened as lines.")
        : new(this, _json.RootElement, "the file");

    /// <summary>The values of a file that has one a line.</summary>
    public IEnumerable<AnnotationRecord> Lines =>
        _lines.Select(l => new AnnotationRecord(this, l.Value, string.Create(CultureInfo.InvariantCulture, $"line {l.Line}")));

    /// <param name="official">where the file comes from: "github.com/Cuberick-Orion/CIRR, branch cirr_dataset"; null: the user wrote it.</param>
    /// <exception cref="CirrusException">It is missing, too large, or no JSON.</exception>
    public static AnnotationFile Open(string path, string? official) => Guard(path, official, () =>
    {
        using FileStream file = File.OpenRead(path);
        Check(path, file.Length);
        return new AnnotationFile(path, official, JsonDocument.Parse(file));
    });

    /// <summary>Opens a user's file of JSON lines; empty lines do not count.</summary>
    /// <exception cref="CirrusException">It is missing, too large, or a line is no JSON.</exception>
    public static AnnotationFile OpenLines(string path) => Guard(path, null, () =>
    {
        Check(path, new FileInfo(path).Length);
        List<(int, JsonElement)> lines = [];
        foreach ((int i, string line) in File.ReadLines(path).Index())
            if (!string.IsNullOrWhiteSpace(line))
                lines.Add((i + 1, Parse(path, i + 1, line)));
        return new AnnotationFile(path, lines);
    });

    public void Dispose() => _json?.Dispose();

    /// <summary>What a user can do about a wrong value.</summary>
    internal string Hint(string wanted) => Official is null
        ? $"wanted: {wanted}; docs/formats.md describes the files"
        : $"the official file has {wanted}; it comes from {Official}";

    private static void Check(string path, long bytes)
    {
        if (bytes > MostBytes)
            throw new CirrusException($"'{path}' has {bytes >> 20} MB; annotations have at most {MostBytes >> 20}.",
                hint: "name the folder of the benchmark: --data DIR");
    }

    private static JsonElement Parse(string path, int number, string line)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}', line {number} is not JSON: {e.Message}",
                hint: "wanted: one JSON object a line; docs/formats.md describes the files", e);
        }
    }

    private static AnnotationFile Guard(string path, string? official, Func<AnnotationFile> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}",
                hint: official is null ? "docs/formats.md describes the files" : $"the file comes from {official}", e);
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}' is not JSON: {e.Message}",
                hint: official is null ? "docs/formats.md describes the files" : $"download it again: {official}", e);
        }
    }
}

/// <summary>An object or value of an annotation file, with where it stands.</summary>
/// <param name="Where">"record 12", "record 12, img_set".</param>
internal readonly record struct AnnotationRecord(AnnotationFile File, JsonElement Element, string Where)
{
    public bool Has(string field) => Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(field, out _);

    /// <summary>A field that may be left out or null.</summary>
    public AnnotationRecord? Optional(string field) =>
        Has(field) && Field(field) is { Element.ValueKind: not JsonValueKind.Null } value ? value : null;

    /// <summary>Refuses fields that mean nothing, and fields given twice.</summary>
    /// <param name="known">all that may be there.</param>
    public void Only(params string[] known)
    {
        HashSet<string> seen = [];
        foreach ((string name, _) in Fields())
            if (!known.Contains(name) || !seen.Add(name))
                throw Wrong(seen.Contains(name) ? $"{Where} has '{name}' twice" : $"{Where} has the unknown field '{name}'",
                    string.Join(", ", known));
    }

    /// <summary>The records of a list.</summary>
    public IEnumerable<AnnotationRecord> List()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Wrong($"{Where} is {Kind(Element)}", "a list");
        AnnotationRecord list = this;
        return Element.EnumerateArray().Select((e, i) => new AnnotationRecord(list.File, e, list.Where == "the file"
            ? string.Create(CultureInfo.InvariantCulture, $"record {i}") : string.Create(CultureInfo.InvariantCulture, $"{list.Where}[{i}]")));
    }

    /// <summary>Names and values of an object, in the file's order.</summary>
    public IEnumerable<(string Name, AnnotationRecord Value)> Fields()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Wrong($"{Where} is {Kind(Element)}", "an object");
        AnnotationRecord record = this;
        return Element.EnumerateObject().Select(p => (record.NameOf(p), p.Value)).Select(p =>
            (p.Item1, new AnnotationRecord(record.File, p.Value, $"'{p.Item1}'")));
    }

    public AnnotationRecord Field(string field) => Element.ValueKind == JsonValueKind.Object
        ? Element.TryGetProperty(field, out JsonElement value) ? new(File, value, $"{Where}, {field}")
        : throw Wrong($"{Where} has no '{field}'", $"'{field}' in every record")
        : throw Wrong($"{Where} is {Kind(Element)}", "an object");

    public string Text()
    {
        if (Element.ValueKind != JsonValueKind.String)
            throw Wrong($"{Where} is {Kind(Element)}", "a text");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"{Where} is a text with broken characters", "UTF-8 text");
        }
    }

    public string Text(string field) => Field(field).Text();

    public long Whole() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out long value)
        ? value : throw Wrong($"{Where} is {Kind(Element)}", "a whole number");

    public long Whole(string field) => Field(field).Whole();

    public double Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value) && double.IsFinite(value) ? value
        : throw Wrong($"{Where} is {Kind(Element)}", "a number");

    public bool Flag() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Element.GetBoolean() : throw Wrong($"{Where} is {Kind(Element)}", "true or false");

    /// <summary>The name of a file below some folder, with forward slashes, without "./" before it.</summary>
    public string FileBelow()
    {
        string path = Text();
        while (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        return LocalPath.StaysInside(path)
            ? path
            : throw Wrong($"{Where} is '{Text()}', which names no file below the folder of the data", "paths inside that folder");
    }

    /// <summary>An id that may be written as a number or as text.</summary>
    public string Id() => Element.ValueKind == JsonValueKind.String ? Text() : Whole().ToString(CultureInfo.InvariantCulture);

    public string Id(string field) => Field(field).Id();

    /// <summary>The error for a value that is not as it should be.</summary>
    public CirrusException Wrong(string found, string wanted) => new($"'{File.Path}': {found}.", hint: File.Hint(wanted));

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"{Where} has a name with broken characters", "UTF-8 text");
        }
    }

    private static string Kind(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {e.GetRawText()}",
        JsonValueKind.Null => "null",
        _ => e.GetRawText(),
    };
}
