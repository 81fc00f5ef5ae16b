using Cirrus.Gallery;

namespace Cirrus.Tests.Gallery;

public sealed class FolderIndexTests
{
    private static readonly EmbeddingSpace Space = new("toy", "0123456789abcdef", null, 4, "openai 224", "exif");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_come_back_to_the_bit_and_a_copy_keeps_its_ids()
    {
        using TempFolder folder = new();
        GalleryWriter.Create(folder.At("a"), folder.Path, Space).Dispose();
        GalleryWriter.Create(folder.At("b"), folder.Path, Space).Dispose();
        using FolderIndex index = FolderIndex.Open(folder.At("a")), copy = FolderIndex.Open(folder.At("b"));
        Assert.Equal([1, 2, 3], await index.AddAsync([Row("x", 3, 0, 0, 0), Row("y", 0, 2, 0, 0), Row("z", 0, 1, 1, 0)], Stop));
        Assert.Equal([4], await index.AddAsync([Row("y", 0, 0, 5, 0)], Stop));
        Assert.Equal(1, await index.RemoveAsync([1, 77], Stop));
        await foreach (IReadOnlyList<StoredRow> page in index.ReadAsync(Stop))
            Assert.Equal(page.Select(r => r.Item.Id), await copy.AddAsync(page, Stop));
        Assert.Equal([3, 4], (await copy.RowsAsync([3, 1, 4], Stop)).OfType<StoredRow>().Select(r => r.Item.Id));
        Assert.Equal((await index.RowsAsync([3], Stop))[0]!.Unit.ToArray(), (await copy.RowsAsync([3], Stop))[0]!.Unit.ToArray());
        Assert.Equal(MathF.Sqrt(2), (await copy.RowsAsync([3], Stop))[0]!.Norm);
        Assert.Equal((2L, "y"), (await copy.CountAsync(Stop), (await copy.FindAsync(4, Stop))!.Path));
        Assert.Null(await copy.FindAsync(1, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => index.AddAsync([Row("q", 1, 0, 0, 0), Row("q", 1, 0, 0, 0)], Stop));
    }

    [Fact]
    public async Task Searches_go_on_while_rows_come_and_go()
    {
        using TempFolder folder = new();
        GalleryWriter.Create(folder.At("a"), folder.Path, Space).Dispose();
        using FolderIndex index = FolderIndex.Open(folder.At("a"));
        await index.AddAsync([.. Enumerable.Range(0, 50).Select(i => Row($"first {i}", 1, i, 0, 0))], Stop);
        using CancellationTokenSource done = new();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                IReadOnlyList<IndexAnswer> answers = await index.SearchAsync(new float[] { 1, 0, 0, 0, 0, 0, 0, 1 }, 5,
                    ItemFilterText.Parse("path:first*"), stop: Stop);
                Assert.Equal((5, 50), (answers[0].Hits.Count, (int)answers[0].Matched));
                Assert.Equal("first 0", answers[0].Hits[0].Item.Path);
            }
        }, Stop))];
        for (int i = 0; i < 10; i++)
        {
            IReadOnlyList<long> ids = await index.AddAsync([Row($"more {i}", 1, 0, 0, 0), Row($"gone {i}", 0, 0, 0, 1)], Stop);
            Assert.Equal(1, await index.RemoveAsync([ids[1]], Stop));
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(60, await index.CountAsync(Stop));
        Assert.False(index.Refresh());
        index.Dispose();
        index.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => index.CountAsync(Stop));
    }

    private static StoredRow Row(string path, params float[] feature) => StoredRow.Of(new(0, path, 1, 2, path, 640, 480), feature);
}
