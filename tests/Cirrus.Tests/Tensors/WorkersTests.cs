using Cirrus.Tensors.Cpu;

namespace Cirrus.Tests.Tensors;

public sealed class WorkersTests : IDisposable
{
    private readonly int _was = Workers.Count;

    public void Dispose() => Workers.Count = _was;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_item_is_run_once_in_ranges_of_at_most_a_grain(int threads)
    {
        Workers.Count = threads;
        foreach ((int count, int grain) in new[] { (0, 1), (1, 1), (5, 2), (1000, 7), (1000, 1000), (3, 10) })
        {
            int[] seen = new int[count];
            Workers.For(count, grain, (from, to) =>
            {
                Assert.InRange(to - from, 1, grain);
                for (int i = from; i < to; i++)
                    Interlocked.Increment(ref seen[i]);
            });
            Assert.All(seen, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void A_loop_inside_a_loop_runs_on_the_same_thread()
    {
        Workers.Count = 3;
        int elsewhere = 0;
        Workers.For(50, _ =>
        {
            int outer = Environment.CurrentManagedThreadId;
            Workers.For(10, _ => Interlocked.Add(ref elsewhere, Environment.CurrentManagedThreadId == outer ? 0 : 1));
        });
        Assert.Equal(0, elsewhere);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_exception_reaches_the_caller_and_the_threads_go_on(int threads)
    {
        Workers.Count = threads;
        for (int again = 0; again < 3; again++)
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => Workers.For(100, i =>
            {
                if (i == 42)
                    throw new InvalidOperationException("42");
            }));
            Assert.Equal("42", thrown.Message);
            int sum = 0;
            Workers.For(10, i => Interlocked.Add(ref sum, i));
            Assert.Equal(45, sum);
        }
    }

    [Fact]
    public void Callers_on_several_threads_do_not_disturb_each_other()
    {
        Workers.Count = 3;
        long[] sums = new long[6];
        Thread[] callers = [.. Enumerable.Range(0, sums.Length).Select(c => new Thread(() =>
        {
            for (int again = 0; again < 50; again++)
                Workers.For(100, i => Interlocked.Add(ref sums[c], i));
        }))];
        foreach (Thread t in callers)
            t.Start();
        foreach (Thread t in callers)
            t.Join();
        Assert.All(sums, s => Assert.Equal(50 * 4950, s));
    }
}
