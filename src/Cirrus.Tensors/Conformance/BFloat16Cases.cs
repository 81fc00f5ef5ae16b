namespace Cirrus.Tensors.Conformance;

/// <summary>What a tower is made of, again with bf16 tensors, for devices that compute with them.</summary>
/// <remarks>
/// Inputs are drawn in bf16, so both sides begin with the same numbers. Sums are float32 there too; what is rounded to 8 bits
/// is each result, the gradient that an operation hands to the next one inside (the derivative of an activation, say), and a
/// gradient once for every use that is added to it: two here.
/// </remarks>
internal static class BFloat16Cases
{
    private const double HalfUlp = 1.0 / (1 << 8);           // of 8 bits, to nearest, in units of the number

    // How many roundings stand one behind the other.
    private static readonly Dictionary<string, int> Roundings = new()
    {
        ["Graph.Linear"] = 4,
        ["Graph.SelfAttention"] = 3,
        ["Graph.CrossAttention"] = 3,
        ["Graph.LayerNorm"] = 3,
        ["Graph.Embedding"] = 4,
        ["Graph.GatherRows"] = 4,
        ["Graph.ClassToken"] = 4,
        ["Graph.Patches"] = 1,
        ["Graph.Gelu"] = 3,
        ["Graph.Add"] = 3,
        ["Graph.Scale"] = 3,
        ["Graph.Stack"] = 3,
        ["Graph.Convert"] = 3,
    };

    public static IEnumerable<ConformanceCase> Of(IEnumerable<ConformanceCase> cases)
    {
        foreach (ConformanceCase c in cases)
            if (c.MeasureAs is { } measure && Roundings.TryGetValue(c.Operation, out int n))
                yield return new(c.Operation, $"{c.Size}, bf16", c.Allowed + (n * HalfUlp),
                    $"{c.Reason}; {n} roundings to 8 bits", device => measure(device, ElementType.BF16));
    }
}
