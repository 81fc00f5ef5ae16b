using System.Runtime.ExceptionServices;

namespace Cirrus.Tensors.Cpu;

/// <summary>Parallel loops over a fixed pool of threads.</summary>
/// <remarks>
/// Items are handed out in order, one grain at a time; which thread takes which item varies, so a loop body must write
/// only what belongs to its item. Results then do not depend on the number of threads. A loop inside a loop runs inline.
/// </remarks>
internal static class Workers
{
    [ThreadStatic]
    private static bool _inside;
    private static readonly Lock Gate = new();
    private static int _threads = Configured();
    private static Pool? _pool;

    /// <summary>True on a thread that is running a loop's body.</summary>
    public static bool IsInside => _inside;

    /// <summary>Threads that take part, the caller's among them. CIRRUS_THREADS sets it from outside.</summary>
    public static int Count
    {
        get => _threads;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (Gate)
            {
                _threads = value;
                _pool?.Dispose();
                _pool = null;
            }
        }
    }

    /// <summary>Calls body(i) for i in [0, count).</summary>
    public static void For(int count, Action<int> body) => For(count, 1, (from, to) =>
    {
        for (int i = from; i < to; i++)
            body(i);
    });

    /// <summary>Calls body(from, to) for consecutive ranges of at most <paramref name="grain"/> items.</summary>
    public static void For(int count, int grain, Action<int, int> body)
    {
        if (count <= 0)
            return;
        if (!_inside && count > grain)
            lock (Gate)
                if (_threads > 1)                                    // under the lock, since Count may be set by another thread
                {
                    _pool ??= new Pool(_threads - 1);
                    _pool.Run(count, grain, body);
                    return;
                }
        for (int from = 0; from < count; from += grain)
            body(from, Math.Min(count, from + grain));
    }

    private static int Configured() =>
        int.TryParse(Environment.GetEnvironmentVariable("CIRRUS_THREADS"), out int n) && n is > 0 and <= 1024 ? n : Environment.ProcessorCount;

    private sealed class Pool : IDisposable
    {
        private readonly SemaphoreSlim _start = new(0);
        private readonly CountdownEvent _done = new(1);
        private readonly int _helpers;
        private Action<int, int> _body = (_, _) => { };
        private int _count, _grain, _next;
        private ExceptionDispatchInfo? _failure;
        private volatile bool _closed;

        public Pool(int helpers)
        {
            _helpers = helpers;
            for (int i = 0; i < helpers; i++)
                new Thread(Help) { IsBackground = true, Name = $"cirrus worker {i + 1}" }.Start();
        }

        public void Run(int count, int grain, Action<int, int> body)
        {
            (_count, _grain, _body, _next, _failure) = (count, grain, body, 0, null);
            _done.Reset(_helpers + 1);
            _start.Release(_helpers);
            Work();
            _done.Signal();
            _done.Wait();
            _failure?.Throw();
        }

        public void Dispose()
        {
            _closed = true;
            _start.Release(_helpers);
            _done.Dispose();
        }

        private void Help()
        {
            while (true)
            {
                _start.Wait();
                if (_closed)
                    return;
                Work();
                _done.Signal();
            }
        }

        private void Work()
        {
            _inside = true;
            try
            {
                for (int from; (from = Interlocked.Add(ref _next, _grain) - _grain) < _count;)
                    _body(from, Math.Min(_count, from + _grain));
            }
#pragma warning disable CA1031 // carried to the caller's thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(e));
                Volatile.Write(ref _next, int.MaxValue / 2);
            }
            finally
            {
                _inside = false;
            }
        }
    }
}
