using Cirrus.Server.Api;
using Cirrus.Server.Errors;
using Cirrus.Server.Galleries;
using Microsoft.AspNetCore.Http;

namespace Cirrus.Server.Queries;

/// <summary>Unit vectors of texts, images and queries, as the gallery's model makes them.</summary>
internal sealed class Embedder(ServerOptions options, GalleryHost galleries, PictureReader pictures, Searcher searcher)
{
    public async Task<EmbeddingAnswer> EmbedAsync(EmbeddingRequest request, IFormFileCollection? files, CancellationToken stop)
    {
        (IReadOnlyList<string> texts, IReadOnlyList<ImageRef> images, IReadOnlyList<SearchRequest> queries) = (request.Texts ?? [], request.Images ?? [], request.Queries ?? []);
        Check(request, texts, images, queries);
        GalleryService gallery = galleries.Find(request.Gallery);
        Retriever retriever = await gallery.RetrieverAsync(stop);
        bool base64 = request.Format == "base64";
        List<EmbeddingInfo> all = [];
        Task<IReadOnlyList<ReadOnlyMemory<float>>> read = retriever.Encoder.TextsAsync(texts, stop);
        PreparedQuery[] seen = await Task.WhenAll(images.Select(async (image, i) =>
            await retriever.ComposeAsync(new([await pictures.ReadAsync(image, $"images[{i}]", gallery.View, files, stop)], null) { Method = "image" }, stop)));
        PreparedQuery[] composed = await Task.WhenAll(queries.Select(q => searcher.ComposeAsync(q, gallery, retriever, files, stop)));
        foreach (ReadOnlyMemory<float> text in await read)
            Add("text", Vectors.Unit(text.Span));
        foreach (PreparedQuery image in seen)
            Add("image", image.Vector!.Value.Span);
        foreach (PreparedQuery query in composed)
            Add("query", query.Vector is { } vector ? vector.Span : throw new ApiException(422, "no_vector", $"{query.Method} scores pictures by more than a cosine: its queries are no vectors.", "take another method"));
        return new(gallery.View.Space.Model, gallery.View.Space.Fingerprint, gallery.View.Space.P, all);

        void Add(string of, ReadOnlySpan<float> unit) => all.Add(new(of, all.Count(e => e.Of == of), base64 ? null : unit.ToArray(), base64 ? Vectors.Base64(unit) : null));
    }

    private void Check(EmbeddingRequest request, IReadOnlyList<string> texts, IReadOnlyList<ImageRef> images, IReadOnlyList<SearchRequest> queries)
    {
        ServerLimits limits = options.Limits;
        int count = texts.Count + images.Count + queries.Count;
        if (count == 0 || count > limits.Embeddings)
            throw ApiException.Invalid(new FieldError("", count == 0 ? "missing" : "out_of_range", $"there are {count} things to embed.", $"1 to {limits.Embeddings} texts, images and queries"));
        if (request.Format is not (null or "floats" or "base64"))
            throw ApiException.Invalid(new FieldError("format", "unknown", $"there is no format '{request.Format}'.", "floats or base64"));
        for (int i = 0; i < texts.Count; i++)
            if (string.IsNullOrEmpty(texts[i]) || texts[i].Length > limits.TextLength)
                throw ApiException.Invalid(new FieldError($"texts[{i}]", "out_of_range", $"the text has {texts[i]?.Length ?? 0} characters.", $"1 to {limits.TextLength}"));
        new SearchCheck(limits).Check(images);
        for (int i = 0; i < queries.Count; i++)
            new SearchCheck(limits, $"queries[{i}].").Check(queries[i] ?? throw ApiException.Invalid(new FieldError($"queries[{i}]", "missing", "the query is null.")));
    }
}
