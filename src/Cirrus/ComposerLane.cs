using Cirrus.Methods;

namespace Cirrus;

/// <summary>A method's composer with a queue of its own, so that one that takes long keeps no other waiting.</summary>
internal sealed class ComposerLane : IDisposable
{
    private const int Batch = 32, Kept = 1024;
    private readonly BatchQueue<Composition, (float[]? Vector, IReadOnlyList<MaskedTerm>? Terms)> _queue;

    /// <param name="composer">disposed with the lane.</param>
    public ComposerLane(Composer composer, ClipEncoder encoder)
    {
        composer.Recent = new(encoder.RecentTexts, Kept);
        (Composer, _queue) = (composer, new($"{composer.Name} to compose", Compose, Batch, encoder.Options.Waiting));
    }

    public Composer Composer { get; }

    /// <summary>A unit vector [P], or the terms of a method whose score is no cosine.</summary>
    public async Task<(float[]? Vector, List<MaskedTerm>? Terms)> ComposeAsync(Composition query, CancellationToken stop)
    {
        (float[]? vector, IReadOnlyList<MaskedTerm>? terms) = await _queue.RunAsync(query, stop).ConfigureAwait(false);
        return (vector, terms is null ? null : [.. terms]);
    }

    public void Dispose()
    {
        _queue.Dispose();
        Composer.Dispose();
    }

    private IReadOnlyList<(float[]?, IReadOnlyList<MaskedTerm>?)> Compose(IReadOnlyList<Composition> queries)
    {
        if (Composer.ComposeMasked(queries) is { } terms)
            return [.. terms.Select(t => ((float[]?)null, (IReadOnlyList<MaskedTerm>?)t))];
        float[] rows = Composer.Compose(queries);
        return [.. rows.Chunk(rows.Length / queries.Count).Select(row => ((float[]?)row, (IReadOnlyList<MaskedTerm>?)null))];
    }
}
