using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cirrus.Server.Api;
using Cirrus.Tensors;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Cirrus.Server.Errors;

/// <summary>The server's door: every error leaves as a <see cref="Problem"/>.</summary>
internal sealed partial class Problems(ILogger<Problems> log)
{
    /// <summary>The client has gone; nobody reads this (nginx's number).</summary>
    private const int ClientGone = 499;

    /// <summary>Characters of a text that repeats something of the request, which may be as long as a body.</summary>
    private const int Longest = 1000;

    public async Task Invoke(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted)
                http.Response.StatusCode = ClientGone;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            ApiException known = Known(e);
            if (known.Status == 500)
                Bug(log, http.Request.Method, http.Request.Path, e);
            await Write(http, known);
        }
    }

    /// <summary>Errors that are a status alone: routes that do not exist, methods that are not allowed.</summary>
    public static Task OfStatus(StatusCodeContext status)
    {
        HttpContext http = status.HttpContext;
        return Write(http, http.Response.StatusCode switch
        {
            404 => new(404, "no_such_route", $"There is nothing at {http.Request.Path}.", "the routes are in /openapi/v1.json"),
            405 => new(405, "method_not_allowed", $"{http.Request.Method} does not go with {http.Request.Path}.",
                $"allowed: {http.Response.Headers.Allow}"),
            415 => new(415, "media_type", $"A body of type '{http.Request.ContentType}' is not read here.", "see /openapi/v1.json"),
            int code => new(code, "error", ReasonPhrases.GetReasonPhrase(code)),
        });
    }

    public static Task Write(HttpContext http, ApiException e)
    {
        string trace = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
        Problem problem = new("about:blank", ReasonPhrases.GetReasonPhrase(e.Status), e.Status, Short(e.Message), e.Code, e.Hint, trace,
            e.Fields?.Select(f => f with { Field = Short(f.Field), Message = Short(f.Message) }).ToArray());
        http.Response.StatusCode = e.Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.Headers.CacheControl = "no-store";
        if (e.RetryAfter is int seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return JsonSerializer.SerializeAsync(http.Response.Body, problem, ApiJson.Ours.Problem, http.RequestAborted);
    }

    private static string Short(string text) => text.Length <= Longest ? text : text[..Longest] + " …";

    private static ApiException Known(Exception e) => e switch
    {
        ApiException known => known,
        BadHttpRequestException { StatusCode: 413 } => new(413, "too_large", "The body is larger than is taken.", "see limits in /v1/info"),
        BadHttpRequestException { InnerException: JsonException inner } => Malformed(inner),
        BadHttpRequestException bad => new(bad.StatusCode, "bad_request", bad.Message),
        JsonException json => Malformed(json),
        InvalidDataException form => new(400, "malformed_form", form.Message, "send multipart/form-data with a part 'query' and parts of pictures"),
        CirrusException ours => OfKind(ours),
        _ => new(500, "bug", "Something went wrong that should not.", "this is a bug in cirrus; please report it with the log lines of this traceId"),
    };

    private static ApiException OfKind(CirrusException e) => e.Kind switch
    {
        ProblemKind.NotFound => new(404, "not_found", e.Message, e.Hint, e),
        ProblemKind.Mismatch => new(409, "mismatch", e.Message, e.Hint, e),
        ProblemKind.Weights => new(409, "weights_mismatch", e.Message, e.Hint, e),
        ProblemKind.TooLarge => new(413, "too_large", e.Message, e.Hint, e),
        ProblemKind.Unreadable => new(422, "cannot_be_decoded", e.Message, e.Hint, e),
        ProblemKind.Busy => new(429, "busy", e.Message, e.Hint, e) { RetryAfter = 1 },
        ProblemKind.Silent => new(503, "index_silent", e.Message, e.Hint, e) { RetryAfter = 5 },
        _ => new(422, "cannot_be_done", e.Message, e.Hint, e),
    };

    private static ApiException Malformed(JsonException e)
    {
        string field = e.Path is string path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
        bool unknown = e.Message.Contains("could not be mapped to any", StringComparison.Ordinal);
        string message = unknown ? $"'{field}' is no field of this request." : e.Message;
        return new(400, unknown ? "unknown_field" : "malformed_json", message, "see /openapi/v1.json for the shape of the request")
        {
            Fields = field.Length == 0 ? null : [new(field, unknown ? "unknown" : "malformed", message)],
        };
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void Bug(ILogger log, string method, string path, Exception e);
}
