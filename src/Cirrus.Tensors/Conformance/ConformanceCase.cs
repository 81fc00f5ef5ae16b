namespace Cirrus.Tensors.Conformance;

/// <summary>One operation on one size, held against plain loops in float64.</summary>
/// <param name="Operation">the method under test, as "Graph.Linear".</param>
/// <param name="Size">its sizes and what else distinguishes the case.</param>
/// <param name="Allowed">the largest error that passes, in units of the largest expected value.</param>
/// <param name="Reason">why so much and no more.</param>
/// <param name="Measure">the largest error on a device, of results and of gradients; NaN where something was not a number.</param>
public sealed record ConformanceCase(string Operation, string Size, double Allowed, string Reason, Func<Device, double> Measure)
{
    /// <summary>The same with inputs, results and gradients of another type; null where the type is fixed.</summary>
    internal Func<Device, ElementType, double>? MeasureAs { get; init; }

    public ConformanceResult Run(Device device)
    {
        double error = Measure(device);
        return new(this, double.IsNaN(error) ? double.PositiveInfinity : error);
    }

    public override string ToString() => $"{Operation} {Size}";
}

/// <summary>What a case gave on a device.</summary>
/// <param name="Error">infinite when a number was not written, not finite, or written where it does not belong.</param>
public sealed record ConformanceResult(ConformanceCase Case, double Error)
{
    public bool Passed => Error <= Case.Allowed;
}
