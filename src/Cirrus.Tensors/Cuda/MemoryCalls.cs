namespace Cirrus.Tensors.Cuda;

/// <summary>The driver's calls on memory of the device and on pinned memory of the host.</summary>
internal sealed unsafe class MemoryCalls(CudaDriver driver, CudaLibrary library)
{
    private readonly delegate* unmanaged<nint*, nuint, int> _alloc = (delegate* unmanaged<nint*, nuint, int>)library.Function("cuMemAlloc_v2");
    private readonly delegate* unmanaged<nint, int> _free = (delegate* unmanaged<nint, int>)library.Function("cuMemFree_v2");
    private readonly delegate* unmanaged<nuint*, nuint*,
        int> _getInfo = (delegate* unmanaged<nuint*, nuint*, int>)library.Function("cuMemGetInfo_v2");
    private readonly delegate* unmanaged<nint*, nuint, uint,
        int> _hostAlloc = (delegate* unmanaged<nint*, nuint, uint, int>)library.Function("cuMemHostAlloc");
    private readonly delegate* unmanaged<nint, int> _freeHost = (delegate* unmanaged<nint, int>)library.Function("cuMemFreeHost");
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> _toDevice =
        (delegate* unmanaged<nint, nint, nuint, nint, int>)library.Function("cuMemcpyHtoDAsync_v2");
    private readonly delegate* unmanaged<nint, nint, nuint, nint, int> _toHost =
        (delegate* unmanaged<nint, nint, nuint, nint, int>)library.Function("cuMemcpyDtoHAsync_v2");
    private readonly delegate* unmanaged<nint, uint, nuint, nint, int> _set32 =
        (delegate* unmanaged<nint, uint, nuint, nint, int>)library.Function("cuMemsetD32Async");
    private readonly delegate* unmanaged<nint, ushort, nuint, nint, int> _set16 =
        (delegate* unmanaged<nint, ushort, nuint, nint, int>)library.Function("cuMemsetD16Async");

    /// <exception cref="CirrusException">There is not so much left.</exception>
    public nint Allocate(long bytes)
    {
        nint at = 0;
        int code = _alloc(&at, (nuint)bytes);
        if (code == CudaError.OutOfMemory)
        {
            (long free, long total) = Info();
            throw new CirrusException(
                $"The GPU's memory is full: {MegaBytes(bytes)} MiB more were asked for, {MegaBytes(free)} of {MegaBytes(total)} MiB are free.",
                hint: "use a smaller batch (--batch, --set micro_batch=N), end other programs on this GPU (nvidia-smi names "
                    + "them), or use --device cpu",
                kind: ProblemKind.TooLarge);
        }
        driver.Check(code, "cuMemAlloc");
        return at;
    }

    public void Free(nint at) => driver.Check(_free(at), "cuMemFree");

    public (long Free, long Total) Info()
    {
        nuint free = 0, total = 0;
        driver.Check(_getInfo(&free, &total), "cuMemGetInfo");
        return ((long)free, (long)total);
    }

    /// <summary>Memory of the host that the device reads and writes by itself.</summary>
    public nint AllocateHost(long bytes)
    {
        nint at = 0;
        driver.Check(_hostAlloc(&at, (nuint)bytes, 0), "cuMemHostAlloc");
        return at;
    }

    public void FreeHost(nint at) => driver.Check(_freeHost(at), "cuMemFreeHost");

    public void ToDevice(nint to, nint from, long bytes, nint stream) => driver.Check(_toDevice(to, from, (nuint)bytes, stream), "cuMemcpyHtoDAsync");

    public void ToHost(nint to, nint from, long bytes, nint stream) => driver.Check(_toHost(to, from, (nuint)bytes, stream), "cuMemcpyDtoHAsync");

    public void Set32(nint to, uint bits, long count, nint stream) => driver.Check(_set32(to, bits, (nuint)count, stream), "cuMemsetD32Async");

    public void Set16(nint to, ushort bits, long count, nint stream) => driver.Check(_set16(to, bits, (nuint)count, stream), "cuMemsetD16Async");

    private static long MegaBytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
