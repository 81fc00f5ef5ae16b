namespace Cirrus.Tensors.Conformance;

/// <summary>Every operation on odd sizes against float64, every gradient against finite differences: one table for all devices.</summary>
public static class ConformanceTable
{
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
    [
        .. ProductCases.All(),
        .. AttentionCases.All(),
        .. NormCases.All(),
        .. LossCases.All(),
        .. ElementCases.All(),
        .. RowCases.All(),
        .. AdamWCases.All(),
        .. TopKCases.All(),
        .. RowSearchCases.All(),
    ];

    /// <summary>The cases that a device must pass: those of bf16 only where it has that type.</summary>
    public static IReadOnlyList<ConformanceCase> For(Device device) => device.IsHost ? Cases : [.. Cases, .. BFloat16Cases.Of(Cases)];
}
