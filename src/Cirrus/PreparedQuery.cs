using System.Numerics.Tensors;
using Cirrus.Methods;

namespace Cirrus;

/// <summary>A part of a query: "picture", "words", "+ snow", "without"; several of a kind are numbered.</summary>
/// <param name="Vector">unit, [P].</param>
public sealed record QueryPart(string Name, ReadOnlyMemory<float> Vector);

/// <summary>A picture of a query as it may be asked for again.</summary>
/// <param name="Hash">SHA-256 of its content, 64 hex digits; null for a picture of the gallery.</param>
public sealed record PreparedPicture(long? Id, string? Hash);

/// <summary>A composed query: all that encoding gives, to be searched with any number of filters, cuts and pages. Immutable.</summary>
public sealed record PreparedQuery
{
    internal PreparedQuery(ComposedQuery query, string method) => (Query, Method) = (query, method);

    /// <summary>A query that is a vector already.</summary>
    /// <param name="vector">unit, [P].</param>
    public static PreparedQuery Of(ReadOnlyMemory<float> vector) => new(new([], null), "vector") { Vector = vector };

    /// <summary>What was asked, without the bytes of its pictures.</summary>
    public ComposedQuery Query { get; }

    public string Method { get; }

    /// <summary>The caption that was really encoded, <c>$</c> for the picture; empty when none was.</summary>
    public string Prompt { get; internal init; } = "";

    /// <summary>Tokens of the prompt, start and end among them.</summary>
    public int Tokens { get; internal init; }

    /// <summary>Unit, [P]; null for a method whose score is no cosine: then there are <see cref="Terms"/>.</summary>
    public ReadOnlyMemory<float>? Vector { get; internal init; }

    /// <summary>The terms a picture is scored by; null: its cosine to <see cref="Vector"/> is all.</summary>
    public IReadOnlyList<MaskedTerm>? Terms { get; internal init; }

    public IReadOnlyList<QueryPart> Parts { get; internal init; } = [];

    public IReadOnlyList<PreparedPicture> Pictures { get; internal init; } = [];

    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>Search is 0.</summary>
    public StageTimings Timings { get; internal init; } = new();

    /// <summary>The cosine of each part with a unit row, [P].</summary>
    internal Dictionary<string, float> TermsOf(ReadOnlySpan<float> row)
    {
        Dictionary<string, float> terms = [];
        foreach (QueryPart part in Parts)
            terms.TryAdd(part.Name, TensorPrimitives.Dot(part.Vector.Span, row));
        return terms;
    }
}
