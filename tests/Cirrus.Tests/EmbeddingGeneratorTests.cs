using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;
using Microsoft.Extensions.AI;

namespace Cirrus.Tests;

public sealed class EmbeddingGeneratorTests : IDisposable
{
    private readonly SmallGallery _gallery = new(4);
    private readonly Retriever _retriever;

    public EmbeddingGeneratorTests() => _retriever = Retriever.Open(_gallery.Photos);

    public void Dispose()
    {
        _retriever.Dispose();
        _gallery.Dispose();
    }

    [Fact]
    public async Task Texts_and_pictures_become_unit_vectors_of_the_model()
    {
        using ClipEmbeddingGenerator generator = _gallery.Clip.AsEmbeddingGenerator();
        using ClipEmbedder embedder = new(_gallery.Clip);
        GeneratedEmbeddings<Embedding<float>> texts = await ((IEmbeddingGenerator<string, Embedding<float>>)generator)
            .GenerateAsync(["a red fish", "grass"], cancellationToken: Stop);
        Assert.Equal(UnitVectors.Normalize(embedder.EmbedTexts(["a red fish"])), texts[0].Vector.ToArray(), Close);
        Assert.Equal(UnitVectors.Normalize(embedder.EmbedTexts(["grass"])), texts[1].Vector.ToArray(), Close);
        Assert.All(texts, e => Assert.Equal((_gallery.Clip.Config.Name, _gallery.Clip.Config.P), (e.ModelId, e.Dimensions)));
        Assert.All(texts, e => Assert.InRange(e.CreatedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow));
        RetrieverEmbeddingGenerator pictures = _retriever.AsEmbeddingGenerator();
        byte[] bytes = File.ReadAllBytes(_gallery.Photo(2));
        Embedding<float> picture = (await pictures.GenerateAsync([new DataContent(bytes, "image/png")], cancellationToken: Stop))[0];
        Assert.Equal(_retriever.Gallery.Row(_retriever.Gallery.Items.Single(i => i.Path == "p002.png").Id)!.Value.ToArray(),
            picture.Vector.ToArray());
        await Assert.ThrowsAsync<ArgumentException>(() =>
            pictures.GenerateAsync([new DataContent(bytes, "application/pdf")], cancellationToken: Stop));
        await Assert.ThrowsAsync<CirrusException>(() =>
            pictures.GenerateAsync([new DataContent("no picture"u8.ToArray(), "image/png")], cancellationToken: Stop));
    }

    [Fact]
    public async Task Composed_queries_become_the_vector_that_is_searched()
    {
        RetrieverEmbeddingGenerator generator = _retriever.AsEmbeddingGenerator();
        ComposedQuery query = new([new(_gallery.Photo(1))], "is red", Without: [new("water")]) { Method = "sum" };
        PreparedQuery prepared = await _retriever.ComposeAsync(query, Stop);
        GeneratedEmbeddings<Embedding<float>>[] many = await Task
            .WhenAll(Enumerable.Range(0, 16).Select(_ => generator.GenerateAsync([query], cancellationToken: Stop)));
        Assert.All(many, e => Assert.Equal(prepared.Vector!.Value.ToArray(), e[0].Vector.ToArray()));
    }

    [Fact]
    public async Task Options_are_honoured_or_refused_and_never_written()
    {
        RetrieverEmbeddingGenerator generator = _retriever.AsEmbeddingGenerator();
        EmbeddingGenerationOptions fitting = new() { Dimensions = _retriever.Encoder.Clip.Config.P, ModelId = _retriever.Encoder.Clip.Config.Name };
        Assert.Single(await generator.GenerateAsync(["grass"], fitting, Stop));
        Assert.Equal((_retriever.Encoder.Clip.Config.P, _retriever.Encoder.Clip.Config.Name), (fitting.Dimensions, fitting.ModelId));
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["grass"], new() { Dimensions = 7 }, Stop));
        Assert.Contains("7 dimensions", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["grass"], new() { ModelId = "another" }, Stop));
        Assert.Empty(await generator.GenerateAsync(Array.Empty<string>(), null, Stop));
    }

    [Fact]
    public void Services_say_whose_embeddings_they_are()
    {
        RetrieverEmbeddingGenerator generator = _retriever.AsEmbeddingGenerator();
        EmbeddingGeneratorMetadata metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("cirrus", _retriever.Encoder.Clip.Config.Name, _retriever.Encoder.Clip.Config.P),
            (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(generator, generator.GetService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.Same(_retriever, generator.GetService<Retriever>());
        Assert.Same(_retriever.Encoder.Clip, generator.GetService<ClipModel>());
        Assert.Null(generator.GetService(typeof(string)));
        Assert.Null(generator.GetService(typeof(Retriever), "a key"));
    }

    /// <summary>Norms are summed in float here and in double there.</summary>
    private static bool Close(float a, float b) => MathF.Abs(a - b) < 1e-6f;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
}
