using Microsoft.Extensions.AI;

namespace Cirrus;

/// <summary>Unit vectors of texts and of pictures (bytes of a picture file) in one space. Thread-safe.</summary>
/// <remarks>Options are only read: another number of dimensions or another model than this one's is refused.</remarks>
public sealed class ClipEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ClipEncoder _encoder;
    private readonly bool _owns;
    private readonly EmbeddingWork _work;

    internal ClipEmbeddingGenerator(ClipEncoder encoder, bool owns)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        (_encoder, _owns, _work) = (encoder, owns, new(encoder));
    }

    /// <summary>Embeddings of texts, in their order. Too long a text is cut at the model's context.</summary>
    /// <exception cref="ArgumentException">The options ask for another size or model.</exception>
    /// <exception cref="Tensors.CirrusException">Too many requests wait.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        _work.RunAsync(values, options, async (text, stop) => EmbeddingWork
            .Unit(await _encoder.TextAsync(text, stop).ConfigureAwait(false)), cancellationToken);

    /// <summary>Embeddings of pictures, in their order.</summary>
    /// <exception cref="ArgumentException">The options ask for another size or model, or a content is no picture by its media type.</exception>
    /// <exception cref="Tensors.CirrusException">A picture cannot be decoded, or too many requests wait.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        _work.RunAsync(values, options, async (content, stop) => EmbeddingWork.Unit(
            (await _encoder.PictureAsync(EmbeddingWork.Picture(content), null, stop).ConfigureAwait(false)).Span), cancellationToken);

    /// <summary>The metadata, the encoder or its model, or this generator itself.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => _work.Service(this, serviceType, serviceKey);

    public void Dispose()
    {
        if (_owns)
            _encoder.Dispose();
    }
}
