using System.Reflection;
using Cirrus.Tensors;
using Cirrus.Tensors.Conformance;

namespace Cirrus.Tests.Tensors;

/// <summary>The table that `cirrus selftest` runs too: operations on odd sizes against float64, gradients against finite differences.</summary>
public sealed class ConformanceTests
{
    // What has no numbers to check.
    private static readonly string[] NoOperation =
        ["Graph.Watch", "Graph.Needs", "Graph.Gradient", "Graph.Backward", "Graph.BackwardFrom", "Graph.Reset", "Device.Open",
            "Device.Dispose", "Device.MeasureCpuPeak"];

    public static TheoryData<int, string> Cases => [.. ConformanceTable.Cases.Select((c, i) => (i, c.ToString()))];

    [Theory, MemberData(nameof(Cases))]
    public void Case_is_within_its_allowance(int index, string name)
    {
        using Device device = Device.Open("cpu");
        ConformanceResult result = ConformanceTable.Cases[index].Run(device);
        Assert.True(result.Passed, $"{name}: error {result.Error:G3}, allowed {result.Case.Allowed:G3} ({result.Case.Reason})");
    }

    [Theory]
    [InlineData(typeof(Graph))]
    [InlineData(typeof(Device))]
    public void Every_public_operation_has_a_case(Type type)
    {
        HashSet<string> tested = [.. ConformanceTable.Cases.SelectMany(c => c.Operation.Split(", "))];
        Assert.Empty(type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => !m.IsSpecialName).Select(m => $"{type.Name}.{m.Name}").Distinct().Except(NoOperation).Except(tested));
    }

    [Fact]
    public void Cases_have_names_of_their_own() =>
        Assert.Equal(ConformanceTable.Cases.Count, ConformanceTable.Cases.Select(c => c.ToString()).Distinct().Count());

    // The table itself: a wrong result, a wrong gradient, an element left out and one written too many must all be seen.
    [Fact]
    public void What_is_wrong_is_found()
    {
        using Device device = Device.Open("cpu");
        double Error(Func<Graph, Tensor[], Tensor> compute, Func<double, int, double> plain, bool gradient = true) =>
            Check.Of("Test", "7x13", Allowance.Exact, [new([7, 13], gradient)], compute, x => [.. x[0].Select(plain)]).Run(device).Error;
        Assert.InRange(Error((g, x) => g.Scale(x[0], 2), (v, _) => 2 * v), 0, 1e-7);
        Assert.InRange(Error((g, x) => g.Scale(x[0], 2), (v, i) => (i == 90 ? 2.01 : 2) * v), 1e-3, 1);
        Assert.InRange(Error((g, x) => g.Add(g.Scale(x[0], 2), Copy(g, x[0])), (v, _) => 3 * v), 0.1, 1);
        Assert.Equal(double.PositiveInfinity, Error((g, x) => Copy(g, x[0]), (v, _) => v));
        Assert.Equal(double.PositiveInfinity, Error((g, _) => g.Arena.New(7, 13), (v, _) => v, gradient: false));
        Assert.Equal(double.PositiveInfinity, Error((g, x) =>
        {
            Tensor y = Copy(g, x[0]);
            device.Fill(new Tensor(device, y.Pointer + (4 * (nint)y.Count), ElementType.F32, [1]), 0);
            return y;
        }, (v, _) => v, gradient: false));
    }

    /// <summary>The values of x without its gradient.</summary>
    private static Tensor Copy(Graph g, Tensor x)
    {
        Tensor y = g.Arena.New(x.Shape);
        x.Floats.CopyTo(y.Floats);
        return y;
    }
}
