namespace Cirrus.Tensors;

/// <summary>A device without memory or numbers: what would run on another runs here to see how many bytes that takes.</summary>
/// <remarks>
/// Every operation does nothing, and what is downloaded is zeros. Memory is counted as <see cref="Arena"/>s take it, so a plan
/// is what the same calls really allocate; nothing has to be kept in step with the models.
/// </remarks>
public sealed partial class PlanningDevice : Device
{
    private const long Granularity = 512;                    // drivers hand out whole pieces; more than any tensor's alignment
    private readonly Dictionary<nint, long> _taken = [];
    private nint _next = (nint)Granularity;

    public override string Name => "plan";

    public override bool IsHost => false;

    /// <summary>Bytes that are taken now.</summary>
    public long Bytes { get; private set; }

    /// <summary>The most that were taken at a time.</summary>
    public long MostBytes { get; private set; }

    public override void Upload(Tensor to, ReadOnlySpan<float> from)
    {
    }

    public override void Download(Span<float> to, Tensor from) => to.Clear();

    public override void Fill(Tensor x, float value)
    {
    }

    public override double SumSquares(Tensor x) => 0;

    internal override nint Allocate(long bytes)
    {
        nint at = _next;
        _taken.Add(at, bytes);
        _next += (nint)((bytes + Granularity - 1) / Granularity * Granularity);
        Bytes += bytes;
        MostBytes = Math.Max(MostBytes, Bytes);
        return at;
    }

    internal override void Free(nint pointer)
    {
        Bytes -= _taken[pointer];
        _taken.Remove(pointer);
    }
}
