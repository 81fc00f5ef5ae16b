using System.Text.Json;

namespace Cirrus.Tests.Fuzz;

/// <summary>Changes of a JSON document's structure: one value lost, doubled, renamed, or of another kind or size.</summary>
internal sealed class JsonDamage
{
    private static readonly string[] Odd =
    [
        "null", "true", "false", "0", "-1", "1", "0.5", "-0", "1e308", "1e999", "-1e999", "2147483647", "2147483648",
        "-2147483648", "9223372036854775807", "9223372036854775808", "1e-320",
        "123456789012345678901234567890", "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\\u202e\"", "\"NaN\"",
        "\"Infinity\"", "\"-1\"", "\"../x\"", "\"..\"", "\".\"", "\"/etc/passwd\"",
        "\"a/\\u0000b\"", "\"C:\\\\x\"", "\"$\"", "\"%s%n\"", "\"F64\"", "\"BF16\"", "\"I64\"", "[]", "{}", "[null]", "[[]]",
        "{\"\":null}", "{\"a\":{\"a\":{}}}", "[0,0]", "[-1,-1]", "[1e999]",
    ];

    private readonly Draws _draws;
    private readonly JsonElement _root;
    private readonly int _chosen;
    private readonly int _values;
    private int _seen;

    private JsonDamage(JsonElement root, Draws draws)
    {
        (_root, _draws, _values) = (root, draws, Count(root));
        _chosen = draws.Below(_values);
    }

    /// <summary>The document with one change, or null when it is not JSON.</summary>
    public static byte[]? Do(byte[] whole, Draws draws)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(whole);
            using MemoryStream changed = new();
            using (Utf8JsonWriter writer = new(changed, new JsonWriterOptions { SkipValidation = true, MaxDepth = 5000 }))
                new JsonDamage(json.RootElement, draws).Write(writer, json.RootElement, null);
            return changed.ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void Write(Utf8JsonWriter writer, JsonElement value, string? name)
    {
        if (_seen++ == _chosen)
        {
            Change(writer, value, name);
            return;
        }
        if (name is not null)
            writer.WritePropertyName(name);
        Plain(writer, value);
    }

    private void Plain(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in value.EnumerateObject())
                    Write(writer, property.Value, property.Name);
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement element in value.EnumerateArray())
                    Write(writer, element, null);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private void Change(Utf8JsonWriter writer, JsonElement value, string? name)
    {
        int how = _draws.Below(10);
        if (how == 0 && _values > 1)
            return;                                                            // left out
        if (name is not null)
            writer.WritePropertyName(how == 1 ? _draws.Of("", "x", "__metadata__", name + name, name.ToUpperInvariant(), Root(name)) : name);
        switch (how)
        {
            case 2:
                value.WriteTo(writer);                                         // twice
                if (name is not null)
                    writer.WritePropertyName(name);
                writer.WriteRawValue(_draws.Of<string>(Odd), skipInputValidation: true);
                break;
            case 3:
                Any(_root).WriteTo(writer);                                    // another of the document's values
                break;
            case 4 when value.ValueKind == JsonValueKind.Number:
                writer.WriteRawValue(value.GetRawText() + _draws.Of("0", "000", "e9", ".5", "00000000000"), skipInputValidation: true);
                break;
            case 4 or 5 when value.ValueKind == JsonValueKind.String:
                writer.WriteRawValue(Mangled(value.GetRawText()), skipInputValidation: true);
                break;
            case 6 when value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray();
                for (int times = _draws.Of(2, 3, 50); times > 0; times--)
                    foreach (JsonElement element in value.EnumerateArray())
                        element.WriteTo(writer);
                writer.WriteEndArray();
                break;
            case 7 when _draws.Chance(20):
                int deep = _draws.Of(60, 70, 2000);
                writer.WriteRawValue(new string('[', deep) + new string(']', deep), skipInputValidation: true);
                break;
            case 8 when _draws.Chance(20):
                writer.WriteRawValue("\"" + new string('a', _draws.Of(300, 70_000)) + "\"", skipInputValidation: true);
                break;
            default:
                writer.WriteRawValue(_draws.Of<string>(Odd), skipInputValidation: true);
                break;
        }
    }

    /// <summary>The name of another value of the document's top, so that one name is there twice.</summary>
    private string Root(string name) => _root.ValueKind == JsonValueKind.Object
        ? _root.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => n != name) ?? name : name;

    private string Mangled(string quoted)
    {
        int at = 1 + _draws.Below(quoted.Length - 1);
        return quoted[..at] + _draws.Of("/", "../", " ", "\\u0000", "\\ud800", "\\n", "9", "é", "$") + quoted[at..];
    }

    private JsonElement Any(JsonElement from)
    {
        while (from.ValueKind is JsonValueKind.Object or JsonValueKind.Array && _draws.Chance(75))
        {
            JsonElement[] below = from.ValueKind == JsonValueKind.Object
                ? [.. from.EnumerateObject().Select(p => p.Value)]
                : [.. from.EnumerateArray()];
            if (below.Length == 0)
                return from;
            from = _draws.Of<JsonElement>(below);
        }
        return from;
    }

    private static int Count(JsonElement value) => 1 + value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Sum(p => Count(p.Value)),
        JsonValueKind.Array => value.EnumerateArray().Sum(Count),
        _ => 0,
    };
}
