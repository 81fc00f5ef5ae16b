using Cirrus.Clip;

namespace Cirrus;

/// <summary>Cirrus as embedding generators of Microsoft.Extensions.AI; every embedding is a unit vector.</summary>
public static class EmbeddingGenerators
{
    /// <summary>Generates embeddings of texts and pictures; the model stays open when the generator is disposed.</summary>
    public static ClipEmbeddingGenerator AsEmbeddingGenerator(this ClipModel clip) => new(new ClipEncoder(clip), owns: true);

    /// <summary>Generates embeddings of texts and pictures in the encoder's batches; the encoder stays open when the generator is disposed.</summary>
    public static ClipEmbeddingGenerator AsEmbeddingGenerator(this ClipEncoder encoder) => new(encoder, owns: false);

    /// <summary>
    /// Generates embeddings of texts, pictures and composed queries in the space of a gallery; the retriever stays open
    /// when the generator is disposed.
    /// </summary>
    public static RetrieverEmbeddingGenerator AsEmbeddingGenerator(this Retriever retriever) => new(retriever);
}
