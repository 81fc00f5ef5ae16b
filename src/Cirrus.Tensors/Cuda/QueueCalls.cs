namespace Cirrus.Tensors.Cuda;

/// <summary>The driver's calls on streams, where work is done in the order it was asked for, and on events, which mark a place in it.</summary>
internal sealed unsafe class QueueCalls(CudaDriver driver, CudaLibrary library)
{
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreate = (delegate* unmanaged<nint*, uint, int>)library.Function("cuStreamCreate");
    private readonly delegate* unmanaged<nint, int> _streamSynchronize = (delegate* unmanaged<nint, int>)library.Function("cuStreamSynchronize");
    private readonly delegate* unmanaged<nint, int> _streamDestroy = (delegate* unmanaged<nint, int>)library.Function("cuStreamDestroy_v2");
    private readonly delegate* unmanaged<nint*, uint, int> _eventCreate = (delegate* unmanaged<nint*, uint, int>)library.Function("cuEventCreate");
    private readonly delegate* unmanaged<nint, nint, int> _eventRecord = (delegate* unmanaged<nint, nint, int>)library.Function("cuEventRecord");
    private readonly delegate* unmanaged<float*, nint, nint,
        int> _eventElapsed = (delegate* unmanaged<float*, nint, nint, int>)library.Function("cuEventElapsedTime");
    private readonly delegate* unmanaged<nint, int> _eventSynchronize = (delegate* unmanaged<nint, int>)library.Function("cuEventSynchronize");
    private readonly delegate* unmanaged<nint, int> _eventDestroy = (delegate* unmanaged<nint, int>)library.Function("cuEventDestroy_v2");

    /// <summary>A stream that does not wait for the default one.</summary>
    public nint CreateStream()
    {
        const uint nonBlocking = 1;
        nint stream = 0;
        driver.Check(_streamCreate(&stream, nonBlocking), "cuStreamCreate");
        return stream;
    }

    /// <summary>Waits until all that was asked for is done; what failed on the way is thrown here.</summary>
    public void Synchronize(nint stream) => driver.Check(_streamSynchronize(stream), "cuStreamSynchronize");

    public void DestroyStream(nint stream) => driver.Check(_streamDestroy(stream), "cuStreamDestroy");

    public nint CreateEvent()
    {
        nint mark = 0;
        driver.Check(_eventCreate(&mark, 0), "cuEventCreate");
        return mark;
    }

    public void Record(nint mark, nint stream) => driver.Check(_eventRecord(mark, stream), "cuEventRecord");

    /// <summary>Waits until the stream is past the mark; at once when it was never recorded.</summary>
    public void Wait(nint mark) => driver.Check(_eventSynchronize(mark), "cuEventSynchronize");

    public float Milliseconds(nint from, nint to)
    {
        float milliseconds = 0;
        driver.Check(_eventElapsed(&milliseconds, from, to), "cuEventElapsedTime");
        return milliseconds;
    }

    public void DestroyEvent(nint mark) => driver.Check(_eventDestroy(mark), "cuEventDestroy");
}
