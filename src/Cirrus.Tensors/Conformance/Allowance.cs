namespace Cirrus.Tensors.Conformance;

/// <summary>How far float32 may be from float64, and why.</summary>
internal readonly record struct Allowance(double Error, string Reason)
{
    private const double Ulp = 1.0 / (1 << 24);

    public static Allowance Exact => new(0, "numbers are moved, not computed");

    public static Allowance Roundings(int count) => new(count * Ulp, $"{count} roundings to 24 bits");

    /// <summary>Sums of n products: roundings add up to n·2⁻²⁴ at worst; as they differ in sign, to about its root.</summary>
    public static Allowance Sums(int n) => new((8 + (2 * Math.Sqrt(n))) * Ulp, $"sums of {n}, each step rounded to 24 bits");
}
