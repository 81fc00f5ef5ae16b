using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Clip;

public sealed class ReadPicturesTests
{
    [Fact]
    public void Batches_come_in_order_though_reading_takes_its_time()
    {
        int[] places = [.. Enumerable.Range(0, 100).Select(i => (i * 37) % 101)];
        PictureSet set = Set((i, _) =>
        {
            Thread.Sleep(i % 5);
            return i % 10 == 0 ? throw new CirrusException($"no {i}", hint: "") : [i];
        });
        ReadPictures[] batches = [.. ReadPictures.Ahead(set, places, TestContext.Current.CancellationToken)];
        Assert.Equal([32, 32, 32, 4], batches.Select(b => b.Places.Count + b.Bad.Count));
        Assert.Equal(places.Where(p => p % 10 != 0), batches.SelectMany(b => b.Places));
        Assert.Equal(batches.SelectMany(b => b.Places).Select(p => (float)p), batches.SelectMany(b => b.Pixels).Select(p => p.Span[0]));
        Assert.Equal(places.Where(p => p % 10 == 0).Select(p => (p, $"no {p}")), batches.SelectMany(b => b.Bad));
    }

    [Fact]
    public void It_reads_ahead_but_not_far()
    {
        int read = 0;
        PictureSet set = Set((i, _) =>
        {
            Interlocked.Increment(ref read);
            return [i];
        });
        using IEnumerator<ReadPictures> batches = ReadPictures.Ahead(set, [.. Enumerable.Range(0, 2000)],
            TestContext.Current.CancellationToken).GetEnumerator();
        Assert.True(batches.MoveNext());
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref read) >= 2 * ReadPictures.Batch, TimeSpan.FromMinutes(3)),
            "nothing is read while a batch is worked on");
        Thread.Sleep(50);
        Assert.InRange(read, 2 * ReadPictures.Batch, ReadPictures.Batch + (2 * Math.Max(ReadPictures.Batch, Environment.ProcessorCount)) + 1);
    }

    [Fact]
    public void Stopped_nothing_is_read_behind_the_callers_back()
    {
        int read = 0;
        using CancellationTokenSource stop = new();
        PictureSet set = Set((i, _) =>
        {
            Interlocked.Increment(ref read);
            return [i];
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (ReadPictures _ in ReadPictures.Ahead(set, [.. Enumerable.Range(0, 2000)], stop.Token))
                stop.Cancel();
        });
        int then = read;
        Thread.Sleep(50);
        Assert.Equal(then, read);
    }

    private static PictureSet Set(PictureReader read) => new([], "set", read);
}
