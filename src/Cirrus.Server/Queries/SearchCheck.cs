using System.Runtime.InteropServices;
using System.Text.Json;
using Cirrus.Methods;
using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Tensors;

namespace Cirrus.Server.Queries;

/// <summary>Whether a request is one that can be asked; every field that is wrong is named, up to <see cref="MostWrong"/>.</summary>
internal sealed class SearchCheck(ServerLimits limits, string path = "")
{
    private const int MostWrong = 32;

    /// <summary>Bytes of a cut as it was written: it is kept with its query.</summary>
    private const int LongestCut = 100;

    public static IReadOnlyList<string> Includes { get; } = ["score", "terms", "size", "path", "vector", "timings"];

    private readonly List<FieldError> _wrong = [];

    /// <exception cref="ApiException">400 with the fields.</exception>
    public void Check(SearchRequest r)
    {
        bool composed = r.Images is { Count: > 0 } || !string.IsNullOrWhiteSpace(r.Text) || r.And is { Count: > 0 };
        if (r.Vector is null && !composed)
            Wrong("", "missing", "the query is empty.", "give a picture, text, or both");
        if (r.Vector is not null && (composed || r.Without is { Count: > 0 } || r.Method is not null))
            Wrong("vector", "conflict", "a vector is the whole query.", "leave out images, text, and, without and method");
        if (r.Images is { Count: int images } && images > limits.Images)
            Wrong("images", "out_of_range", $"{images} pictures; at most {limits.Images}.");
        for (int i = 0; i < r.Images?.Count; i++)
            Image(r.Images[i], $"images[{i}]");
        Text(r.Text, "text");
        Template(r.Template);
        Count(r.And?.Count, "and");
        for (int i = 0; i < r.And?.Count; i++)
            Words(r.And[i], $"and[{i}]");
        Count(r.Without?.Count, "without");
        for (int i = 0; i < r.Without?.Count; i++)
            if (r.Without[i] is null)
                Wrong($"without[{i}]", "missing", "the term is null.");
            else if (r.Without[i].Picture is { } picture)
                Image(picture, $"without[{i}]");
            else
                Words(r.Without[i].Text, $"without[{i}]");
        if (r.Without is { Count: > 0 } && !composed && r.Vector is null)
            Wrong("without", "conflict", "there is nothing to push these away from.", "add a picture or text");
        Method? method = r.Method is null ? null : Method.All.FirstOrDefault(m => m.Name == r.Method || m.Also.Contains(r.Method));
        if (r.Method is not null && method is null)
            Wrong("method", "unknown", $"there is no method '{r.Method}'.", $"methods are: {string.Join(", ", Method.All.Select(m => m.Name))}");
        if (r.ImageWeight is float weight && !(weight is >= 0 and <= 1))
            Wrong("imageWeight", "out_of_range", $"{weight} is out of range.", "0 is the words alone, 1 the picture alone");
        Sampling(r.Sampling);
        if (r.Top is int top && (top < 1 || top > limits.Top))
            Wrong("top", "out_of_range", $"{top} is out of range.", $"1 to {limits.Top}");
        if (r.Cut is { } cut && CutOf(cut) is null)
            Wrong("cut", "malformed", "it is none of the cuts.", "\"none\", \"auto\", or {\"minScore\": number}");
        if (r.Include?.Count > Includes.Count)
            Wrong("include", "out_of_range", $"{r.Include.Count} things to include.", $"each once of {string.Join(", ", Includes)}");
        foreach (string? include in r.Include?.Take(Includes.Count) ?? [])
            if (!Includes.Contains(include))
                Wrong("include", "unknown", $"'{include}' is nothing to include.", $"of {string.Join(", ", Includes)}");
        Throw();
    }

    /// <summary>Images alone, as /v1/embeddings takes them.</summary>
    public void Check(IReadOnlyList<ImageRef> images)
    {
        for (int i = 0; i < images.Count; i++)
            Image(images[i], $"images[{i}]");
        Throw();
    }

    /// <summary>(cut at the noise's level, least score), or null when it is no cut.</summary>
    public static (bool Auto, float MinScore)? CutOf(JsonElement cut) => JsonMarshal.GetRawUtf8Value(cut).Length > LongestCut ? null : cut.ValueKind switch
    {
        JsonValueKind.String when cut.ValueEquals("none") => (false, float.NegativeInfinity),
        JsonValueKind.String when cut.ValueEquals("auto") => (true, float.NegativeInfinity),
        JsonValueKind.Object when cut.EnumerateObject().Count() == 1 && cut.TryGetProperty("minScore", out JsonElement least)
        && least.ValueKind == JsonValueKind.Number
            && least.TryGetSingle(out float score) && float.IsFinite(score) => (false, score),
        _ => null,
    };

    private void Image(ImageRef? image, string field)
    {
        if (image is null)
        {
            Wrong(field, "missing", "the picture is null.");
            return;
        }
        (string Name, bool Given)[] all =
        [
            ("id", image.Id is not null), ("data", image.Data is not null), ("upload", image.Upload is not null),
            ("hash", image.Hash is not null), ("url", image.Url is not null),
        ];
        string[] sources = [.. all.Where(s => s.Given).Select(s => s.Name)];
        if (sources.Length != 1)
            Wrong(field, sources.Length == 0 ? "missing" : "conflict", sources.Length == 0
                ? "the picture has no source."
                : $"the picture has {sources.Length} sources: {string.Join(", ", sources)}.", "give one of id, data, upload, hash and url");
        if (image.Crop is { } c && !(c.X >= 0 && c.Y >= 0 && c.Width > 0 && c.Height > 0 && c.X + c.Width <= 1.0001 && c.Y + c.Height <= 1.0001))
            Wrong(field + ".crop", "out_of_range", "this is no part of the picture.", "x, y, width and height are fractions of its sides");
        if (image.Weight is float weight && !(weight >= 0 && float.IsFinite(weight)))
            Wrong(field + ".weight", "out_of_range", $"{weight} is no share.", "0 or more");
        if (image.Mask is { Data: null or "" })
            Wrong(field + ".mask", "missing", "the mask has no data.", "base64 of a picture, white where something is to change");
    }

    private void Sampling(SamplingRef? s)
    {
        if (s?.Steps is < 1 or > 100)
            Wrong("sampling.steps", "out_of_range", $"{s.Steps} is out of range.", "1 to 100");
        if (s?.TextScale is float text && !(text is >= 0 and <= 20))
            Wrong("sampling.textScale", "out_of_range", $"{text} is out of range.", "0 to 20");
        if (s?.ImageScale is float image && !(image is >= 0 and <= 10))
            Wrong("sampling.imageScale", "out_of_range", $"{image} is out of range.", "0 to 10");
    }

    private void Template(string? template)
    {
        Text(template, "template");
        try
        {
            if (template?.Length <= limits.TextLength)
                PromptTemplates.Parse(template);
        }
        catch (CirrusException e)
        {
            Wrong("template", "malformed", e.Message, e.Hint);
        }
    }

    private void Words(string? text, string field)
    {
        if (string.IsNullOrWhiteSpace(text))
            Wrong(field, "missing", "the term is empty.");
        Text(text, field);
    }

    private void Text(string? text, string field)
    {
        if (text?.Length > limits.TextLength)
            Wrong(field, "out_of_range", $"{text.Length} characters; at most {limits.TextLength}.", "the model reads a few dozen words");
    }

    private void Count(int? count, string field)
    {
        if (count > limits.Terms)
            Wrong(field, "out_of_range", $"{count} terms; at most {limits.Terms}.");
    }

    private void Wrong(string field, string code, string message, string? hint = null)
    {
        _wrong.Add(new(path + field, code, message, hint));
        if (_wrong.Count == MostWrong)
            Throw();
    }

    private void Throw()
    {
        if (_wrong.Count > 0)
            throw ApiException.Invalid(_wrong);
    }
}
