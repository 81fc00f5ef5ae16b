using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace Cirrus.Server.Queries;

/// <summary>Unit vectors of texts, images and queries, as the gallery's model makes them.</summary>
internal sealed class Embedder(ServerOptions options, GalleryHost galleries, PictureReader pictures, Searcher searcher)
{
    public async Task<EmbeddingAnswer> EmbedAsync(EmbeddingRequest request, IFormFileCollection? files, CancellationToken stop)
    {
        (IReadOnlyList<string> texts, IReadOnlyList<ImageRef> images,
            IReadOnlyList<SearchRequest> queries) = (request.Texts ?? [], request.Images ?? [], request.Queries ?? []);
        Check(request, texts, images, queries);
        GalleryService gallery = galleries.Find(request.Gallery);
        Retriever retriever = await gallery.RetrieverAsync(stop);
        bool base64 = request.Format == "base64";
        QueryPicture[] read = await Task.WhenAll(images.Select((image, i) => pictures.ReadAsync(image, $"images[{i}]", gallery.View, files, stop)));
        ComposedQuery[] seen = [.. read.Select(picture => new ComposedQuery([picture], null) { Method = "image" })];
        ComposedQuery[] asked = await Task.WhenAll(queries.Where(q => q.Vector is null).Select(q => searcher.ReadAsync(q, gallery, files, stop)));
        using RetrieverEmbeddingGenerator generator = retriever.AsEmbeddingGenerator();
        Task<Queue<ReadOnlyMemory<float>>> words = Made(texts, t => generator.GenerateAsync(t, null, stop)),
            others = Made([.. seen, .. asked], q => generator.GenerateAsync(q, null, stop));
        await Task.WhenAll(words, others);
        List<EmbeddingInfo> all = [];
        for (int i = 0; i < texts.Count; i++)
            Add("text", i, words.Result.Dequeue());
        for (int i = 0; i < images.Count; i++)
            Add("image", i, others.Result.Dequeue());
        for (int i = 0; i < queries.Count; i++)
            Add("query", i, queries[i].Vector is { } vector ? Vectors.Read(vector, gallery.View.Space.P) : others.Result.Dequeue());
        return new(gallery.View.Space.Model, gallery.View.Space.Fingerprint, gallery.View.Space.P, all);

        void Add(string of, int index, ReadOnlyMemory<float> unit) =>
            all.Add(new(of, index, base64 ? null : unit.ToArray(), base64 ? Vectors.Base64(unit.Span) : null));
    }

    /// <summary>No span where there is nothing to do.</summary>
    private static async Task<Queue<ReadOnlyMemory<float>>> Made<T>(IReadOnlyList<T> values,
        Func<IReadOnlyList<T>, Task<GeneratedEmbeddings<Embedding<float>>>> generate) =>
        values.Count == 0 ? [] : new((await generate(values)).Select(e => e.Vector));

    private void Check(EmbeddingRequest request, IReadOnlyList<string> texts, IReadOnlyList<ImageRef> images, IReadOnlyList<SearchRequest> queries)
    {
        ServerLimits limits = options.Limits;
        int count = texts.Count + images.Count + queries.Count;
        if (count == 0 || count > limits.EmbeddingsAtOnce)
            throw ApiException.Invalid(new FieldError("", count == 0 ? "missing" : "out_of_range",
                $"there are {count} things to embed.", $"1 to {limits.EmbeddingsAtOnce} texts, images and queries"));
        if (request.Format is not (null or "floats" or "base64"))
            throw ApiException.Invalid(new FieldError("format", "unknown", $"there is no format '{request.Format}'.", "floats or base64"));
        for (int i = 0; i < texts.Count; i++)
            if (string.IsNullOrEmpty(texts[i]) || texts[i].Length > limits.TextLength)
                throw ApiException.Invalid(new FieldError($"texts[{i}]", "out_of_range",
                    $"the text has {texts[i]?.Length ?? 0} characters.", $"1 to {limits.TextLength}"));
        new SearchCheck(limits).Check(images);
        for (int i = 0; i < queries.Count; i++)
            new SearchCheck(limits, $"queries[{i}].").Check(queries[i]
                ?? throw ApiException.Invalid(new FieldError($"queries[{i}]", "missing", "the query is null.")));
    }
}
