using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>
/// A filter as JSON: <c>{"all": [...]}</c>, <c>{"any": [...]}</c>, <c>{"not": {...}}</c> or
/// <c>{"field": "width", "op": ">=", "value": 1000}</c>.
/// </summary>
/// <remarks>A value may be a list, any of which will do, and <c>op</c> may be left out for <c>=</c>. Unknown names are errors.</remarks>
public sealed class ItemFilterJson : JsonConverter<ItemFilter>
{
    private const int LongestText = 1 << 18;

    /// <summary>Reads a filter of others; sizes are checked before anything is built.</summary>
    /// <exception cref="CirrusException">It is none, or too large.</exception>
    public static ItemFilter Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > LongestText)
            throw ItemFilter.Wrong($"it has more than {LongestText} characters");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new() { MaxDepth = (2 * ItemFilter.Deepest) + 4 });
            return FromElement(document.RootElement);
        }
        catch (JsonException e)
        {
            throw ItemFilter.Wrong($"it is no JSON ({e.Message})");
        }
    }

    /// <exception cref="CirrusException">It is no filter, or too large.</exception>
    public static ItemFilter FromElement(JsonElement element)
    {
        int parts = 0;
        try
        {
            return Read(element, 1, ref parts).Checked();
        }
        catch (InvalidOperationException e)    // half a surrogate, written as an escape
        {
            throw ItemFilter.Wrong($"a text in it is none ({e.Message})");
        }
    }

    /// <exception cref="JsonException">It is no filter; the message says why.</exception>
    public override ItemFilter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        try
        {
            return FromElement(document.RootElement);
        }
        catch (CirrusException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ItemFilter value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        switch (value)
        {
            case ItemFilter.All all:
                WriteParts("all", all.Of);
                break;
            case ItemFilter.Any any:
                WriteParts("any", any.Of);
                break;
            case ItemFilter.Not not:
                writer.WritePropertyName("not");
                Write(writer, not.Of, options);
                break;
            case ItemFilter.PathTest path:
                WriteTest(ItemField.Path, ItemOperator.Equal, path.Pattern);
                break;
            case ItemFilter.NumberTest number:
                WriteTest(number.Field, number.Operator, number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case ItemFilter.DateTest date:
                WriteTest(ItemField.Date, date.Operator, ItemTests.DateText(date.From, date.To));
                break;
            case ItemFilter.OrientationTest orientation:
                WriteTest(ItemField.Orientation, ItemOperator.Equal, orientation.Value.ToString().ToLowerInvariant());
                break;
            case ItemFilter.FormatTest format:
                WriteTest(ItemField.Format, ItemOperator.Equal, format.Value);
                break;
            case ItemFilter.IdTest ids:
                writer.WriteString("field", "id");
                writer.WriteStartArray("value");
                foreach (long id in ids.Ids)
                    writer.WriteNumberValue(id);
                writer.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"{value} is no filter.", nameof(value));
        }
        writer.WriteEndObject();

        void WriteParts(string name, IReadOnlyList<ItemFilter> of)
        {
            writer.WriteStartArray(name);
            foreach (ItemFilter part in of)
                Write(writer, part, options);
            writer.WriteEndArray();
        }

        void WriteTest(ItemField field, ItemOperator by, string text)
        {
            writer.WriteString("field", field.ToString().ToLowerInvariant());
            writer.WriteString("op", Array.Find(ItemTests.Operators, o => o.Operator == by).Text);
            writer.WriteString("value", text);
        }
    }

    private static ItemFilter Read(JsonElement element, int level, ref int parts)
    {
        if (level > ItemFilter.Deepest || ++parts > ItemFilter.MostParts)
            throw ItemFilter.Wrong($"it has more than {ItemFilter.Deepest} levels or {ItemFilter.MostParts} parts");
        if (element.ValueKind != JsonValueKind.Object)
            throw ItemFilter.Wrong($"a part of it is {element.ValueKind}, not an object");
        (string? field, string? by, List<string>? values, ItemFilter? tree) = (null, null, null, null);
        int names = 0;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            names++;
            switch (property.Name)
            {
                case "all":
                    tree = new ItemFilter.All(ReadParts(property.Value, level, ref parts));
                    break;
                case "any":
                    tree = new ItemFilter.Any(ReadParts(property.Value, level, ref parts));
                    break;
                case "not":
                    tree = new ItemFilter.Not(Read(property.Value, level + 1, ref parts));
                    break;
                case "field":
                    field = Text(property.Value);
                    break;
                case "op":
                    by = Text(property.Value);
                    break;
                case "value":
                    values = property.Value.ValueKind == JsonValueKind.Array ? Texts(property.Value) : [Text(property.Value)];
                    break;
                default:
                    throw ItemFilter.Wrong(
                        $"'{(property.Name.Length > 40 ? property.Name[..40] : property.Name)}' is none of all, any, not, field, op and value");
            }
        }
        if (tree is not null)
            return names == 1 ? tree : throw ItemFilter.Wrong("all, any and not stand alone in their object");
        return field is not null && values is not null && names == (by is null ? 2 : 3) ? ItemTests.Create(field, by ?? "=", values)
            : throw ItemFilter.Wrong("a test has a field and a value, and may have an op, each once");
    }

    private static List<ItemFilter> ReadParts(JsonElement list, int level, ref int parts)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw ItemFilter.Wrong("all and any hold lists");
        List<ItemFilter> read = [];
        foreach (JsonElement part in list.EnumerateArray())
            read.Add(Read(part, level + 1, ref parts));
        return read;
    }

    private static List<string> Texts(JsonElement list) => list.GetArrayLength() <= ItemFilter.MostIds ? [.. list.EnumerateArray().Select(Text)]
        : throw ItemFilter.Wrong($"a test has more than {ItemFilter.MostIds} values");

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => throw ItemFilter.Wrong($"{value.ValueKind} is no text or number"),
    };
}
