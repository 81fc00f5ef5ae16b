using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cirrus.Server.Api;

/// <summary>Reads "words" as {"text": "words"}.</summary>
internal sealed class WithoutTermConverter : JsonConverter<WithoutTerm>
{
    public override WithoutTerm? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        ? new() { Text = reader.GetString() }
        : JsonSerializer.Deserialize(ref reader, TermJson.Default.WithoutTerm);

    public override void Write(Utf8JsonWriter writer, WithoutTerm value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, TermJson.Default.WithoutTerm);
}

/// <summary>Terms as objects, without the converter.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(WithoutTerm))]
internal sealed partial class TermJson : JsonSerializerContext;
