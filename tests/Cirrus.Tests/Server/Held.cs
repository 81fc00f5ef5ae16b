using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cirrus.Tests.Server;

/// <summary>Holds work of the library at a moment that it tells its listeners of, until it is let go: so that a test knows what is running.</summary>
internal sealed class Held : IDisposable
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _go = new(false);
    private IDisposable? _listener;

    private Held()
    {
    }

    /// <summary>Ends when something is held.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Batches of texts or pictures for the model of this name, before they are encoded.</summary>
    public static Held Batches(string model)
    {
        Held held = new();
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Name == "cirrus.encoder.batch")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                if (tag is { Key: "gen_ai.request.model", Value: string name } && name == model)
                    held.Wait();
        });
        listener.Start();
        held._listener = listener;
        return held;
    }

    /// <summary>The decoding of a file of this path in its gallery, at its end.</summary>
    public static Held Decoding(string path)
    {
        Held held = new();
        ActivityListener listener = new()
        {
            ShouldListenTo = s => s.Name == "Cirrus",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.OperationName == "cirrus.index.file" && a.GetTagItem("cirrus.path") is string file && file == path)
                    held.Wait();
            },
        };
        ActivitySource.AddActivityListener(listener);
        held._listener = listener;
        return held;
    }

    public void LetGo() => _go.Set();

    public void Dispose()
    {
        LetGo();
        _listener!.Dispose();
    }

    private void Wait()
    {
        _begun.TrySetResult();
        _go.Wait(TestContext.Current.CancellationToken);
    }
}
