namespace Cirrus.Tensors.Conformance;

/// <summary>An input under test: uniform values within ±Spread around Center.</summary>
/// <param name="Weight">one whose gradient is kept in float32 only: in bf16 it is frozen.</param>
internal sealed record Input(int[] Shape, bool Gradient = true, double Spread = 1, double Center = 0, bool Weight = false)
{
    public bool IsWatched(ElementType type) => Gradient && (type == ElementType.F32 || !Weight);
}

/// <summary>Measures an operation of <see cref="Graph"/>: its result against plain loops, its gradients against their finite differences.</summary>
/// <remarks>
/// All memory is poisoned (<see cref="Arena.Poisoned"/>), so what an operation forgets to write, or reads beyond an input, is
/// NaN here. It runs three times: once without gradients, twice with, so that gradients must add up.
/// </remarks>
internal static class Check
{
    private const double Step = 1e-4;
    private const int Directions = 3, Elements = 12;

    public static ConformanceCase Of(string operation, string size, Allowance allowed, Input[] inputs, Func<Graph, Tensor[], Tensor> compute,
        Func<double[][], double[]> plain) =>
        new($"Graph.{operation}", size, allowed.Error, allowed.Reason, device => Measure(device, ElementType.F32, inputs, compute, plain))
        {
            MeasureAs = (device, type) => Measure(device, type, inputs, compute, plain),
        };

    /// <summary>The largest difference, in units of the largest expected value.</summary>
    public static double Distance(double[] expected, double[] found)
    {
        double most = 0, worst = 0;
        foreach (double e in expected)
            most = Math.Max(most, Math.Abs(e));
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - found[i]));
        return worst == 0 ? 0 : worst / most;
    }

    public static double[] Read(Tensor x) => Array.ConvertAll(x.ToArray(), v => (double)v);

    public static Tensor Draw(Arena arena, Input input, ulong stream, ElementType type = ElementType.F32)
    {
        Tensor x = arena.New(type, input.Shape);
        float[] values = new float[x.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(input.Center + (((2.0 * new Philox(7, stream).Uniform((ulong)i)) - 1) * input.Spread));
        x.Device.Upload(x, values);
        return x;
    }

    private static double Measure(Device device, ElementType type, Input[] inputs, Func<Graph, Tensor[], Tensor> compute,
        Func<double[][], double[]> plain)
    {
        using Arena leaves = new(device) { Poisoned = true }, arena = new(device) { Poisoned = true };
        Tensor[] x = [.. inputs.Select((input, i) => Draw(leaves, input, (ulong)i, type))];
        double[][] values = [.. x.Select(Read)];
        double[] expected = plain(values);
        Graph g = new(arena);
        double worst = Distance(expected, Read(compute(g, x)));
        if (inputs.Any(i => i.IsWatched(type)))
        {
            for (int i = 0; i < x.Length; i++)
                if (inputs[i].IsWatched(type))
                    g.Watch(x[i]);
            Tensor y = compute(g, x), again = compute(g, x);
            worst = Math.Max(worst, Math.Max(Distance(expected, Read(y)), Distance(expected, Read(again))));
            if (!g.Needs(y) || !g.Needs(again))
                return double.PositiveInfinity;
            Tensor dy = Draw(leaves, new([.. y.Shape]), 100, y.Type), dagain = Draw(leaves, new([.. y.Shape]), 101, y.Type);
            g.BackwardFrom((y, dy), (again, dagain));
            double[] arriving = [.. Read(dy).Zip(Read(dagain), (a, b) => a + b)];
            for (int i = 0; i < x.Length; i++)
                if (inputs[i].IsWatched(type))
                    worst = Math.Max(worst, GradientError(Read(g.Gradient(x[i])), values, i, arriving, plain));
        }
        return leaves.IsIntact() && arena.IsIntact() ? worst : double.PositiveInfinity;
    }

    /// <summary>Compares along a few random directions, which see every element, and one by one for some elements.</summary>
    private static double GradientError(double[] gradient, double[][] values, int input, double[] arriving, Func<double[][], double[]> plain)
    {
        int n = gradient.Length;
        double most = 0, worst = 0;
        foreach (double d in gradient)
            most = Math.Max(most, Math.Abs(d));
        void Compare(double[] direction)
        {
            double expected = Slope(values, input, direction, arriving, plain), found = 0;
            for (int i = 0; i < n; i++)
                found += gradient[i] * direction[i];
            most = Math.Max(most, Math.Abs(expected));
            worst = Math.Max(worst, Math.Abs(expected - found));
        }
        if (n == 0)
            return 0;
        for (ulong k = 0; k < Directions; k++)
            Compare([.. Enumerable.Range(0, n).Select(i => (new Philox(8, k).Words((ulong)i).A & 1) == 0 ? 1 / Math.Sqrt(n) : -1 / Math.Sqrt(n))]);
        for (int k = 0; k < Math.Min(n, Elements); k++)
        {
            double[] one = new double[n];
            one[n <= Elements ? k : (int)((long)k * (n - 1) / (Elements - 1))] = 1;
            Compare(one);
        }
        return worst / Math.Max(most, 1e-6);
    }

    /// <summary>Σ arriving·(change of the result along a direction), by central differences.</summary>
    private static double Slope(double[][] values, int input, double[] direction, double[] arriving, Func<double[][], double[]> plain)
    {
        double[] At(double step)
        {
            double[][] moved = [.. values];
            moved[input] = [.. values[input].Zip(direction, (v, d) => v + (step * d))];
            return plain(moved);
        }
        double[] up = At(Step), down = At(-Step);
        double sum = 0;
        for (int i = 0; i < up.Length; i++)
            sum += (up[i] - down[i]) * arriving[i];
        return sum / (2 * Step);
    }
}
