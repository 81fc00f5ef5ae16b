using Cirrus.Tensors;
using Microsoft.Extensions.AI;

namespace Cirrus;

/// <summary>Unit vectors of texts, pictures and composed queries in the space of a gallery: its preprocessing, its methods. Thread-safe.</summary>
/// <remarks>Options are only read: another number of dimensions or another model than this one's is refused.</remarks>
public sealed class RetrieverEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IEmbeddingGenerator<DataContent, Embedding<float>>,
    IEmbeddingGenerator<ComposedQuery, Embedding<float>>
{
    private readonly Retriever _retriever;
    private readonly EmbeddingWork _work;

    internal RetrieverEmbeddingGenerator(Retriever retriever)
    {
        ArgumentNullException.ThrowIfNull(retriever);
        (_retriever, _work) = (retriever, new(retriever.Encoder));
    }

    /// <summary>Embeddings of texts, in their order. Too long a text is cut at the model's context.</summary>
    /// <exception cref="ArgumentException">The options ask for another size or model.</exception>
    /// <exception cref="CirrusException">Too many requests wait.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        _work.RunAsync(values, options, async (text, stop) => EmbeddingWork
            .Unit(await _retriever.Encoder.TextAsync(text, stop).ConfigureAwait(false)), cancellationToken);

    /// <summary>Embeddings of pictures, in their order.</summary>
    /// <exception cref="ArgumentException">The options ask for another size or model, or a content is no picture by its media type.</exception>
    /// <exception cref="CirrusException">A picture cannot be decoded, or too many requests wait.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        _work.RunAsync(values, options, async (content, stop) => EmbeddingWork.Unit((await _retriever
            .PictureAsync(EmbeddingWork.Picture(content), null, stop).ConfigureAwait(false)).Span), cancellationToken);

    /// <summary>Embeddings of composed queries, in their order: search any index of the same space with them.</summary>
    /// <exception cref="ArgumentException">The options ask for another size or model.</exception>
    /// <exception cref="CirrusException">A query cannot be composed, or its method's score is no cosine, so that no vector stands for it.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<ComposedQuery> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        _work.RunAsync(values, options, ComposeAsync, cancellationToken);

    /// <summary>The metadata, the retriever, its encoder or its model, or this generator itself.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(Retriever) ? _retriever : _work.Service(this, serviceType, serviceKey);

    public void Dispose()
    {
    }

    private async Task<ReadOnlyMemory<float>> ComposeAsync(ComposedQuery query, CancellationToken stop)
    {
        PreparedQuery prepared = await _retriever.ComposeAsync(query, stop).ConfigureAwait(false);
        return prepared.Vector
            ?? throw new CirrusException($"The score of {prepared.Method} is no cosine, so no vector stands for a query.",
                hint: "search with the retriever, or take another method");
    }
}
