using System.Text.Json;
using Cirrus.Gallery;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Queries;

/// <summary>Filters of requests.</summary>
internal static class Filters
{
    /// <exception cref="ApiException">400: it is none.</exception>
    public static ItemFilter? Read(JsonElement? json) => json is { ValueKind: not JsonValueKind.Null } tree
        ? Read(() => ItemFilterJson.FromElement(tree)) : null;

    /// <summary>A filter as text of JSON.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static ItemFilter? Read(string? json) => string.IsNullOrEmpty(json) ? null : Read(() => ItemFilterJson.Parse(json));

    private static ItemFilter Read(Func<ItemFilter> read)
    {
        try
        {
            return read();
        }
        catch (CirrusException e)
        {
            throw ApiException.Invalid(new FieldError("filter", "malformed", e.Message,
                "{\"all\": [{\"field\": \"width\", \"op\": \">=\", \"value\": 1000}]}; fields are path, date, width, height, "
                    + "size, orientation, format and id"));
        }
    }
}
