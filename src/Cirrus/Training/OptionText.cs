using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>Options of a trainer as text: what <c>--print-options</c> shows and <c>--set name=value</c> changes.</summary>
/// <remarks>An options record is written and read by its source-generated JSON description; there is no reflection.</remarks>
public static class OptionText
{
    /// <summary>Applies "name=value" settings to a record of options.</summary>
    /// <exception cref="CirrusException">No such option, or the value is not of its kind.</exception>
    public static T Apply<T>(T options, IEnumerable<string> settings, JsonTypeInfo<T> type)
    {
        JsonObject tree = Changed(JsonSerializer.SerializeToNode(options, type)!.AsObject(), settings);
        try
        {
            return tree.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw new CirrusException($"An option has a value of the wrong kind: {e.Message}",
                hint: "--print-options shows every option with its value", e);
        }
    }

    /// <summary>The same for options as they stand in run.json.</summary>
    public static JsonElement Apply(JsonElement options, IEnumerable<string> settings)
    {
        using JsonDocument changed = JsonDocument.Parse(Changed(JsonObject.Create(options)!, settings).ToJsonString());
        return changed.RootElement.Clone();
    }

    private static JsonObject Changed(JsonObject tree, IEnumerable<string> settings)
    {
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new CirrusException($"'{setting}' is not a setting.",
                    hint: "write --set name=value; --print-options lists the names");
            string name = setting[..equals].Trim(), value = setting[(equals + 1)..].Trim();
            string? known = tree.Select(p => p.Key).FirstOrDefault(k => Same(k, name));
            if (known is null)
                throw new CirrusException($"There is no option '{name}'.",
                    hint: $"options are: {string.Join(", ", tree.Select(p => p.Key))}");
            tree[known] = Parse(known, value, tree[known]);
        }
        return tree;
    }

    /// <summary>Says what an option must be when it is not.</summary>
    /// <exception cref="CirrusException">It does not hold.</exception>
    internal static void Require(bool holds, string name, object value, string wanted)
    {
        if (!holds)
            throw new CirrusException($"The option '{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}' is {value}.",
                hint: $"it must be {wanted}");
    }

    /// <summary>What AdamW asks of its numbers, by the names that every method's options give them.</summary>
    /// <exception cref="CirrusException">A number is out of its range.</exception>
    internal static void RequireAdamW(float weightDecay, float beta1, float beta2, float epsilon)
    {
        Require(weightDecay >= 0 && float.IsFinite(weightDecay), "WeightDecay", weightDecay, "0 or more");
        Require(beta1 is >= 0 and < 1, "Beta1", beta1, "from 0 to below 1");
        Require(beta2 is >= 0 and < 1, "Beta2", beta2, "from 0 to below 1");
        Require(epsilon > 0, "Epsilon", epsilon, "above 0");
    }

    /// <param name="what">the samples by their name: pictures, captions, triplets.</param>
    /// <param name="smaller">a batch that small collections fill.</param>
    /// <exception cref="CirrusException">There are fewer samples than one batch.</exception>
    internal static void RequireBatch(int samples, string what, int batch, int smaller)
    {
        if (samples < batch)
            throw new CirrusException($"{Math.Max(0, samples):N0} {what} do not fill one batch of {batch:N0}.",
                hint: $"give more {what}, or a smaller batch: --set batch={smaller}");
    }

    /// <summary>The options as indented JSON.</summary>
    public static string Print<T>(T options, JsonTypeInfo<T> type) => JsonSerializer.Serialize(options, type);

    /// <summary>Options as they stand in run.json, indented.</summary>
    public static string Print(JsonElement options)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, new() { Indented = true }))
            options.WriteTo(writer);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static bool Same(string a, string b) =>
        string.Equals(a.Replace("_", "", StringComparison.Ordinal),
            b.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase);

    private static JsonValue Parse(string name, string value, JsonNode? old)
    {
        switch (old?.GetValueKind())
        {
            case JsonValueKind.Number when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong whole):
                return JsonValue.Create(whole);
            case JsonValueKind.Number when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number):
                return number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number) : JsonValue.Create(number);
            case JsonValueKind.True or JsonValueKind.False when bool.TryParse(value, out bool flag):
                return JsonValue.Create(flag);
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                throw new CirrusException($"'{value}' does not fit the option '{name}'.", hint: $"its value now is {old!.ToJsonString()}");
            default:
                return JsonValue.Create(value);
        }
    }
}
