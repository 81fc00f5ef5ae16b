using System.Text.Json;

namespace Cirrus.Server.Api;

/// <summary>What is wanted: at least a picture, words, a term or a vector.</summary>
public sealed record SearchRequest
{
    /// <summary>The gallery's name; may be left out where there is one only.</summary>
    public string? Gallery { get; init; }

    /// <summary>Reference pictures, in the order of the <c>$</c> in the text.</summary>
    public IReadOnlyList<ImageRef>? Images { get; init; }

    /// <summary>How the wanted picture differs, or what it shows. A <c>$</c> is the picture's place.</summary>
    public string? Text { get; init; }

    /// <summary>Terms of their own, added to the query.</summary>
    public IReadOnlyList<string>? And { get; init; }

    /// <summary>Terms pushed away: words ("night"), {"text": "night"}, or pictures as in images ({"id": 4}).</summary>
    public IReadOnlyList<WithoutTerm>? Without { get; init; }

    /// <summary>As /v1/methods names it; else the gallery's best.</summary>
    public string? Method { get; init; }

    /// <summary>0 the words alone, 1 the picture alone; else the method's own balance.</summary>
    public float? ImageWeight { get; init; }

    /// <summary>For methods that write sentences: papers, short, ensemble, or a prompt of your own with $ and {caption}.</summary>
    public string? Template { get; init; }

    /// <summary>How a method that samples does it.</summary>
    public SamplingRef? Sampling { get; init; }

    /// <summary>The query itself, in place of all above: an array of numbers, or base64 of little-endian f32.</summary>
    public JsonElement? Vector { get; init; }

    /// <summary>Results at a time, 1 to 1000; 20 unless said.</summary>
    public int? Top { get; init; }

    /// <summary>"none" (unless said), "auto", or {"minScore": number}.</summary>
    public JsonElement? Cut { get; init; }

    /// <summary>A tree of all, any and not over {field, op, value}.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary>True: of nearly equal pictures only the best stands in the answer, the others in its duplicates.</summary>
    public bool? FoldDuplicates { get; init; }

    /// <summary>True: the query's own pictures may be found.</summary>
    public bool? IncludeQuery { get; init; }

    /// <summary>Of score, terms, size, path, vector, timings: what the answer has; all but vector unless said.</summary>
    public IReadOnlyList<string>? Include { get; init; }
}

/// <summary>A picture of a query. One of id, data, upload, hash and url.</summary>
public sealed record ImageRef
{
    /// <summary>One of the gallery.</summary>
    public long? Id { get; init; }

    /// <summary>The file's bytes in base64.</summary>
    public string? Data { get; init; }

    /// <summary>The name of the part of this multipart request that holds the file.</summary>
    public string? Upload { get; init; }

    /// <summary>The SHA-256 (hex) of bytes that were sent before; 404 unknown_picture when they are not kept any more.</summary>
    public string? Hash { get; init; }

    /// <summary>An http or https address; refused unless the server allows it.</summary>
    public string? Url { get; init; }

    /// <summary>The part that is asked about.</summary>
    public CropRef? Crop { get; init; }

    /// <summary>Its share among the pictures of the query; 1 unless said.</summary>
    public float? Weight { get; init; }

    /// <summary>What is to be changed, for methods that read a mask: white in a picture that is laid over this one.</summary>
    public MaskRef? Mask { get; init; }
}

/// <summary>A rectangle in fractions of the picture's sides.</summary>
public sealed record CropRef(double X, double Y, double Width, double Height);

/// <summary>A mask as a picture's bytes, base64.</summary>
public sealed record MaskRef(string Data);

/// <summary>A term pushed away: text, or a picture.</summary>
public sealed record WithoutTerm
{
    public string? Text { get; init; }

    public long? Id { get; init; }

    public string? Data { get; init; }

    public string? Upload { get; init; }

    public string? Hash { get; init; }

    public string? Url { get; init; }

    public CropRef? Crop { get; init; }

    /// <summary>The picture, or null when it is words.</summary>
    internal ImageRef? Picture => Text is not null ? null : new() { Id = Id, Data = Data, Upload = Upload, Hash = Hash, Url = Url, Crop = Crop };
}

/// <summary>Options of methods that sample (compodiff).</summary>
public sealed record SamplingRef(int? Steps, float? TextScale, float? ImageScale, ulong? Seed);
