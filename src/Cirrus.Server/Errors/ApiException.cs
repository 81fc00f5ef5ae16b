namespace Cirrus.Server.Errors;

/// <summary>One field of a request that is wrong.</summary>
/// <param name="Field">its path in the request: <c>images[0].crop</c>.</param>
/// <param name="Code">what is wrong, for programs: out_of_range, missing, unknown, conflict, malformed.</param>
public sealed record FieldError(string Field, string Code, string Message, string? Hint = null);

/// <summary>A request that cannot be answered, and how the caller mends it.</summary>
internal sealed class ApiException(int status, string code, string message, string? hint = null, Exception? inner = null) : Exception(message, inner)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Hint { get; } = hint;

    /// <summary>The fields that are wrong, where it is a matter of fields.</summary>
    public IReadOnlyList<FieldError>? Fields { get; init; }

    /// <summary>Seconds after which trying again makes sense.</summary>
    public int? RetryAfter { get; init; }

    public static ApiException Invalid(params IReadOnlyList<FieldError> fields) =>
        new(400, "invalid_request",
            fields.Count != 1 ? $"{fields.Count} fields of the request are wrong."
            : fields[0].Field.Length == 0 ? fields[0].Message : $"{fields[0].Field}: {fields[0].Message}",
            fields.Count == 1 ? fields[0].Hint : "see errors")
        {
            Fields = fields,
        };

    public static ApiException NotFound(string code, string message, string hint) => new(404, code, message, hint);
}
