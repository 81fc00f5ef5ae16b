using System.Diagnostics;
using System.Numerics.Tensors;
using Cirrus.Clip;
using Microsoft.Extensions.AI;

namespace Cirrus;

/// <summary>What all embedding generators do around their encoding: options, metadata, a span and a duration under the usual names.</summary>
internal sealed class EmbeddingWork(ClipEncoder encoder)
{
    private const string Provider = "cirrus";
    private readonly EmbeddingGeneratorMetadata _metadata = new(Provider, null, encoder.Clip.Config.Name, encoder.Clip.Config.P);

    private string Model => encoder.Clip.Config.Name;

    /// <summary>The bytes of a picture.</summary>
    /// <exception cref="ArgumentException">It is of another kind.</exception>
    public static ReadOnlyMemory<byte> Picture(DataContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.HasTopLevelMediaType("image") ? content.Data
            : throw new ArgumentException($"A content of type '{content.MediaType}' is no picture: image/jpeg and the like are.");
    }

    public object? Service(object generator, Type type, object? key)
    {
        ArgumentNullException.ThrowIfNull(type);
        return key is not null ? null
            : type == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : type == typeof(ClipEncoder) ? encoder
            : type == typeof(ClipModel) ? encoder.Clip
            : type.IsInstanceOfType(generator) ? generator : null;
    }

    public async Task<GeneratedEmbeddings<Embedding<float>>> RunAsync<T>(IEnumerable<T> values,
        EmbeddingGenerationOptions? options, Func<T, CancellationToken, Task<ReadOnlyMemory<float>>> encode,
        CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        using Activity? activity = Telemetry.Source.StartActivity($"embeddings {Model}", ActivityKind.Client);
        TagList tags = new() { { "gen_ai.operation.name", "embeddings" }, { "gen_ai.request.model", Model }, { "gen_ai.provider.name", Provider } };
        foreach (KeyValuePair<string, object?> tag in tags)
            activity?.SetTag(tag.Key, tag.Value);
        activity?.SetTag("gen_ai.embeddings.dimension.count", encoder.Clip.Config.P);
        long start = Stopwatch.GetTimestamp();
        ReadOnlyMemory<float>[] features = await Task.WhenAll(values.Select(v => encode(v, stop))).ConfigureAwait(false);
        Telemetry.EmbeddingDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return [.. features.Select(f => new Embedding<float>(f) { ModelId = Model, CreatedAt = now })];
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is int dimensions && dimensions != encoder.Clip.Config.P)
            throw new ArgumentException(
                $"{dimensions} dimensions are asked for; embeddings of {Model} have {encoder.Clip.Config.P}.", nameof(options));
        if (options?.ModelId is string model && model != Model)
            throw new ArgumentException($"The model '{model}' is asked for; this generator's is '{Model}'.", nameof(options));
    }

    /// <summary>A raw feature as unit vector.</summary>
    public static ReadOnlyMemory<float> Unit(ReadOnlySpan<float> feature)
    {
        float[] unit = new float[feature.Length];
        TensorPrimitives.Divide(feature, MathF.Max(TensorPrimitives.Norm(feature), 1e-12f), unit);
        return unit;
    }
}
