namespace Cirrus.Tensors.Conformance;

/// <summary>Linear layers: on, below and above the edges of tiles and of blocks along the inner dimension.</summary>
internal static class ProductCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        (int R, int Inner, int O)[] sizes =
            [(1, 1, 1), (7, 13, 31), (33, 65, 129), (129, 33, 65), (12, 256, 32), (13, 257, 33), (2, 600, 5), (1, 64, 40), (0, 5, 3)];
        foreach ((int r, int inner, int o) in sizes)
            yield return Case(r, inner, o, Activation.None, bias: true, add: false);
        foreach (Activation activation in Enum.GetValues<Activation>())
            yield return Case(13, 70, 33, activation, bias: true, add: true);
        yield return Case(31, 17, 65, Activation.Gelu, bias: false, add: true);
        yield return Case(31, 17, 65, Activation.None, bias: false, add: false);
    }

    private static ConformanceCase Case(int r, int inner, int o, Activation activation, bool bias, bool add)
    {
        List<Input> inputs = [new([r, inner]), new([o, inner], Weight: true)];
        int b = bias ? inputs.Count : 0;
        if (bias)
            inputs.Add(new([o], Weight: true));
        int a = add ? inputs.Count : 0;
        if (add)
            inputs.Add(new([r, o]));
        string extras = (bias ? " + bias" : "") + (activation == Activation.None ? "" : $", {activation}") + (add ? ", + residual" : "");
        return Check.Of("Linear", $"{r}x{inner}x{o}{extras}", Allowance.Sums(Math.Max(inner, Math.Max(r, o))), [.. inputs],
            (g, x) => g.Linear(x[0], x[1], bias ? x[b] : null, activation, add ? x[a] : null),
            x =>
            {
                double[] y = Plain.Product(x[0], x[1], r, o, inner);
                for (int i = 0; i < y.Length; i++)
                    y[i] = Plain.Activate(y[i] + (bias ? x[b][i % o] : 0), activation) + (add ? x[a][i] : 0);
                return y;
            });
    }
}
