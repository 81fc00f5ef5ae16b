using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using Cirrus.Server.Errors;

namespace Cirrus.Server.Queries;

/// <summary>Vectors in JSON: arrays of numbers, or base64 of little-endian f32.</summary>
internal static class Vectors
{
    /// <summary>A vector as it was sent, made a unit vector.</summary>
    /// <exception cref="ApiException">It is none, or not of <paramref name="p"/> numbers.</exception>
    public static float[] Read(JsonElement json, int p)
    {
        float[]? values = json.ValueKind switch
        {
            JsonValueKind.Array when json.GetArrayLength() == p && json.EnumerateArray().All(v =>
                v.ValueKind == JsonValueKind.Number) => [.. json.EnumerateArray().Select(v => v.GetSingle())],
            JsonValueKind.String when json.TryGetBytesFromBase64(out byte[]? bytes) && bytes.Length == p * sizeof(float) =>
                MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            _ => null,
        };
        float norm = values is null ? 0 : TensorPrimitives.Norm<float>(values);
        if (values is null || !(norm is >= 1e-12f and < float.PositiveInfinity))
            throw ApiException.Invalid(new FieldError("vector", "malformed", $"this is no vector of {p} numbers with a length.",
                "an array of numbers, or base64 of little-endian f32, neither all zero nor so large that their squares are no numbers"));
        TensorPrimitives.Divide(values, norm, values);
        return values;
    }

    public static string Base64(ReadOnlySpan<float> values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values));
}
