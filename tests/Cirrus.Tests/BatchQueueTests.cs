using Cirrus.Tensors;

namespace Cirrus.Tests;

public sealed class BatchQueueTests : IDisposable
{
    private readonly List<int> _sizes = [];
    private readonly ManualResetEventSlim _go = new(false), _begun = new(false);

    public void Dispose()
    {
        _go.Dispose();
        _begun.Dispose();
    }

    [Fact]
    public async Task What_comes_while_a_batch_is_computed_is_the_next_batch()
    {
        using BatchQueue<int, int> queue = new("numbers", Double, most: 8, capacity: 100);
        Task<int> first = queue.RunAsync(0, Stop);
        _begun.Wait(Stop);
        Task<int>[] rest = [.. Enumerable.Range(1, 11).Select(i => queue.RunAsync(i, Stop))];
        _go.Set();
        Assert.Equal(0, await first);
        Assert.Equal(Enumerable.Range(1, 11).Select(i => 2 * i), await Task.WhenAll(rest));
        Assert.Equal([1, 8, 3], _sizes);
    }

    [Fact]
    public async Task A_full_queue_says_busy_and_whoever_gives_up_makes_room()
    {
        using BatchQueue<int, int> queue = new("numbers", Double, most: 8, capacity: 2);
        using CancellationTokenSource patience = new();
        Task<int> first = queue.RunAsync(0, Stop);
        _begun.Wait(Stop);
        Task<int> second = queue.RunAsync(1, Stop), third = queue.RunAsync(2, patience.Token);
        Assert.Equal(ProblemKind.Busy, (await Assert.ThrowsAsync<CirrusException>(() => queue.RunAsync(3, Stop))).Kind);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Task<int> fourth = queue.RunAsync(4, Stop);
        _go.Set();
        Assert.Equal("0 2 8", string.Join(' ', await Task.WhenAll(first, second, fourth)));
        Assert.Equal([1, 2], _sizes);
    }

    [Fact]
    public async Task One_bad_request_fails_alone()
    {
        using BatchQueue<int, int> queue = new("numbers", Double, most: 8, capacity: 10);
        Task<int> first = queue.RunAsync(0, Stop);
        _begun.Wait(Stop);
        Task<int> good = queue.RunAsync(5, Stop), bad = queue.RunAsync(-1, Stop), other = queue.RunAsync(6, Stop);
        _go.Set();
        Assert.Equal("0 10 12", string.Join(' ', await Task.WhenAll(first, good, other)));
        await Assert.ThrowsAsync<ArgumentException>(() => bad);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private int[] Double(IReadOnlyList<int> numbers)
    {
        _sizes.Add(numbers.Count);
        _begun.Set();
        _go.Wait();
        return numbers.All(n => n >= 0) ? [.. numbers.Select(n => 2 * n)] : throw new ArgumentException("negative");
    }
}
