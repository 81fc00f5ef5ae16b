namespace Cirrus.Server.Errors;

/// <summary>An error as it is answered (RFC 9457), <c>application/problem+json</c>.</summary>
/// <param name="Type">about:blank, as the code says it all.</param>
/// <param name="Title">the status in words.</param>
/// <param name="Detail">what was found and what was wanted.</param>
/// <param name="Code">what it is, for programs.</param>
/// <param name="Hint">what to do.</param>
/// <param name="TraceId">that of the log lines of this request.</param>
/// <param name="Errors">the fields that are wrong.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? Hint, string TraceId,
    IReadOnlyList<FieldError>? Errors = null);
