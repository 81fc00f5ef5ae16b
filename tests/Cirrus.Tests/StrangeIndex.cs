using Cirrus.Gallery;

namespace Cirrus.Tests;

/// <summary>A folder's gallery behind the door that databases come through: nobody can see that it is one.</summary>
internal sealed class StrangeIndex(string folder) : VectorIndex
{
    private readonly FolderIndex _folder = FolderIndex.Open(folder);

    /// <summary>What its answers say of silent shards.</summary>
    public IReadOnlyList<string> Silent { get; set; } = [];

    /// <summary>Whether its answers know what chance would score.</summary>
    public bool KnowsNoise { get; set; } = true;

    /// <summary>How its list of pictures shows one.</summary>
    public Func<GalleryItem, GalleryItem> Shown { get; set; } = i => i;

    /// <summary>What a search waits for before it begins.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    public override EmbeddingSpace Space => _folder.Space;

    public override string Kind => "Hnsw";

    public override Task<string> VersionAsync(CancellationToken stop = default) => _folder.VersionAsync(stop);

    public override async Task<IReadOnlyList<GalleryItem>> ItemsAsync(CancellationToken stop = default) =>
        [.. (await _folder.ItemsAsync(stop)).Select(Shown)];

    public override Task<long> CountAsync(CancellationToken stop = default) => _folder.CountAsync(stop);

    public override async Task<IReadOnlyList<IndexAnswer>> SearchAsync(ReadOnlyMemory<float> queries, int k,
        ItemFilter? filter = null, bool partial = false, CancellationToken stop = default)
    {
        Assert.True(partial || Silent.Count == 0);
        await Before(stop);
        return [.. (await _folder.SearchAsync(queries, k, filter, partial, stop)).Select(a => a with { SilentShards = Silent, Noise = KnowsNoise ? a.Noise : null })];
    }

    public override Task<GalleryItem?> FindAsync(long id, CancellationToken stop = default) => _folder.FindAsync(id, stop);

    public override Task<IReadOnlyList<StoredRow?>> RowsAsync(IReadOnlyList<long> ids, CancellationToken stop = default) =>
        _folder.RowsAsync(ids, stop);

    public override IAsyncEnumerable<IReadOnlyList<StoredRow>> ReadAsync(CancellationToken stop = default) => _folder.ReadAsync(stop);

    public override Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<StoredRow> rows, CancellationToken stop = default) =>
        _folder.AddAsync(rows, stop);

    public override Task<int> RemoveAsync(IReadOnlyCollection<long> ids, CancellationToken stop = default) => _folder.RemoveAsync(ids, stop);

    protected override void Dispose(bool disposing) => _folder.Dispose();
}
