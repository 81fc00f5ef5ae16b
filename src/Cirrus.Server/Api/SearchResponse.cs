namespace Cirrus.Server.Api;

/// <summary>An answer.</summary>
/// <param name="QueryId">for the next page or another filter, without encoding again.</param>
/// <param name="Total">pictures searched.</param>
/// <param name="Matched">of these, after the filter.</param>
/// <param name="CutScore">hits below it are no better than chance, or clearly weaker than the best. Null when it cannot be said.</param>
/// <param name="NextCursor">null when there is nothing more.</param>
/// <param name="Partial">true when a shard did not answer.</param>
/// <param name="SilentShards">those that did not.</param>
public sealed record SearchResponse(string QueryId, string Gallery, ComposedInfo Composed, long Total, long Matched,
    float? CutScore, IReadOnlyList<HitInfo> Hits,
    string? NextCursor, bool Partial, IReadOnlyList<string> SilentShards, TimingInfo? Timings);

/// <summary>How the query was understood.</summary>
/// <param name="Prompt">the caption that was really encoded.</param>
/// <param name="Tokens">of it.</param>
/// <param name="Images">the query's pictures: hash them to send them no second time.</param>
public sealed record ComposedInfo(string Method, string Prompt, int Tokens, float? ImageWeight,
    IReadOnlyList<QueryImageInfo> Images, IReadOnlyList<string> Warnings);

/// <summary>A picture of the query: one of the gallery, or one handed over.</summary>
public sealed record QueryImageInfo(long? Id, string? Hash);

/// <summary>A found picture.</summary>
/// <param name="Score">cosine of query and picture, or the sum of the method's terms.</param>
/// <param name="Terms">cosines of the query's parts with the picture: picture, words, without, and terms that were added.</param>
/// <param name="Vector">its unit row, base64 of little-endian f32.</param>
/// <param name="Duplicates">nearly equal pictures that were folded into this one.</param>
public sealed record HitInfo(int Rank, long Id, float? Score, string? Path, int? Width, int? Height,
    IReadOnlyDictionary<string, float>? Terms = null, string? Vector = null,
    IReadOnlyList<DuplicateInfo>? Duplicates = null);

/// <summary>A picture that is nearly another.</summary>
public sealed record DuplicateInfo(long Id, string Path, int Width, int Height, float Similarity);

/// <summary>Milliseconds.</summary>
public sealed record TimingInfo(double Decode, double Encode, double Compose, double Search, double Total);
