using Cirrus.Methods;

namespace Cirrus;

/// <summary>A method's composer with a queue of its own, so that one that takes long keeps no other waiting.</summary>
internal sealed class ComposerLane(Composer composer, int waiting) : IDisposable
{
    private const int Batch = 32;
    private readonly BatchQueue<Composition, (float[]? Vector, IReadOnlyList<MaskedTerm>? Terms)> _queue =
        new($"{composer.Name} to compose", queries => Compose(composer, queries), Batch, waiting);

    public Composer Composer => composer;

    /// <summary>A unit vector [P], or the terms of a method whose score is no cosine.</summary>
    public async Task<(float[]? Vector, List<MaskedTerm>? Terms)> ComposeAsync(Composition query, CancellationToken stop)
    {
        (float[]? vector, IReadOnlyList<MaskedTerm>? terms) = await _queue.RunAsync(query, stop).ConfigureAwait(false);
        return (vector, terms is null ? null : [.. terms]);
    }

    public void Dispose()
    {
        _queue.Dispose();
        composer.Dispose();
    }

    private static IReadOnlyList<(float[]?, IReadOnlyList<MaskedTerm>?)> Compose(Composer composer, IReadOnlyList<Composition> queries)
    {
        if (composer.ComposeMasked(queries) is { } terms)
            return [.. terms.Select(t => ((float[]?)null, (IReadOnlyList<MaskedTerm>?)t))];
        float[] rows = composer.Compose(queries);
        return [.. rows.Chunk(rows.Length / queries.Count).Select(row => ((float[]?)row, (IReadOnlyList<MaskedTerm>?)null))];
    }
}
