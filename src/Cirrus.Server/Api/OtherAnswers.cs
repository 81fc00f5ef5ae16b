using Cirrus.Server.Galleries;

namespace Cirrus.Server.Api;

/// <summary>This server.</summary>
public sealed record ServerInfo(string Name, string Version, DeviceInfo Device, LimitInfo Limits, bool UrlsAllowed, bool KeyNeeded);

/// <summary>What computes.</summary>
public sealed record DeviceInfo(string Name, int Cores);

/// <summary>What a request may ask for.</summary>
/// <param name="UploadBytes">of one picture.</param>
/// <param name="BodyBytes">of a whole request.</param>
/// <param name="Megapixels">of one picture.</param>
public sealed record LimitInfo(long UploadBytes, long BodyBytes, double Megapixels, int Images, int Top, int TextLength,
    int Terms, int Embeddings, int QueryMinutes);

/// <summary>Whether it lives and can answer.</summary>
/// <param name="Status">ok, or degraded: some galleries cannot be searched, as their model did not load.</param>
/// <param name="WaitingFor">model while one loads.</param>
public sealed record HealthInfo(string Status, string? WaitingFor = null);

/// <summary>All methods.</summary>
public sealed record MethodList(IReadOnlyList<MethodInfo> Methods);

/// <summary>A way of composing pictures and words.</summary>
/// <param name="Summary">what it does, in one line.</param>
/// <param name="Galleries">those that it can search here.</param>
/// <param name="Pictures">what several pictures mean.</param>
/// <param name="Without">what terms to avoid mean.</param>
/// <param name="Template">the sentence around picture and words; null for methods that write none.</param>
/// <param name="Licence">of the weights that the server was given for it, where it is known or a card beside them says it.</param>
public sealed record MethodInfo(string Name, IReadOnlyList<string> Also, string Summary, bool NeedsWeights, bool ReadsMask,
    IReadOnlyList<string> Galleries, string Pictures, string Without,
    string? Template, KnobInfo ImageWeight, IReadOnlyList<KnobInfo> Knobs, string? Licence);

/// <summary>Something to turn.</summary>
/// <param name="Default">taken where a request sets none; null: it has no meaning, or is the weights' own.</param>
/// <param name="DefaultWithMask">the same of a request with a mask; null: no other.</param>
public sealed record KnobInfo(string Name, double Min, double Max, double? Default, string Meaning, double? DefaultWithMask = null);

/// <summary>The CLIPs of the galleries.</summary>
public sealed record ModelList(IReadOnlyList<ModelInfo> Models);

/// <summary>A CLIP.</summary>
/// <param name="State">ready, loading or failed.</param>
/// <param name="Context">tokens of a text that it reads; null while it loads.</param>
/// <param name="Licence">of its weights, where it is known or a card beside them says it.</param>
public sealed record ModelInfo(string Name, string? Fingerprint, string State, int? P, int? ImageSize, int? Context,
    string? Licence, IReadOnlyList<string> Galleries);

/// <summary>Work in the background.</summary>
/// <param name="State">queued, running, done, failed or cancelled.</param>
/// <param name="Done">files looked at, of Total.</param>
public sealed record JobInfo(string Id, string Gallery, string Kind, string State, int Done, int Total, int Added,
    int Unreadable, double FilesPerSecond, DateTimeOffset Started,
    DateTimeOffset? Ended, RefreshSummary? Summary = null, string? Error = null, string? Hint = null);

/// <summary>What a refresh found.</summary>
/// <param name="Unchanged">with those in folders that may not be read: they stay as they are known.</param>
/// <param name="Unreadable">files.</param>
/// <param name="UnreadFolders">folders that may not be read.</param>
public sealed record RefreshSummary(int New, int Changed, int Moved, int Gone, int Unchanged, int Unreadable,
    IReadOnlyList<UnreadFolder> UnreadFolders)
{
    public static RefreshSummary Of(IndexSummary done) => new(done.New, done.Changed, done.Moved, done.Gone, done.Unchanged,
        Uploads.Unreadable(done.Unreadable), done.Unread);
}

/// <summary>What is to become vectors: texts, images or queries.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>The gallery whose model is taken; may be left out where there is one only.</summary>
    public string? Gallery { get; init; }

    public IReadOnlyList<string>? Texts { get; init; }

    public IReadOnlyList<ImageRef>? Images { get; init; }

    /// <summary>Composed queries; of each only what composes is read.</summary>
    public IReadOnlyList<SearchRequest>? Queries { get; init; }

    /// <summary>floats (unless said) or base64, of little-endian f32.</summary>
    public string? Format { get; init; }
}

/// <summary>Unit vectors: of the texts, then of the images, then of the queries.</summary>
public sealed record EmbeddingAnswer(string Model, string Fingerprint, int Dimensions, IReadOnlyList<EmbeddingInfo> Embeddings);

/// <summary>A unit vector.</summary>
/// <param name="Of">text, image or query.</param>
/// <param name="Vector">its numbers; null when base64 was asked for.</param>
/// <param name="Base64">little-endian f32.</param>
public sealed record EmbeddingInfo(string Of, int Index, IReadOnlyList<float>? Vector, string? Base64);
