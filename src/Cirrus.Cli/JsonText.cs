using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cirrus.Cli;

/// <summary>One JSON object on the output, for scripts.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="write">the members of the object.</param>
    public static void WriteObject(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    /// <summary>Names in camel case; a name with several values has a list; whole numbers, which people get with commas, are numbers.</summary>
    public static void WriteFacts(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> facts)
    {
        foreach (IGrouping<string, string> fact in facts.GroupBy(f => Camel(f.Name), f => f.Value))
        {
            json.WritePropertyName(fact.Key);
            string[] values = [.. fact.Distinct()];
            if (values.Length > 1)
                json.WriteStartArray();
            foreach (string value in values)
                if (long.TryParse(value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out long number)
                    && number.ToString("N0", CultureInfo.InvariantCulture) == value)
                    json.WriteNumberValue(number);
                else
                    json.WriteStringValue(value);
            if (values.Length > 1)
                json.WriteEndArray();
        }
    }

    private static string Camel(string name)
    {
        string[] words = name.TrimStart('-').Replace("'", "", StringComparison.Ordinal).Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 2 ? name : string.Concat(words.Select((w, i) => i == 0 ? w : char.ToUpperInvariant(w[0]) + w[1..]));
    }
}
