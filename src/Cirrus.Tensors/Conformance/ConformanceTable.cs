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
}
