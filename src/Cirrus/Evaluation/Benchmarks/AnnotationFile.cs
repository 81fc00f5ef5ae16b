using System.Globalization;
using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>A JSON file of annotations. What is wrong with it is told by file, record and field, beside what the official download has.</summary>
internal sealed class AnnotationFile : IDisposable
{
    private const long MostBytes = 1L << 30;
    private readonly JsonDocument _json;

    private AnnotationFile(string path, string official, JsonDocument json) => (Path, Official, _json) = (path, official, json);

    public string Path { get; }

    /// <summary>Where the file comes from.</summary>
    public string Official { get; }

    public AnnotationRecord Root => new(this, _json.RootElement, "the file");

    /// <param name="official">where the file comes from: "github.com/Cuberick-Orion/CIRR, branch cirr_dataset".</param>
    /// <exception cref="CirrusException">It is missing, too large, or no JSON.</exception>
    public static AnnotationFile Open(string path, string official)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MostBytes)
                throw new CirrusException($"'{path}' has {file.Length >> 20} MB; annotations have at most {MostBytes >> 20}.", hint: $"the official file comes from {official}");
            return new(path, official, JsonDocument.Parse(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}", hint: $"the file comes from {official}", e);
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{path}' is not JSON: {e.Message}", hint: $"download it again: {official}", e);
        }
    }

    public void Dispose() => _json.Dispose();
}

/// <summary>An object or value of an annotation file, with where it stands.</summary>
/// <param name="Where">"record 12", "record 12, img_set".</param>
internal readonly record struct AnnotationRecord(AnnotationFile File, JsonElement Element, string Where)
{
    public bool Has(string field) => Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(field, out _);

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
        return Element.EnumerateObject().Select(p => (p.Name, new AnnotationRecord(record.File, p.Value, $"'{p.Name}'")));
    }

    public AnnotationRecord Field(string field) => Element.ValueKind == JsonValueKind.Object
        ? Element.TryGetProperty(field, out JsonElement value) ? new(File, value, $"{Where}, {field}") : throw Wrong($"{Where} has no '{field}'", $"'{field}' in every record")
        : throw Wrong($"{Where} is {Kind(Element)}", "an object");

    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong($"{Where} is {Kind(Element)}", "a text");

    public string Text(string field) => Field(field).Text();

    public long Whole() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out long value) ? value : throw Wrong($"{Where} is {Kind(Element)}", "a whole number");

    public long Whole(string field) => Field(field).Whole();

    public double Number() => Element.ValueKind == JsonValueKind.Number ? Element.GetDouble() : throw Wrong($"{Where} is {Kind(Element)}", "a number");

    /// <summary>An id that may be written as a number or as text.</summary>
    public string Id() => Element.ValueKind == JsonValueKind.String ? Text() : Whole().ToString(CultureInfo.InvariantCulture);

    public string Id(string field) => Field(field).Id();

    /// <summary>The error for a value that is not as it should be.</summary>
    public CirrusException Wrong(string found, string wanted) => new($"'{File.Path}': {found}.", hint: $"the official file has {wanted}; it comes from {File.Official}");

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
