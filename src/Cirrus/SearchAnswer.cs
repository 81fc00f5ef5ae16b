using Cirrus.Gallery;

namespace Cirrus;

/// <summary>How an answer is taken from the gallery; none of it needs a query to be encoded again.</summary>
/// <param name="Top">how many hits.</param>
public sealed record SearchOptions(int Top = 10)
{
    /// <summary>Hits to leave out from the first: the <see cref="SearchAnswer.NextOffset"/> of the answer before.</summary>
    public int Offset { get; init; }

    /// <summary>Which pictures count; null: all. It is applied before ranking.</summary>
    public ItemFilter? Filter { get; init; }

    /// <summary>Hits that score less are left out.</summary>
    public float MinScore { get; init; } = float.NegativeInfinity;

    /// <summary>Hits below <see cref="SearchAnswer.CutScore"/> are left out.</summary>
    public bool Cut { get; init; }

    /// <summary>False: the query's own pictures are left out.</summary>
    public bool IncludeQuery { get; init; }

    /// <summary>Each hit's cosine to each part of the query.</summary>
    public bool Explain { get; init; }

    /// <summary>Shards of the index that are silent are left out and named in the answer; else they are an error.</summary>
    public bool Partial { get; init; }
}

/// <summary>
/// A found picture. Score is the cosine of query and picture, or the sum of the method's masked terms; terms are the
/// cosines of the query's parts.
/// </summary>
public sealed record SearchHit(int Rank, long Id, float Score, string Path, string FullPath, int Width, int Height,
    IReadOnlyDictionary<string, float>? Terms = null);

/// <summary>An answer: the hits, and how the query was understood.</summary>
/// <param name="Prompt">the caption that was really encoded.</param>
/// <param name="Searched">pictures that could have been found.</param>
public sealed record SearchAnswer(IReadOnlyList<SearchHit> Hits, string Method, string Prompt, int Searched, IReadOnlyList<string> Warnings)
{
    /// <summary>Pictures that pass the filter and are not the query's own.</summary>
    public int Matched { get; init; }

    /// <summary>Hits below it are no better than chance, or clearly weaker than the best; null where that cannot be said.</summary>
    public float? CutScore { get; init; }

    /// <summary>Shards that did not answer; what they hold is not among the hits.</summary>
    public IReadOnlyList<string> SilentShards { get; init; } = [];

    /// <summary>Where the next page begins; null when this was the last.</summary>
    public int? NextOffset { get; init; }

    public StageTimings Timings { get; init; } = new();
}

/// <summary>Milliseconds of wall time a stage, waiting for other callers' batches included.</summary>
public sealed record StageTimings(double Decode = 0, double Encode = 0, double Compose = 0, double Search = 0);
