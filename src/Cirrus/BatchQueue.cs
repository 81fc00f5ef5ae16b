using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Gathers the requests of many callers into calls of several: while one batch is computed the next gathers. Thread-safe.</summary>
/// <remarks>A batch that fails is tried one by one, so that one caller's mistake is not another's.</remarks>
/// <param name="what">for the message when it is full.</param>
/// <param name="compute">results in the order of the inputs, one each.</param>
/// <param name="most">requests a batch.</param>
/// <param name="capacity">requests that may wait.</param>
internal sealed class BatchQueue<TIn, TOut>(string what, Func<IReadOnlyList<TIn>, IReadOnlyList<TOut>> compute, int most, int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private Queue<Request> _waiting = new();
    private Task? _working;
    private bool _closed;

    /// <exception cref="CirrusException">Too many wait: <see cref="ProblemKind.Busy"/>.</exception>
    public async Task<TOut> RunAsync(TIn input, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Request request = new(input);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_waiting.Count >= capacity)
                _waiting = new(_waiting.Where(r => !r.Answer.Task.IsCompleted));
            if (_waiting.Count >= capacity)
                throw new CirrusException($"{_waiting.Count} requests wait for {what} already.", hint: "ask again in a moment",
                    kind: ProblemKind.Busy);
            _waiting.Enqueue(request);
            _working ??= Task.Run(Work, CancellationToken.None);
        }
        using (stop.Register(() => request.Answer.TrySetCanceled(stop)))
            return await request.Answer.Task.ConfigureAwait(false);
    }

    /// <summary>Waits for the batch in flight; who still waits is told that it is over.</summary>
    public void Dispose()
    {
        Task? working;
        lock (_gate)
        {
            (_closed, working) = (true, _working);
            foreach (Request request in _waiting)
                request.Answer.TrySetException(new ObjectDisposedException(nameof(ClipEncoder)));
            _waiting.Clear();
        }
        working?.Wait();
    }

    private void Work()
    {
        while (Next() is { Count: > 0 } batch)
            Compute(batch);
    }

    private List<Request> Next()
    {
        List<Request> batch = [];
        lock (_gate)
        {
            while (batch.Count < most && _waiting.TryDequeue(out Request? request))
                if (!request.Answer.Task.IsCompleted)
                    batch.Add(request);
            if (batch.Count == 0)
                _working = null;
        }
        return batch;
    }

    private void Compute(List<Request> batch)
    {
        try
        {
            IReadOnlyList<TOut> results = compute([.. batch.Select(r => r.Input)]);
            for (int i = 0; i < batch.Count; i++)
                batch[i].Answer.TrySetResult(results[i]);
        }
#pragma warning disable CA1031 // carried to the callers
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (batch.Count == 1)
                batch[0].Answer.TrySetException(e);
            else
                foreach (Request request in batch)
                    Compute([request]);
        }
    }

    private sealed record Request(TIn Input)
    {
        public TaskCompletionSource<TOut> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
